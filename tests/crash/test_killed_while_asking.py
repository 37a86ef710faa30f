"""The process is killed while people are asked about a month, and while one confirms it."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.storage.audit import audit_ledger
from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.test_kill_points import AT_COMMIT, COMMITTED, points
from tests.crash.test_killed_while_correcting import OPEN, knows_the_leads, press_twice
from tests.crash.trial import Life, Trial, a_trial, side_by_side
from tests.storage.postgres_server import PostgresServer
from tests.waiting import until

WHO, PEOPLE = "user001", 12
POINTS = {
    "months.ask": points("months.ask", COMMITTED),
    "months.add": [
        *points("months.add", COMMITTED),  # of the first question
        *points("months.add", AT_COMMIT, PEOPLE + 2),  # of the answer, after a look
    ],
}
ANSWERED = "SELECT message_id FROM inbox WHERE finished_ms IS NOT NULL"
STEPS = (
    "SELECT kind, count(*), count(DISTINCT user_id) FROM month_steps GROUP BY kind ORDER BY kind"
)


def questions(trial: Trial) -> list[int]:
    """Return how often each person was asked."""
    said = (trial.sandbox.replies(person.user_id) for person in trial.sandbox.world)
    return [sum("Silence does not confirm it" in text for text in texts) for texts in said]


async def ask(trial: Trial, life: Life) -> None:
    await life.up()
    await until(lambda: knows_the_leads(trial), what="a reading of the directory")
    life.call_jobs()


async def confirm(trial: Trial) -> None:
    await until(lambda: all(questions(trial)), what="a question to everybody")
    # a question that is sent but not yet stored as sent may be asked twice after a kill
    await until(lambda: trial.books.rows(OPEN) == [(0,)], what="each question stored as sent")
    await press_twice(trial, WHO, "Confirm")


async def ask_and_judge(point: KillPoint, folder: Path, url: str = "") -> None:
    at = morning("10:00") + timedelta(days=7)
    async with a_trial(folder, url, at=at, months={"enabled": True}, language="en") as trial:
        talk = asyncio.create_task(confirm(trial))
        doomed = trial.start(point)
        await ask(trial, doomed)
        assert await doomed.ended() == -9, f"the step was never reached: {point}"
        trial.bury()
        await ask(trial, trial.start())
        await talk
        await until(lambda: len(trial.books.rows(ANSWERED)) >= 2, what="both presses' answers")
        await until(lambda: trial.books.rows(OPEN) == [(0,)], what="owing nothing")
        assert questions(trial) == [1] * PEOPLE
        assert trial.books.rows(STEPS) == [("confirmed", 1, 1), ("shown", PEOPLE, PEOPLE)]
        assert (await asyncio.to_thread(audit_ledger, trial.url)).broken is None


@pytest.mark.parametrize("step", POINTS)
async def test_a_month_is_asked_about_and_confirmed_once(step: str, tmp_path: Path) -> None:
    await side_by_side(ask_and_judge(point, tmp_path / str(point)) for point in POINTS[step])


async def test_a_month_is_asked_about_and_confirmed_once_on_postgresql(
    tmp_path: Path, server: PostgresServer
) -> None:
    killed_at = [*points("months.ask", AT_COMMIT), *points("months.add", AT_COMMIT, PEOPLE + 2)]
    urls = [server.url(server.new_database()) for _ in killed_at]
    numbered = zip(killed_at, urls, strict=True)
    await side_by_side(ask_and_judge(point, tmp_path / str(point), url) for point, url in numbered)
