"""Receipts: each punch gets one, also when something fails or stands still."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.messages import SessionWebhook
from bot.domain.punches import Punch
from bot.errors import NotSent, OutcomeUnknown
from bot.services.outbox.worker import LASTS_S, OTHERS_TURN
from bot.storage.outbox import Delivery
from tests.services.outbox_stage import ACCEPTED, SENT, Bench, a_bench

AGAIN = "You may have had this message already: both are of one punch."


async def first_word(bench: Bench, punch: Punch, webhook: SessionWebhook | None = None) -> None:
    """Give the receipt of a punch that was recorded just now."""
    bench.desk.expect(punch, bench.base.lease.term)
    await bench.desk.complete(punch, "en", webhook)


async def given_later(bench: Bench, after_s: float = 60) -> list[str]:
    """Give what is owed after some time; return all that was said."""
    bench.worker.add(bench.desk)
    await bench.round(after_s)
    return bench.robot.texts


async def test_a_receipt_from_before_a_pause_is_left_to_the_others_and_given_if_nobody_did(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        punch = await bench.taken_punch()
        bench.desk.expect(punch, bench.base.lease.term)
        bench.stand_still()
        await bench.desk.complete(punch, "en", None)
        assert bench.robot.heard == []
        assert len(await given_later(bench, OTHERS_TURN.total_seconds())) == 1
        assert not await bench.owes_a_receipt(punch)


@pytest.mark.parametrize(
    ("error", "says_again"), [(NotSent("webhook", "expired"), False), (OutcomeUnknown("webhook", "slow"), True)]
)
async def test_an_answer_that_is_perhaps_lost_is_said_the_other_way(
    tmp_path: Path, error: Exception, says_again: bool
) -> None:
    async with a_bench(tmp_path) as bench:
        bench.robot.unheard = lambda: error
        punch = await bench.taken_punch()
        await first_word(bench, punch, SessionWebhook("https://webhook", bench.clock.now()))
        (heard,) = bench.robot.texts
        assert heard.endswith(AGAIN) is says_again
        assert not await bench.owes_a_receipt(punch)


async def test_an_answer_that_a_pause_makes_look_lost_is_not_said_the_other_way(tmp_path: Path) -> None:
    """The process sleeps while its answer is on the way, and wakes to a call that took too long."""
    async with a_bench(tmp_path) as bench:

        def asleep() -> Exception:
            bench.clock.advance(LASTS_S)
            return OutcomeUnknown("webhook", "took too long")

        bench.robot.unheard = asleep
        punch = await bench.taken_punch()
        await first_word(bench, punch, SessionWebhook("https://webhook", bench.clock.now()))
        assert bench.robot.heard == []
        assert await bench.owes_a_receipt(punch)


@pytest.mark.parametrize("error", [OutcomeUnknown("robot", "took too long"), RuntimeError("a bug")])
async def test_a_receipt_that_failed_is_given_later_and_says_that_it_may_have_come(
    tmp_path: Path, error: Exception
) -> None:
    async with a_bench(tmp_path) as bench:
        bench.robot.fails = [error]
        await first_word(bench, await bench.taken_punch())
        assert bench.robot.heard == []
        (heard,) = await given_later(bench)
        assert heard.endswith(AGAIN)


async def test_a_punch_of_which_two_learn_is_told_once(tmp_path: Path) -> None:
    async with a_bench(tmp_path, receipt_s=3600) as bench:
        punch = await bench.punch(start=False)
        bench.desk.expect(punch, bench.base.lease.term)
        both = [asyncio.create_task(bench.desk.complete(punch, "en", None)) for _ in range(2)]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)  # the second one: it leaves it to the first
        assert bench.robot.heard == []
        settle = bench.store.deliveries.settle
        bench.desk.on_settled(await settle(Delivery(punch, "signed", ACCEPTED), SENT))
        await asyncio.gather(*both)
        await bench.desk.complete(punch, "en", None)
        assert len(await given_later(bench)) == 1
