"""The jobs that the time of day calls: some each minute, some each day. Nothing is stored."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.errors import StoreRefused

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]

LOOK_S = 2.0  # a changed clock is noticed within this time


class Job(NamedTuple):
    """Work, and the local hours and minutes in which it is called."""

    work: Work
    hours: Container[int]
    minutes: Container[int]


class Scheduler:
    """Calls jobs at local times of `zone`; a job that dies is logged and called again the next time."""

    def __init__(self, zone: ZoneInfo, clock: Clock) -> None:
        self._zone = zone
        self._clock = clock
        self.jobs: dict[str, Job] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._looked: datetime | None = None  # the minute of the last look
        self._stopped = False

    def add(
        self,
        name: str,
        work: Work,
        *,
        hours: Container[int] = range(24),
        minutes: Container[int] = range(60),
    ) -> None:
        """Call `work` in these minutes of these hours; never while it still runs."""
        self.jobs[name] = Job(work, hours, minutes)

    async def run(self) -> None:
        """Follow the clock until cancelled."""
        while True:
            self.look()
            now = self._clock.now()
            await asyncio.sleep(min(LOOK_S, 60 - now.second - now.microsecond / 1e6))

    def look(self) -> None:
        """Begin the jobs of this minute, once."""
        now = self._clock.now().astimezone(self._zone).replace(second=0, microsecond=0)
        if now == self._looked:
            return
        self._looked = now
        for name, job in self.jobs.items():
            if now.hour in job.hours and now.minute in job.minutes:
                self.begin(name)

    def begin(self, name: str) -> None:
        """Begin the job `name` unless it runs or nobody added it."""
        is_running = name in self._running and not self._running[name].done()
        if name in self.jobs and not is_running and not self._stopped:
            self._running[name] = asyncio.create_task(self.call(name), name=name)

    async def call(self, name: str) -> None:
        """Do the job `name`; what it raises is logged."""
        try:
            await self.jobs[name].work()
        except StoreRefused as error:
            log.warning("the job %s waits for the database: %s", name, error)
        except Exception:
            log.exception("the job %s failed; it runs again at its next time", name)

    def stop(self) -> None:
        """Call no more jobs, and cancel those that run."""
        self._stopped = True
        for task in self._running.values():
            task.cancel()
