"""Two processes call a scheduled job at the same moment: one of them does it, once."""

from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from tests.changing_company import World
from tests.company import morning
from tests.crash.doomed_bot import JOBS_DONE
from tests.crash.trial import Life, Trial
from tests.replicas.test_two_processes import PEOPLE, everybody_says, judged, two_bots
from tests.waiting import until

LEAD = "lead02"
SCHEDULED = {
    "schedule": {
        "source": "config",
        "shifts": [{"name": "day", "sections": [["09:00", "18:00"]], "people": "all"}],
    },
    "reminders": {"before_minutes": [], "after_minutes": [], "escalate_minutes": None},
}
BEFORE, AFTER = morning("09:35"), morning("09:46")  # the daily digest leaves at 09:45
ONCE_A_DAY = {
    "comparison": "DingTalk: 0 differences, 0 calls failed",
    "purge": "retention removed",
    "directory": "the directory has",
}
DONE = "SELECT name FROM jobs WHERE turn = '{turn}' AND finished_ms IS NOT NULL ORDER BY name"
OWNER_IS_DEAD = """
UPDATE replicas SET alive_until_ms = 0
WHERE owner = (SELECT owner FROM jobs WHERE name = 'reconcile' AND finished_ms IS NULL)
"""


def times(trial: Trial, line: str) -> int:
    """Count a line in the logs of both processes."""
    return sum(trial.log(number).read_text(encoding="utf-8").count(line) for number in (1, 2))


def digests(trial: Trial) -> int:
    return sum("stop summaries" in text for text in trial.sandbox.replies(LEAD))


def done_times(trial: Trial) -> dict[str, int]:
    return {job: times(trial, line) for job, line in ONCE_A_DAY.items()}


async def jobs_are_called(trial: Trial, *lives: Life, at: datetime) -> None:
    """Let these processes do all scheduled jobs at once, and wait for their end."""
    trial.move_to(at)
    wanted = times(trial, JOBS_DONE) + len(lives)
    for life in lives:
        life.call_jobs()
    await until(lambda: times(trial, JOBS_DONE) >= wanted, what="the end of all jobs")


async def know_everybody(trial: Trial, *lives: Life) -> None:
    for life in lives:
        await life.up()
    await until(lambda: done_times(trial)["directory"] >= 2, what="a directory in both")
    assert trial.books.people() >= PEOPLE


async def test_each_daily_job_is_done_once_by_two_processes(tmp_path: Path, database: str) -> None:
    async with two_bots(tmp_path, database, **SCHEDULED) as (trial, one, two):
        await know_everybody(trial, one, two)
        await everybody_says(trial, "clock in")
        assert len(await judged(trial)) == PEOPLE
        await trial.sandbox.ask(LEAD, "send me a daily summary")
        await trial.sandbox.press(LEAD, "Confirm")
        await until(lambda: "From now on" in trial.sandbox.replies(LEAD)[-1], what="its receipt")
        await jobs_are_called(trial, one, two, at=BEFORE)
        for days in range(1, 4):
            before = done_times(trial)
            now = AFTER + timedelta(days=days)
            for _ in range(2):  # the scheduler calls several times a night
                await jobs_are_called(trial, one, two, at=now)
            assert done_times(trial) == {job: count + 1 for job, count in before.items()}
            turn = now.astimezone(World.zone).date()
            done = [name for (name,) in trial.books.rows(DONE.format(turn=turn))]
            assert {"directory", "reconcile", "tidying"} <= set(done)
            await until(lambda: digests(trial) >= days, what="the day's digest")  # noqa: B023
            assert digests(trial) == days
        assert trial.witness.verdict(trial.books.punches(), trial.targets).wrong == []


async def test_a_killed_process_leaves_its_comparison_to_the_other(
    tmp_path: Path, database: str
) -> None:
    async with two_bots(tmp_path, database, **SCHEDULED) as (trial, one, two):
        await know_everybody(trial, one, two)
        await everybody_says(trial, "clock in")
        await judged(trial)
        await trial.sandbox.fault("accept_then_hang", {"apis": ["listRecord"], "count": 1})
        trial.move_to(BEFORE + timedelta(days=1))
        one.call_jobs()
        asked = lambda: [call for call in trial.sandbox.requests if call.api == "listRecord"]  # noqa: E731
        await until(lambda: len(asked()) > 0, what="a comparison under way")
        await jobs_are_called(trial, two, at=BEFORE + timedelta(days=1))
        assert done_times(trial)["comparison"] == 0, "the other process still compares"
        await trial.kill(one)
        await trial.sandbox.fault("accept_then_hang", None)
        with psycopg.connect(database) as server:
            server.execute(OWNER_IS_DEAD)
        await jobs_are_called(trial, two, at=BEFORE + timedelta(days=1, hours=1))
        assert done_times(trial)["comparison"] == 1
