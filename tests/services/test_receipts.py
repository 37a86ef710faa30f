"""Each punch gets one receipt, also after a failure or a pause."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.messages import SessionWebhook
from bot.domain.punches import Punch
from bot.domain.quiet import QuietTime
from bot.errors import NotSent, OutcomeUnknown
from bot.services.outbox.lease import OTHERS_TURN, VALID_FOR_S
from bot.storage.outbox import Delivery
from tests.services.outbox_stage import ACCEPTED, SENT, Bench, a_bench

AGAIN = "You may have had this message already: both are of one punch."


async def first_word(bench: Bench, punch: Punch, webhook: SessionWebhook | None = None) -> None:
    """Give the first receipt of a new punch."""
    bench.desk.expect(punch, bench.base.lease.term)
    await bench.desk.complete(punch, "en", webhook)


async def given_later(bench: Bench, after_s: float = 60) -> list[str]:
    """Advance the clock, give owed receipts, and return all sent texts."""
    bench.worker.add(bench.desk)
    await bench.round(after_s)
    return bench.robot.texts


async def test_a_receipt_from_before_a_pause_is_given_later(bench: Bench) -> None:
    punch = await bench.taken_punch()
    bench.desk.expect(punch, bench.base.lease.term)
    bench.stand_still()
    await bench.desk.complete(punch, "en", None)
    assert bench.robot.heard == []
    assert len(await given_later(bench, OTHERS_TURN.total_seconds())) == 1
    assert not await bench.owes_a_receipt(punch)


@pytest.mark.parametrize(
    ("error", "says_again"),
    [(NotSent("webhook", "expired"), False), (OutcomeUnknown("webhook", "slow"), True)],
)
async def test_an_unheard_answer_goes_by_the_other_way(
    bench: Bench, error: Exception, says_again: bool
) -> None:
    bench.robot.unheard = lambda: error
    punch = await bench.taken_punch()
    await first_word(bench, punch, SessionWebhook("https://webhook", bench.clock.now()))
    (heard,) = bench.robot.texts
    assert heard.endswith(AGAIN) is says_again
    assert not await bench.owes_a_receipt(punch)


async def test_an_answer_lost_by_a_pause_goes_no_other_way(tmp_path: Path) -> None:
    """The process pauses while its answer is under way. The call then looks too slow."""
    async with a_bench(tmp_path) as bench:

        def asleep() -> Exception:
            bench.clock.advance(VALID_FOR_S)
            return OutcomeUnknown("webhook", "took too long")

        bench.robot.unheard = asleep
        punch = await bench.taken_punch()
        await first_word(bench, punch, SessionWebhook("https://webhook", bench.clock.now()))
        assert bench.robot.heard == []
        assert await bench.owes_a_receipt(punch)


@pytest.mark.parametrize("error", [OutcomeUnknown("robot", "took too long"), RuntimeError("a bug")])
async def test_a_later_receipt_says_that_it_may_be_a_repeat(bench: Bench, error: Exception) -> None:
    bench.robot.fails = [error]
    await first_word(bench, await bench.taken_punch())
    assert bench.robot.heard == []
    (heard,) = await given_later(bench)
    assert heard.endswith(AGAIN)


@pytest.mark.parametrize("days", [1, 0])
async def test_a_later_receipt_asks_about_a_leave_that_still_runs(bench: Bench, days: int) -> None:
    bench.robot.fails = [NotSent("robot", "away")]
    punch = await bench.taken_punch()
    local = punch.punched_at.astimezone(bench.base.zone).replace(tzinfo=None)
    leave = QuietTime(local, local + timedelta(days=days, seconds=1), is_leave=True)
    await bench.store.wishes.change(punch.user_id, lambda old: replace(old, quiet=(leave,)))
    await first_word(bench, punch)
    (heard,) = await given_later(bench)
    assert ("Is the leave over?" in heard) is bool(days)


async def test_a_punch_settled_twice_gets_one_receipt(tmp_path: Path) -> None:
    async with a_bench(tmp_path, receipt_s=3600) as bench:
        punch = await bench.punch(start=False)
        bench.desk.expect(punch, bench.base.lease.term)
        both = [asyncio.create_task(bench.desk.complete(punch, "en", None)) for _ in range(2)]
        # the second leaves the receipt to the first
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        assert bench.robot.heard == []
        settle = bench.store.deliveries.settle
        bench.desk.on_settled(await settle(Delivery(punch, "signed", ACCEPTED), SENT))
        await asyncio.gather(*both)
        await bench.desk.complete(punch, "en", None)
        assert len(await given_later(bench)) == 1
