"""For how long a process may act on what it has claimed."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.dingtalk.http import ASK_LEASE
from bot.errors import ClaimLost
from bot.services.outbox.worker import FOR_EVER_S, LASTS_S, Lease


class HandClock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        return self.at

    def now(self) -> None:
        raise AssertionError("a lease goes by the clock that nobody sets")


def a_lease(lasts_s: float = LASTS_S, names: Sequence[str] = ("one",)) -> tuple[Lease, HandClock]:
    clock = HandClock()
    return Lease(clock, lasts_s=lasts_s, name=lambda: names[-1]), clock  # type: ignore[arg-type]


async def test_nothing_is_held_before_the_first_heartbeat() -> None:
    lease, clock = a_lease()
    before = lease.term
    assert not lease.holds(before)
    lease.renewed(clock.at)
    assert not lease.holds(before)
    assert lease.holds(lease.term)


async def test_heartbeats_in_time_keep_the_term() -> None:
    lease, clock = a_lease()
    lease.renewed(clock.at)
    term = lease.term
    for _ in range(5):
        clock.at += LASTS_S - 0.1
        assert lease.holds(term)
        lease.renewed(clock.at)
    assert lease.holds(term)


async def test_a_heartbeat_counts_from_when_it_was_asked_for() -> None:
    lease, clock = a_lease()
    lease.renewed(clock.at)
    asked_at = clock.at
    clock.at += 5
    lease.renewed(asked_at)
    clock.at += LASTS_S - 5
    assert not lease.holds(lease.term)


async def test_what_was_claimed_before_a_silence_is_lost_for_good() -> None:
    lease, clock = a_lease()
    lease.renewed(clock.at)
    term = lease.term
    clock.at += LASTS_S
    assert not lease.holds(term)
    lease.renewed(clock.at)
    assert not lease.holds(term)
    assert lease.holds(lease.term)


async def test_a_lapsed_claim_is_not_even_begun_to_be_acted_on() -> None:
    lease, _ = a_lease()
    with pytest.raises(ClaimLost), lease.acting(lease.term):
        raise AssertionError("nobody has claimed anything")


async def waiting_in(lease: Lease, begun: asyncio.Event) -> str:
    try:
        with lease.acting(lease.term):
            begun.set()
            await asyncio.Event().wait()
    except ClaimLost:
        await asyncio.sleep(0)  # a task that goes on is no cancelled one
        return "given up"
    return "done"


async def test_what_waits_is_left_when_the_lease_is_over_although_nobody_looks() -> None:
    lease, clock = a_lease(0.05)
    lease.renewed(clock.at)
    begun = asyncio.Event()
    task = asyncio.create_task(waiting_in(lease, begun))
    await begun.wait()
    clock.at += 1
    async with asyncio.timeout(60):
        assert await task == "given up"
    assert task.cancelling() == 0


async def test_after_a_pause_what_waited_is_left_before_it_can_go_on() -> None:
    """The order in which an event loop wakes: the lease's end was due later than what waited, and comes first."""
    lease, clock = a_lease(0.005)
    lease.renewed(clock.at)
    went_on: list[str] = []

    async def send() -> None:
        loop, answered = asyncio.get_running_loop(), asyncio.Event()
        with pytest.raises(ClaimLost), lease.acting(lease.term):
            loop.call_later(0.0, answered.set)
            clock.at += 1
            until = loop.time() + 0.01
            while loop.time() < until:  # the whole process stands still, until both are overdue
                pass
            await answered.wait()
            went_on.append("a punch left")

    await asyncio.create_task(send())
    assert went_on == []


async def test_a_call_does_not_leave_after_a_time_that_no_timer_counted() -> None:
    """As after a machine's sleep: the loop's clock stood, and no timer is due yet."""
    lease, clock = a_lease()
    lease.renewed(clock.at)
    with pytest.raises(ClaimLost), lease.acting(lease.term):
        ASK_LEASE.get()()
        clock.at += LASTS_S
        await asyncio.create_task(anybodys_call())  # such as a token's, for which others wait
        ASK_LEASE.get()()
    ASK_LEASE.get()()


async def anybodys_call() -> None:
    ASK_LEASE.get()()


async def test_a_heartbeat_after_a_silence_ends_what_still_waits() -> None:
    lease, clock = a_lease(3600)
    lease.renewed(clock.at)
    begun = asyncio.Event()
    task = asyncio.create_task(waiting_in(lease, begun))
    await begun.wait()
    clock.at += 3601
    lease.renewed(clock.at)
    async with asyncio.timeout(60):
        assert await task == "given up"


async def test_a_shutdown_is_still_a_cancellation() -> None:
    lease, clock = a_lease()
    lease.renewed(clock.at)
    begun = asyncio.Event()
    task = asyncio.create_task(waiting_in(lease, begun))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_after_a_new_name_the_claims_of_before_last_as_long_as_the_last_heartbeat_kept_them() -> None:
    names = ["one"]
    lease, clock = a_lease(FOR_EVER_S, names)
    lease.renewed(clock.at)
    clock.at += 5
    before = lease.term
    names.append("two")
    assert lease.term != before
    assert lease.holds(before)
    assert lease.holds(lease.term)
    clock.at += LASTS_S - 5
    assert not lease.holds(before)
    assert lease.holds(lease.term)


async def test_a_call_under_a_former_name_is_left_when_its_last_heartbeat_is_over() -> None:
    names = ["one"]
    lease, clock = a_lease(FOR_EVER_S, names)
    lease.renewed(clock.at)
    begun = asyncio.Event()
    task = asyncio.create_task(waiting_in(lease, begun))
    await begun.wait()
    clock.at += LASTS_S
    names.append("two")
    lease.renewed(clock.at)
    async with asyncio.timeout(60):
        assert await task == "given up"
