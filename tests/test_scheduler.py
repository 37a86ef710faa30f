"""A tick a minute and daily jobs, also on a clock that a test moves."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.scheduler import Scheduler
from tests.builders import SHANGHAI, local
from tests.company import PATIENCE, a_company
from tests.reminders.stage import heard
from tests.storage.stage import HandClock
from tests.waiting import LONGEST_S, until


class Stage:
    """A scheduler, the calls of its jobs, and a clock that stands at noon until a test moves it."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.calls: list[str] = []
        self.is_off = False
        self.scheduler = Scheduler(SHANGHAI, self.clock, self.is_clock_off)

    async def is_clock_off(self) -> bool:
        return self.is_off

    async def note(self) -> None:
        self.calls.append("look")

    async def pass_minutes(self, *steps: int) -> None:
        """Look now, and after each step."""
        for step in (0, *steps):
            self.clock.move(60 * step)
            for _ in range(2):
                self.scheduler.look()
                await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("steps", "calls"), [([9, 1, 1, 1], 1), ([50], 1), ([69], 0), ([69, 1], 1), ([10, -10, 10], 2)]
)
async def test_a_daily_job_runs_once_in_each_of_its_minutes(steps: list[int], calls: int) -> None:
    stage = Stage()
    stage.scheduler.add("daily", stage.note, hour="12-13", minute="10")
    await stage.pass_minutes(*steps)
    assert len(stage.calls) == calls


async def test_no_job_is_due_by_a_wrong_clock() -> None:
    stage = Stage()
    stage.scheduler.add("look", stage.note)
    stage.is_off = True
    await stage.pass_minutes(1)
    assert stage.calls == []
    stage.is_off = False
    await stage.pass_minutes(1)
    assert stage.calls == ["look"]


async def test_a_failing_job_is_called_again_the_next_minute() -> None:
    stage = Stage()

    async def fail() -> None:
        stage.calls.append("fails")
        raise ValueError("a bug")

    stage.scheduler.add("look", fail)
    await stage.pass_minutes(3)
    assert stage.calls == ["fails"] * 2


async def test_a_running_job_is_not_called_again() -> None:
    stage, cancelled = Stage(), asyncio.Event()

    async def hang() -> None:
        stage.calls.append("hang")
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    stage.scheduler.add("hang", hang)
    await stage.pass_minutes(1, 1)
    stage.scheduler.stop()
    async with asyncio.timeout(LONGEST_S):
        await cancelled.wait()
    assert stage.calls == ["hang"]


async def test_the_bot_reminds_when_its_clock_reaches_the_moment(tmp_path: Path) -> None:
    patience = replace(PATIENCE, reminds=True)
    async with a_company(tmp_path, at="08:40") as company:
        await company.stop_bot()
        app = App(company.settings(), clock=company.sandbox.clock, patience=patience)
        await app.start()

        async def has_looked() -> bool:
            return await app.store.reminders.claimed_until() is not None

        try:
            await until(has_looked, what="its first look")
            await company.sandbox.wait_until(
                lambda: any(call.api == "getleavestatus" for call in company.sandbox.requests)
            )  # the bot has read the plans
            company.at("08:50")
            await company.sandbox.wait_until(lambda: bool(company.sandbox.replies("user001")))
            (told,) = heard(company.sandbox, "user001")
            assert local("08:50") <= told.at < local("08:51")
        finally:
            await app.stop()
