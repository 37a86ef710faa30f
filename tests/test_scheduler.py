"""A tick a minute by APScheduler, whatever happens to the clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.scheduler import Scheduler, second_of_minute
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
    scheduler.minutely("look", job)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.stop()


@pytest.mark.parametrize(
    ("clock", "machine", "second"),
    [
        ("09:00:00", "09:00:00", 0),
        ("08:50:00", "16:23:37", 37),
        ("08:50:10", "16:23:37", 27),
        ("08:50:37", "16:23:10", 33),
        ("08:49:59.4", "16:23:00", 1),
        ("09:00:00", "08:59:59.999", 0),
    ],
)
def test_a_minute_of_the_clock_begins_at_this_second_of_the_machines(
    clock: str, machine: str, second: int
) -> None:
    now, there = (datetime.fromisoformat(f"2026-11-24T{at}+00:00") for at in (clock, machine))
    assert second_of_minute(now, there) == second
    begins = there.replace(second=0, microsecond=0) + timedelta(seconds=second)
    assert (now + (begins - there)).second in (0, 1), "never before the minute has begun"


async def test_the_first_look_is_at_the_start_and_one_that_fails_is_not_the_last() -> None:
    job, clock = Counter(), SetClock()
    job.fails = ValueError("a bug")
    async with scheduled(job, clock) as scheduler:
        assert await job.called() == 1
        clock.set_by += timedelta(minutes=3)
        scheduler.follow_clock()
        assert await job.called() == 2


@pytest.mark.parametrize("by", [timedelta(days=2), timedelta(days=-2), timedelta(seconds=-40)])
async def test_a_clock_that_was_set_is_looked_at_at_once_and_gone_by(by: timedelta) -> None:
    job, clock = Counter(), SetClock()
    async with scheduled(job, clock) as scheduler:
        await job.called()
        clock.set_by += by
        scheduler.follow_clock()
        assert await job.called() == 2
        clock.real_s += 5
        scheduler.follow_clock()
        await asyncio.sleep(0)
        assert job.calls == 2, "time that passes sets no clock"


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
        scheduler.minutely("hang", hang)
        await begun.wait()
        await job.called()
        clock.set_by += timedelta(minutes=3)
        scheduler.follow_clock()
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
