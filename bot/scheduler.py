"""APScheduler as a clock: a few recurring jobs, no job for a person, nothing stored."""

import logging
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


class Scheduler:
    """Calls jobs at local times of `zone`; a job that dies is logged and called again the next time."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._scheduler = AsyncIOScheduler(timezone=zone)
        self._zone = zone

    def daily(self, name: str, job: Job, *, hour: int | str, minute: int) -> None:
        """Call `job` every day at a local time; `hour` may be several, such as `5-7`."""
        trigger = CronTrigger(hour=hour, minute=minute, timezone=self._zone)
        self._scheduler.add_job(
            _guarded, trigger, args=(name, job), id=name, coalesce=True, max_instances=1, misfire_grace_time=3600
        )

    def start(self) -> None:
        """Begin to call jobs, in the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Call no more jobs."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


async def _guarded(name: str, job: Job) -> None:
    try:
        await job()
    except Exception:
        log.exception("the job %s failed; it runs again at its next time", name)
