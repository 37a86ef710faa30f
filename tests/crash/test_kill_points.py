"""Whatever the step at which the process is killed: nothing is lost, nothing doubled, nobody misled."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.trial import DEAD_AFTER_S, Trial, a_trial
from tests.storage.postgres_server import PostgresServer

BOTH = ["signed", "record_upload"]
ASIDE = ("before", "after")
COMMITTED = ("before", "before commit", "after commit", "after")
AT_COMMIT = ("before commit", "after commit")
CALLED = ("before", "during", "after")


def points(step: str, moments: tuple[str, ...], *nths: int) -> list[KillPoint]:
    return [KillPoint(step, moment, nth) for nth in nths or (1,) for moment in moments]


IN_THE_MIDDLE = KillPoint("signed.send", "after", 2)  # leaves messages, deliveries and receipts to the next life
FIRST_LIFE = {
    "store.open": points("store.open", ("before commit", "after commit", "after")),
    "people.put": points("people.put", AT_COMMIT),
    "inbox.accept": [*points("inbox.accept", COMMITTED), *points("inbox.accept", ASIDE, 3)],
    "ack": points("ack", ASIDE, 1, 4),
    "plans.put": points("plans.put", AT_COMMIT),
    "ledger.record": [*points("ledger.record", COMMITTED), *points("ledger.record", ASIDE, 2)],
    "signed.send": [*points("signed.send", CALLED), *points("signed.send", ASIDE, 3)],
    "record_upload.send": [*points("record_upload.send", CALLED), *points("record_upload.send", ASIDE, 2)],
    "deliveries.settle": [*points("deliveries.settle", COMMITTED), *points("deliveries.settle", ASIDE, 2)],
    "robot.answer": [*points("robot.answer", CALLED), *points("robot.answer", ASIDE, 3)],
    "receipts.told": points("receipts.told", COMMITTED),
    "inbox.finish": points("inbox.finish", COMMITTED),
    "questions.ask": points("questions.ask", AT_COMMIT),
    "store.beat": points("store.beat", COMMITTED, 2),
    "store.close": points("store.close", COMMITTED),
}
LATER_LIFE = {
    "inbox.take_over": points("inbox.take_over", AT_COMMIT),
    "deliveries.take_due": points("deliveries.take_due", AT_COMMIT),
    "attendance.records": points("attendance.records", CALLED),
    "deliveries.settle": points("deliveries.settle", AT_COMMIT),
    "receipts.take_due": points("receipts.take_due", AT_COMMIT),
    "robot.send": points("robot.send", CALLED),
    "receipts.told": points("receipts.told", AT_COMMIT),
}
PLANS = {
    **{step: [[point] for point in found] for step, found in FIRST_LIFE.items()},
    **{f"{step}, again": [[IN_THE_MIDDLE, point] for point in found] for step, found in LATER_LIFE.items()},
}
PLANS_ON_POSTGRESQL = {
    "inbox.accept": [[point] for point in points("inbox.accept", AT_COMMIT)],
    "ledger.record": [[point] for point in points("ledger.record", AT_COMMIT)],
    "a call": [[KillPoint("record_upload.send", "during")], [KillPoint("robot.answer", "after")]],
    "inbox.take_over, again": [[IN_THE_MIDDLE, point] for point in points("inbox.take_over", AT_COMMIT)],
    "deliveries.take_due, again": [[IN_THE_MIDDLE, point] for point in points("deliveries.take_due", AT_COMMIT)],
}


def test_there_are_more_kill_points_than_forty() -> None:
    named = {(step, str(plan[-1])) for step, plans in PLANS.items() for plan in plans}
    assert len(named) == sum(map(len, PLANS.values())) > 40


@pytest.mark.parametrize("step", PLANS)
async def test_killed_at_that_step_nothing_is_lost_or_doubled(step: str, tmp_path: Path) -> None:
    await asyncio.gather(*(kill_and_judge(plan, tmp_path / str(plan[-1]), "") for plan in PLANS[step]))


@pytest.mark.parametrize("step", PLANS_ON_POSTGRESQL)
async def test_killed_at_that_step_on_postgresql_nothing_is_lost_or_doubled(
    step: str, tmp_path: Path, server: PostgresServer
) -> None:
    plans = PLANS_ON_POSTGRESQL[step]
    urls = [server.url(server.new_database()) for _ in plans]
    await asyncio.gather(
        *(kill_and_judge(plan, tmp_path / str(plan[-1]), url) for plan, url in zip(plans, urls, strict=True))
    )


async def kill_and_judge(plan: Sequence[KillPoint], folder: Path, url: str) -> None:
    """Let the bot live and die as planned, then live on, and see that everything came out right."""
    async with a_trial(folder, url, at=morning(), clock_in={"targets": BOTH}) as trial:
        talk = asyncio.create_task(speak(trial))
        for point in plan:
            await trial.live_until(point)
            trial.advance(DEAD_AFTER_S)
        last = trial.start()
        await talk
        await trial.settle()
        await last.up()
        last.terminate()
        assert await last.ended() == 0
        verdict = trial.witness.verdict(trial.books.punches(), trial.targets)
        assert verdict.wrong == [], f"killed {plan[-1]}"
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
