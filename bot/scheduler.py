"""APScheduler as a clock: a tick a minute, a few daily jobs, no job for a person, nothing stored."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from math import ceil
from zoneinfo import ZoneInfo

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.clock import Clock, SystemClock

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]

_MACHINE = SystemClock()  # what APScheduler goes by
LOOK_S = 2.0
JUMP_S = 1.0  # by which a clock is out of step with the monotonic one once it was set


class Scheduler:
    """Calls jobs at local times of `zone`; a job that dies is logged and called again the next time."""

    def __init__(self, zone: ZoneInfo, clock: Clock) -> None:
        # This executor calls `_begin` in the event loop. APScheduler's own tasks log an error when cancelled.
        self._scheduler = AsyncIOScheduler(timezone=zone, executors={"default": DebugExecutor()})
        self._running: dict[str, asyncio.Task[None]] = {}
        self._zone = zone
        self._clock = clock
        self._minutely: list[str] = []
        self._ahead_s = self._ahead()

    def daily(self, name: str, job: Job, *, hour: int | str, minute: int | str) -> None:
        """Call `job` every day at a local time; `hour` and `minute` may be several, such as `5-7` and `*/15`."""
        trigger = CronTrigger(hour=hour, minute=minute, timezone=self._zone)
        self._scheduler.add_job(
            self._begin, trigger, args=(name, job), id=name, coalesce=True, misfire_grace_time=3600
        )

    def minutely(self, name: str, job: Job) -> None:
        """Call `job` at the start, and whenever a minute of the clock begins; never while it still runs."""
        self._minutely.append(name)
        self._scheduler.add_job(
            self._begin, self._each_minute(), args=(name, job), id=name, coalesce=True,
            misfire_grace_time=None, next_run_time=_MACHINE.now(),
        )  # fmt: skip

    def soon(self, name: str) -> None:
        """Call the job `name` now and not only when the next minute begins; without such a job do nothing."""
        job = self._scheduler.get_job(name)
        if job is not None:
            job.modify(next_run_time=_MACHINE.now())

    def start(self) -> None:
        """Begin to call jobs, in the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Call no more jobs, and cancel those that run."""
        if self._scheduler.running:
            self._scheduler.pause()  # at once; the shutdown waits for the event loop
            self._scheduler.shutdown(wait=False)
        for task in self._running.values():
            task.cancel()

    async def run(self) -> None:
        """Follow the clock until cancelled."""
        while True:
            self.follow_clock()
            await asyncio.sleep(LOOK_S)

    def follow_clock(self) -> None:
        """Have jobs called by a clock that was set; APScheduler alone would sleep until it shows its old time."""
        ahead_s = self._ahead()
        if abs(ahead_s - self._ahead_s) <= JUMP_S:
            return
        log.info("the clock was set by %+.0f s; jobs go by it from now on", ahead_s - self._ahead_s)
        self._ahead_s = ahead_s
        for job in self._scheduler.get_jobs():
            job.reschedule(self._each_minute() if job.id in self._minutely else job.trigger)
            if job.id in self._minutely:
                job.modify(next_run_time=_MACHINE.now())

    def _begin(self, name: str, job: Job) -> None:
        """Start a task for `job`, unless its last one still runs."""
        if name in self._running:
            log.warning("the job %s still runs; it is not called a second time", name)
            return
        task = asyncio.create_task(_guarded(name, job), name=name)
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name))

    def _ahead(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _each_minute(self) -> CronTrigger:
        second = second_of_minute(self._clock.now(), _MACHINE.now())
        return CronTrigger(second=second, timezone=self._zone)


def second_of_minute(now: datetime, machine: datetime) -> int:
    """Return at which second of the machine's minutes a minute of the clock that shows `now` has begun.

    They differ where the clock is a pretend one.
    """
    return ceil((machine - now).total_seconds() % 60) % 60


async def _guarded(name: str, job: Job) -> None:
    try:
        await job()
    except Exception:
        log.exception("the job %s failed; it runs again at its next time", name)
