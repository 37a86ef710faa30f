"""A tick a minute and daily jobs, whatever happens to the clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.scheduler import Scheduler
from tests.builders import SHANGHAI, local
from tests.company import PATIENCE, a_company
from tests.reminders.stage import heard
from tests.waiting import until

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


class SetClock:
    """The machine's clock, set by somebody."""

    def __init__(self) -> None:
        self.set_by = timedelta()
        self.real_s = 0.0

    def now(self) -> datetime:
        return NINE + self.set_by + timedelta(seconds=self.real_s)

    def monotonic(self) -> float:
        return self.real_s


class Counter:
    """A job that is counted; `fails` is raised by it."""

    def __init__(self) -> None:
        self.calls = 0
        self.fails: Exception | None = None
        self._called = asyncio.Event()

    async def __call__(self) -> None:
        self.calls += 1
        self._called.set()
        if self.fails is not None:
            raise self.fails

    async def called(self) -> int:
        """Return how often it was called, once it was called again."""
        async with asyncio.timeout(60):
            await self._called.wait()
        self._called.clear()
        return self.calls


@asynccontextmanager
async def scheduled(job: Counter, clock: SetClock) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(SHANGHAI, clock)
    scheduler.add("look", job)
    scheduler.look()
    try:
        yield scheduler
    finally:
        scheduler.stop()


async def test_the_first_look_is_at_the_start_and_one_that_fails_is_not_the_last() -> None:
    job, clock = Counter(), SetClock()
    job.fails = ValueError("a bug")
    async with scheduled(job, clock) as scheduler:
        assert await job.called() == 1
        clock.set_by += timedelta(minutes=3)
        scheduler.look()
        assert await job.called() == 2


@pytest.mark.parametrize(
    ("steps_minutes", "calls"),
    [
        ([9, 1, 1, 1], 1),
        ([70], 1),  # once for what is at most an hour ago
        ([100], 0),
        ([-50], 1),  # set to 16:10
    ],
)
async def test_a_daily_job_is_called_once_in_each_of_its_minutes(steps_minutes: list[int], calls: int) -> None:
    job, clock = Counter(), SetClock()
    scheduler = Scheduler(SHANGHAI, clock)
    scheduler.add("daily", job, hour="16-18", minute="10")
    scheduler.look()
    for step in steps_minutes:
        clock.set_by += timedelta(minutes=step)
        scheduler.look()
        await asyncio.sleep(0)
        scheduler.look()
    await asyncio.sleep(0)
    assert job.calls == calls


async def test_a_job_that_still_runs_is_not_called_again_and_the_end_cancels_it() -> None:
    calls: list[str] = []
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        calls.append("hang")
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    job, clock = Counter(), SetClock()
    async with asyncio.timeout(60), scheduled(job, clock) as scheduler:
        scheduler.add("hang", hang)
        scheduler.soon("hang")
        await begun.wait()
        await job.called()
        clock.set_by += timedelta(minutes=3)
        scheduler.look()
        assert await job.called() == 2
        scheduler.stop()
        await cancelled.wait()
        assert calls == ["hang"]


async def test_the_bot_reminds_by_its_own_tick_as_soon_as_the_clock_shows_a_moment(tmp_path: Path) -> None:
    patience = replace(PATIENCE, reminds=True)
    async with a_company(tmp_path, at="08:40") as company:
        await company.stop_bot()
        app = App(company.settings(), clock=company.sandbox.clock, patience=patience)
        await app.start()

        async def has_looked() -> bool:
            return await app.store.reminders.looked_at() is not None

        try:
            await until(has_looked, what="its first look")
            await company.sandbox.wait_until(
                lambda: any(call.api == "getleavestatus" for call in company.sandbox.requests)
            )  # the plans were read before it, within the first minute
            company.at("08:50")
            await company.sandbox.wait_until(lambda: bool(company.sandbox.replies("user001")))
            (told,) = heard(company.sandbox, "user001")
            assert local("08:50") <= told.at < local("08:51")
        finally:
            await app.stop()
