"""Whatever the step at which the process is killed: nothing is lost, nothing doubled, nobody misled."""

import asyncio
from pathlib import Path

import pytest

from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.trial import DEAD_AFTER_S, Trial, a_trial

BOTH = ["signed", "record_upload"]
ASIDE = ("before", "after")
COMMITTED = ("before", "before commit", "after commit", "after")
CALLED = ("before", "during", "after")


def points(step: str, moments: tuple[str, ...], *nths: int) -> list[KillPoint]:
    return [KillPoint(step, moment, nth) for nth in nths or (1,) for moment in moments]


FIRST_LIFE = [
    *points("store.open", ("before commit", "after commit", "after")),
    *points("people.put", ("before commit", "after commit")),
    *points("inbox.accept", COMMITTED),
    *points("inbox.accept", ASIDE, 3),
    *points("ack", ASIDE, 1, 4),
    *points("plans.put", ("before commit", "after commit")),
    *points("ledger.record", COMMITTED),
    *points("ledger.record", ASIDE, 2),
    *points("signed.send", CALLED),
    *points("signed.send", ASIDE, 3),
    *points("record_upload.send", CALLED),
    *points("record_upload.send", ASIDE, 2),
    *points("deliveries.settle", COMMITTED),
    *points("deliveries.settle", ASIDE, 2, 5),
    *points("robot.answer", CALLED),
    *points("robot.answer", ASIDE, 3),
    *points("receipts.told", COMMITTED),
    *points("receipts.told", ASIDE, 2),
    *points("inbox.finish", COMMITTED),
    *points("questions.ask", COMMITTED),
    *points("store.beat", COMMITTED, 2),
    *points("store.close", COMMITTED),
]
LATER_LIFE = [
    *points("inbox.take_over", COMMITTED),
    *points("deliveries.take_due", COMMITTED),
    *points("attendance.records", CALLED),
    *points("deliveries.settle", COMMITTED),
    *points("receipts.take_due", COMMITTED),
    *points("robot.send", CALLED),
    *points("receipts.told", COMMITTED),
]
IN_THE_MIDDLE = KillPoint("signed.send", "after", 2)  # leaves messages, deliveries and receipts to the next life
PLANS = [(point,) for point in FIRST_LIFE] + [(IN_THE_MIDDLE, point) for point in LATER_LIFE]
PLANS_ON_POSTGRESQL = [
    *((point,) for point in points("inbox.accept", COMMITTED)),
    *((point,) for point in points("ledger.record", COMMITTED)),
    *((point,) for point in (KillPoint("record_upload.send", "during"), KillPoint("robot.answer", "after"))),
    *((IN_THE_MIDDLE, point) for point in points("inbox.take_over", ("before commit", "after commit"))),
    *((IN_THE_MIDDLE, point) for point in points("deliveries.take_due", ("before commit", "after commit"))),
]


def in_words(plan: tuple[KillPoint, ...]) -> str:
    return ("again, " if len(plan) > 1 else "") + str(plan[-1])


def test_there_are_more_kill_points_than_forty() -> None:
    assert len({in_words(plan) for plan in PLANS}) == len(PLANS) >= 40


@pytest.mark.parametrize("plan", PLANS, ids=in_words)
async def test_killed_there_nothing_is_lost_or_doubled(plan: tuple[KillPoint, ...], tmp_path: Path) -> None:
    async with a_trial(tmp_path, at=morning(), clock_in={"targets": BOTH}) as trial:
        await kill_and_judge(trial, plan)


@pytest.mark.parametrize("plan", PLANS_ON_POSTGRESQL, ids=in_words)
async def test_killed_there_on_postgresql_nothing_is_lost_or_doubled(
    plan: tuple[KillPoint, ...], tmp_path: Path, database: str
) -> None:
    async with a_trial(tmp_path, database, at=morning(), clock_in={"targets": BOTH}) as trial:
        await kill_and_judge(trial, plan)


async def kill_and_judge(trial: Trial, plan: tuple[KillPoint, ...]) -> None:
    """Let the bot live and die as planned, then live on, and see that everything came out right."""
    talk = asyncio.create_task(speak(trial))
    for point in plan:
        await trial.live_until(point)
        trial.advance(DEAD_AFTER_S)
    last = trial.start()
    await talk
    await trial.settle()
    last.terminate()
    assert await last.ended() == 0
    verdict = trial.witness.verdict(trial.books.punches(), trial.targets)
    assert verdict.wrong == []
    assert (verdict.messages, verdict.acked, verdict.punches) == (6, 6, 4)


async def speak(trial: Trial) -> None:
    say = trial.witness.say
    await asyncio.gather(
        say("user001", "clock in"),
        say("user002", "clock in"),
        say("user003", "clock out"),
        say("user004", "clock in"),
        say("user005", "help", punch=False),
        say("user006", "clock in", kind="voice", punch=False),
    )
