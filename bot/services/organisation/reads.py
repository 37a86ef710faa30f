"""The daily and periodic reads: directory, plans, absences."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.services.organisation.absences import AbsenceReader
from bot.services.organisation.configured_rosters import ConfiguredRosters
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.services.speaking import Operators
from bot.storage.replicas import Jobs

log = logging.getLogger(__name__)

ROSTERS, CALENDAR = "rosters", "calendar"  # names of jobs, and subjects of alerts
WALK_AGAIN_S = 60.0
PAUSE = timedelta(minutes=5)  # between two readings of plans after events: these come in dozens, calls are counted
HOURS = 4  # a turn of reading plans; each costs a call for 200 checks, and calls are counted by the month


class Reads:
    """Reads for all processes that share the database, each turn in one of them."""

    def __init__(
        self,
        directory: Directory,
        rosters: Rosters,
        absences: AbsenceReader,
        *,
        jobs: Jobs,
        operators: Operators,
        clock: Clock,
        zone: ZoneInfo,
        on_walked: Callable[[], None],
    ) -> None:
        """`on_walked` is called after each walk at the start or after changes of departments."""
        self._directory = directory
        self._rosters = rosters
        self._absences = absences
        self._jobs = jobs
        self._operators = operators
        self._clock = clock
        self._zone = zone
        self._on_walked = on_walked
        self._is_late = False  # plans could not be read in their turn
        self._read_at: datetime | None = None  # after an event
        self._done = ""

    async def walk(self) -> None:
        """Read the directory at the start and when departments changed, trying on until it succeeds."""
        await self.check_calendar()
        while True:
            await self._directory.crawl_wanted.wait()
            if await self._walk():
                self._on_walked()
            await asyncio.sleep(WALK_AGAIN_S)

    async def walk_daily(self) -> None:
        """Read the directory once a day; to be called several times a night."""
        today = local_date(self._clock, self._zone)
        try:
            await self._jobs.do_once("directory", today.isoformat(), self._walk)
        except StoreRefused as error:
            log.warning("the daily reading of the directory waits for the database: %s", error)

    async def _walk(self) -> bool:
        try:
            count = await self._directory.crawl()
        except (UpstreamError, OperatorError, StoreRefused) as error:
            log.warning("the directory could not be read: %s", error)
            return False
        log.info("the directory has %d people", count)
        return True

    async def read_if_due(self) -> None:
        """Read plans and absences that an event spoke of, or that nobody read in this turn; for every minute.

        The plans of people who join are read when they are known.
        """
        if not self._directory.is_read:
            return
        now = self._clock.now().astimezone(self._zone)
        turn = f"{now:%Y-%m-%dT}{now.hour // HOURS}"
        try:
            if (self._rosters.outdated or self._is_late) and self._may_read_again(now):
                await self._read_rosters()
            elif turn != self._done and await self._jobs.take(ROSTERS, turn):
                await self._read_rosters()
                await self._jobs.finish(ROSTERS, turn)
                self._done = turn
            else:
                await self._rosters.read_new()
        except StoreRefused as error:
            self._is_late = True
            log.warning("the plans could not be stored: %s", error)
        except (UpstreamError, OperatorError) as error:
            self._is_late = True
            await self._operators.alert(ROSTERS, "alert.rosters_unread", reason=error)
        await self._absences.read_noted()

    def _may_read_again(self, now: datetime) -> bool:
        if self._read_at is not None and now - self._read_at < PAUSE:
            return False
        self._read_at = now
        return True

    async def _read_rosters(self) -> None:
        await self._rosters.read()
        await self._absences.read_all(self._rosters.plans)
        self._is_late = False
        self._operators.over(ROSTERS)
        log.info("the plans of all have been read")

    async def check_calendar(self) -> None:
        """Alert once for a year whose holidays the configured shifts need and nobody knows; for every day."""
        if not isinstance(self._rosters, ConfiguredRosters):
            return
        year = self._rosters.schedule.unknown_year(local_date(self._clock, self._zone))
        if year is None:
            self._operators.over(CALENDAR)
            return
        key = "alert.year_unknown"
        try:
            await self._jobs.do_once(CALENDAR, str(year), lambda: self._operators.alert(CALENDAR, key, year=year))
        except StoreRefused as error:
            log.warning("who tells of an unknown year could not be looked up: %s", error)
        self._operators.note(CALENDAR, key, year=year)  # shown by each process, whoever tells of it
