"""Jobs by the clock: some each minute, some each day. The scheduler stores nothing.

APScheduler's triggers say in which minutes a job is due. Our own clock gives the time: the demo and
tests move it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.clock import Clock
from bot.errors import StoreRefused

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]

LOOK_S = 2.0  # a changed clock is noticed within this time
# after a pause of the process, jobs that were due within this time still run
LATE = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(eq=False)
class Scheduler:
    """Calls jobs at local times of `zone`.

    A job that fails is logged, and called again at its next time.
    """

    zone: ZoneInfo
    clock: Clock
    is_clock_off: Callable[[], Awaitable[bool]]

    def __post_init__(self) -> None:
        self.jobs: dict[str, tuple[Work, CronTrigger]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._looked: datetime | None = None  # the minute of the last look
        self._stopped = False

    def add(self, name: str, work: Work, *, hour: str = "*", minute: str = "*") -> None:
        """Call `work` in these minutes of these local hours, such as `5-7`.

        A job that still runs is not called again.
        """
        self.jobs[name] = work, CronTrigger(hour=hour, minute=minute, timezone=self.zone)

    async def run(self) -> None:
        while True:
            self.look()
            now = self.clock.now()
            await asyncio.sleep(min(LOOK_S, 60 - now.second - now.microsecond / 1e6))

    def look(self) -> None:
        """Begin the jobs due since the last look.

        After a jump of the clock begin the jobs of this minute.
        """
        now = self.clock.now().replace(second=0, microsecond=0)
        if now == self._looked:
            return
        before = self._looked
        self._looked = now
        if before is None or not now - LATE < before < now:
            before = now - _MINUTE
        for name, (_, trigger) in self.jobs.items():
            due = trigger.get_next_fire_time(None, before + _MINUTE)
            if due is not None and due <= now:
                self.begin(name)

    def begin(self, name: str) -> None:
        """Begin the job `name`, unless it already runs or does not exist."""
        is_running = name in self._running and not self._running[name].done()
        if name in self.jobs and not is_running and not self._stopped:
            self._running[name] = asyncio.create_task(self.call(name), name=name)

    async def call(self, name: str) -> None:
        """Do the job `name`, and log its errors. While the clock is wrong, no job is due."""
        try:
            work, _ = self.jobs[name]
            if not await self.is_clock_off():
                await work()
        except StoreRefused as error:
            log.warning("the job %s waits for the database: %s", name, error)
        except Exception:
            log.exception("the job %s failed; it runs again at its next time", name)

    def stop(self) -> None:
        """Call no more jobs, and cancel those that run."""
        self._stopped = True
        for task in self._running.values():
            task.cancel()
