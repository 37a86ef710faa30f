"""What a process may still act on after its heartbeats were refused, or its name in the database is a new one."""

from collections.abc import AsyncIterator, Sequence

import pytest

from bot.dingtalk.robot import SendResult
from bot.domain.messages import SessionWebhook
from bot.errors import StoreRefused
from bot.i18n import Texts
from bot.services.outbox.worker import FOR_EVER_S, LASTS_S, Lease
from bot.services.speaking import Operators
from bot.services.upkeep import Heartbeat
from bot.storage.database import ALIVE_MS
from bot.views.reply import Reply
from tests.builders import SHANGHAI
from tests.storage.stage import HandClock, SqliteStage, a_message
from tests.storage.stubborn_disk import Stubborn

DEAD_AFTER_S = ALIVE_MS / 1000


class Nobody:
    """Hears nothing: no alert is due here."""

    async def answer(self, webhook: SessionWebhook, reply: Reply) -> None:
        raise AssertionError("a heartbeat answers no message")

    async def send(self, user_ids: Sequence[str], reply: Reply) -> SendResult:
        raise AssertionError(f"nobody is to be told {reply.text!r}")


@pytest.fixture
async def clock(sqlite_stage: SqliteStage) -> AsyncIterator[HandClock]:
    yield sqlite_stage.clock


def beating(stubborn: Stubborn, clock: HandClock, lasts_s: float) -> tuple[Heartbeat, Lease]:
    lease = Lease(clock, lasts_s=lasts_s, name=lambda: stubborn[0].owner)
    operators = Operators(Nobody(), ["admin"], Texts("en", SHANGHAI))
    return Heartbeat(stubborn[0], lease, operators, clock), lease


@pytest.mark.parametrize("lasts_s", [LASTS_S, FOR_EVER_S])
async def test_claims_under_a_former_name_end_before_others_may_take_them(
    stubborn: Stubborn, clock: HandClock, lasts_s: float
) -> None:
    """The former name died with its own last heartbeat, however many the new one has given since."""
    store, disk = stubborn
    heartbeat, lease = beating(stubborn, clock, lasts_s)
    assert await heartbeat.beat()
    claimed_in = lease.term
    disk.faults += ["before", "before"]
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m1"))
    clock.move(3)
    assert not await heartbeat.beat()
    clock.move(3)
    assert await heartbeat.beat()
    assert lease.holds(claimed_in)
    clock.move(LASTS_S - 6)
    assert await heartbeat.beat()
    assert not lease.holds(claimed_in), f"others take it over {DEAD_AFTER_S} s after the name's last heartbeat"
    assert lease.holds(lease.term)


async def test_what_is_claimed_after_the_new_name_is_told_of_lasts(stubborn: Stubborn, clock: HandClock) -> None:
    store, disk = stubborn
    heartbeat, lease = beating(stubborn, clock, LASTS_S)
    await heartbeat.beat()
    disk.faults.append("after")
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m1"))
    await heartbeat.beat()
    claimed_in = lease.term
    for _ in range(5):
        clock.move(LASTS_S - 1)
        await heartbeat.beat()
    assert lease.holds(claimed_in)
