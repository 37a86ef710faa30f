"""Periodic reads of people, plans and absences."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import StoreRefused, UpstreamError
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import ConfiguredRosters, Rosters
from bot.services.reporting.absence_reader import read_all_absences

log = logging.getLogger(__name__)

# names of jobs, and subjects of alerts
ROSTERS = "rosters"
CALENDAR = "calendar"
WALK_AGAIN_S = 60.0
# Calls count in the monthly quota. A read of all plans costs a call for 50 people.
PAUSE = timedelta(minutes=5)  # between two reads after events, which come in dozens
HOURS = 12  # one periodic read in each span of this many hours
# of the first span of a day: the read finds changes of the night without an event
FIRST_HOUR = timedelta(hours=5)


@dataclass(eq=False)
class Reads:
    """Periodic reads. One process does each of them, for all processes that share the database."""

    base: Base
    directory: Directory
    rosters: Rosters
    on_walked: Callable[[], None]  # after each walk at the start or after an event
    _tried_at: datetime | None = None  # the last read after an event or a failure

    async def walk(self) -> None:
        """Read the directory when the start or an event wants it, until cancelled."""
        await self.check_calendar()
        while True:
            await self.directory.crawl_wanted.wait()
            if not await self.base.clock_watch.is_off() and await self.directory.crawl():
                self.on_walked()
            await asyncio.sleep(WALK_AGAIN_S)

    async def walk_daily(self) -> None:
        """Read the directory once a day. To be called several times a night. Raises StoreRefused."""
        turn = self.base.today.isoformat()
        await self.base.store.jobs.do_once("directory", turn, self.directory.crawl)

    async def read_if_due(self) -> None:
        """Read plans and absences at 5 and 17 o'clock, after an event and after a failure.

        To be called every minute.
        """
        if not self.directory.is_read:
            return
        now = self.base.now.astimezone(self.base.zone)
        begun = now - FIRST_HOUR
        span = f"{begun:%Y-%m-%dT}{begun.hour // HOURS}"
        try:
            if self.rosters.outdated and (
                self._tried_at is None or abs(now - self._tried_at) >= PAUSE
            ):
                self._tried_at = now
                await self._read_rosters()
            else:
                await self.base.store.jobs.do_once(ROSTERS, span, self._read_rosters)
        except StoreRefused as error:
            self.rosters.outdated = True
            log.warning("the plans could not be stored: %s", error)
        except UpstreamError as error:
            self.rosters.outdated = True
            await self.base.operators.alert(ROSTERS, "alert.rosters_unread", reason=error)

    async def check_calendar(self) -> None:
        """Alert administrators while the holidays of a needed year are unknown.

        To be called every day.
        """
        if isinstance(self.rosters, ConfiguredRosters):
            year = self.rosters.schedule.unknown_year(self.base.today)
            if year is None:
                self.base.operators.over(CALENDAR)
            else:
                await self.base.operators.alert(CALENDAR, "alert.year_unknown", year=year)

    async def _read_rosters(self) -> bool:
        self.rosters.outdated = False  # first: an event may come during the read
        await self.rosters.read()
        await read_all_absences(self.base, self.rosters.plans)
        self.base.operators.over(ROSTERS)
        log.info("the plans of all people are read")
        return True
