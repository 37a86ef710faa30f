"""How long a process may act on its claims: after silence, and under a new name."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.dingtalk.http import ASK_LEASE
from bot.errors import ClaimLost, StoreRefused
from bot.services.outbox.lease import FOR_EVER_S, VALID_FOR_S, Lease
from bot.services.upkeep import Heartbeat
from bot.storage.database import ALIVE_MS
from tests.bases import a_base
from tests.faults.a_store import StillClock
from tests.storage.stage import SqliteStage, Stubborn, a_message


def a_lease(
    valid_for_s: float = VALID_FOR_S, names: Sequence[str] = ("one",)
) -> tuple[Lease, StillClock]:
    clock = StillClock()
    lease = Lease(clock, lambda: names[-1], valid_for_s=valid_for_s)
    lease.renew(clock.monotonic())
    return lease, clock


async def test_no_claim_holds_before_the_first_heartbeat() -> None:
    lease = Lease(StillClock(), lambda: "one")
    assert not lease.holds(lease.term)
    with pytest.raises(ClaimLost), lease.acting(lease.term):
        raise AssertionError("nobody has claimed anything")


async def test_a_term_lasts_from_the_request_of_its_heartbeat() -> None:
    lease, clock = a_lease()
    term = lease.term
    for _ in range(5):
        clock.advance(VALID_FOR_S - 0.1)
        assert lease.holds(term)
        lease.renew(clock.monotonic())
    asked_at = clock.monotonic()
    clock.advance(5)
    lease.renew(asked_at)
    clock.advance(VALID_FOR_S - 5)
    assert not lease.holds(term)


async def test_a_silence_ends_earlier_claims_for_good() -> None:
    lease, clock = a_lease()
    term = lease.term
    clock.advance(VALID_FOR_S)
    assert not lease.holds(term)
    lease.renew(clock.monotonic())
    assert not lease.holds(term)
    assert lease.holds(lease.term)


async def test_no_call_leaves_after_its_claim_ended() -> None:
    lease, clock = a_lease()
    with pytest.raises(ClaimLost), lease.acting(lease.term):
        ASK_LEASE.get()()
        clock.advance(VALID_FOR_S)
        await asyncio.create_task(anybodys_call())  # a call that others wait for, such as a token's
        ASK_LEASE.get()()
    ASK_LEASE.get()()


async def anybodys_call() -> None:
    ASK_LEASE.get()()


def test_a_claim_holds_through_several_new_names() -> None:
    names = ["one"]
    lease, _ = a_lease(names=names)
    claimed_in = lease.term
    for refused in ("two", "three"):
        names.append(refused)
        assert lease.term != claimed_in and lease.holds(claimed_in)


@pytest.mark.parametrize("valid_for_s", [VALID_FOR_S, FOR_EVER_S])
async def test_claims_under_a_former_name_end_in_time(
    stubborn: Stubborn, sqlite_stage: SqliteStage, valid_for_s: float
) -> None:
    """The former name ends with its own last heartbeat.

    Heartbeats of the new name do not extend it.
    """
    (store, disk), clock = stubborn, sqlite_stage.clock
    lease = Lease(clock, lambda: store.database.owner, valid_for_s=valid_for_s)
    heartbeat = Heartbeat(a_base(store, clock=clock, lease=lease))
    assert await heartbeat.beat()
    claimed_in = lease.term
    disk.outcomes += ["lost", "lost"]
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m1"))
    clock.move(3)
    assert not await heartbeat.beat()
    clock.move(3)
    assert await heartbeat.beat()
    assert lease.holds(claimed_in)
    clock.move(VALID_FOR_S - 6)
    assert await heartbeat.beat()
    assert not lease.holds(claimed_in), (
        f"others take it over {ALIVE_MS / 1000} s after the name's last heartbeat"
    )
    claimed_in = lease.term
    for _ in range(3):
        clock.move(VALID_FOR_S - 1)
        await heartbeat.beat()
    assert lease.holds(claimed_in)
