"""Keeping people, plans and absences up to date: periodic reads, and events of the Stream."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import local_date
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.events import (
    DepartmentsChanged,
    Event,
    LeaveChanged,
    LeaveState,
    PeopleChange,
    PeopleChanged,
    PunchesMade,
    RosterChanged,
)
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.services.base import Base
from bot.services.organisation.absences import AbsenceReader
from bot.services.organisation.configured_rosters import ConfiguredRosters
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters

log = logging.getLogger(__name__)

ROSTERS, CALENDAR = "rosters", "calendar"  # names of jobs, and subjects of alerts
WALK_AGAIN_S = 60.0
PAUSE = timedelta(minutes=5)  # between two readings of plans after events: these come in dozens, calls are counted
HOURS = 4  # a turn of reading plans; each costs a call for 200 checks, and calls are counted by the month


class Reads:
    """Reads for all processes that share the database, each turn on one of them."""

    def __init__(
        self,
        base: Base,
        directory: Directory,
        rosters: Rosters,
        absences: AbsenceReader,
        *,
        on_walked: Callable[[], None],
    ) -> None:
        """`on_walked` is called after each walk that was wanted at the start or by an event."""
        self._base = base
        self._directory = directory
        self._rosters = rosters
        self._absences = absences
        self._on_walked = on_walked
        self._is_late = False  # the plans of this turn could not be read
        self._read_at: datetime | None = None  # after an event
        self._done = ""

    async def walk(self) -> None:
        """Read the directory whenever that is wanted, until cancelled."""
        await self.check_calendar()
        while True:
            await self._directory.crawl_wanted.wait()
            if await self._walk():
                self._on_walked()
            await asyncio.sleep(WALK_AGAIN_S)

    async def walk_daily(self) -> None:
        """Read the directory once a day; to be called several times a night."""
        today = local_date(self._base.clock, self._base.zone)
        try:
            await self._base.store.jobs.do_once("directory", today.isoformat(), self._walk)
        except StoreRefused as error:
            log.warning("the daily reading of the directory waits for the database: %s", error)

    async def read_if_due(self) -> None:
        """Read plans and absences after an event and once a turn; to be called every minute."""
        if not self._directory.is_read:
            return
        now = self._base.clock.now().astimezone(self._base.zone)
        turn, jobs = f"{now:%Y-%m-%dT}{now.hour // HOURS}", self._base.store.jobs
        try:
            if (self._rosters.outdated or self._is_late) and self._may_read_again(now):
                await self._read_rosters()
            elif turn != self._done and await jobs.take(ROSTERS, turn):
                await self._read_rosters()
                await jobs.finish(ROSTERS, turn)
                self._done = turn
            else:
                await self._rosters.read_new()
        except StoreRefused as error:
            self._is_late = True
            log.warning("the plans could not be stored: %s", error)
        except (UpstreamError, OperatorError) as error:
            self._is_late = True
            await self._base.operators.alert(ROSTERS, "alert.rosters_unread", reason=error)

    async def check_calendar(self) -> None:
        """Tell the administrators of a year whose holidays are needed and unknown; to be called every day."""
        if isinstance(self._rosters, ConfiguredRosters):
            year = self._rosters.schedule.unknown_year(local_date(self._base.clock, self._base.zone))
            if year is None:
                self._base.operators.over(CALENDAR)
            else:
                await self._base.operators.alert(CALENDAR, "alert.year_unknown", year=year)

    async def _walk(self) -> bool:
        try:
            count = await self._directory.crawl()
        except (UpstreamError, OperatorError, StoreRefused) as error:
            log.warning("the directory could not be read: %s", error)
            return False
        log.info("the directory has %d people", count)
        return True

    def _may_read_again(self, now: datetime) -> bool:
        if self._read_at is not None and now - self._read_at < PAUSE:
            return False
        self._read_at = now
        return True

    async def _read_rosters(self) -> None:
        await self._rosters.read()
        await self._absences.read_all(self._rosters.plans)
        self._is_late = False
        self._base.operators.over(ROSTERS)
        log.info("the plans of all have been read")


class Incoming:
    """Takes events. If the database refuses, StoreRefused is raised and the event comes again."""

    def __init__(self, base: Base, directory: Directory, rosters: Rosters) -> None:
        self._base = base
        self._directory = directory
        self._rosters = rosters
        self._absences = base.store.absences

    async def event(self, event: Event) -> None:
        """Take an event, however often it comes."""
        match event:
            case PeopleChanged():
                await self._people(event)
            case DepartmentsChanged(department_ids):
                await self._directory.departments_changed(department_ids)
            case RosterChanged():
                self._rosters.outdated = True
            case PunchesMade(punches):
                await self._base.store.native_punches.note(punches)
            case LeaveChanged():
                await self._leave(event)

    async def _people(self, event: PeopleChanged) -> None:
        if not event.user_ids:
            await self._directory.departments_changed()
        elif event.change is PeopleChange.JOINED:
            await self._directory.joined(event.user_ids)
        elif event.change is PeopleChange.LEFT:
            await self._directory.left(event.user_ids)
        else:
            await self._directory.changed(event.user_ids)

    async def _leave(self, event: LeaveChanged) -> None:
        user_id, span = event.user_id, event.span
        if event.state is LeaveState.TAKEN_BACK and user_id:
            await self._absences.remove(user_id, event.absence_id, span)
        elif event.state is not LeaveState.TAKEN_BACK and user_id and span is not None and span[0] < span[1]:
            pending = event.state is LeaveState.PENDING
            told = Absence(user_id, *span, event.absence_id, pending, AbsenceSource.EVENT)
            await self._absences.note(told, self._base.clock.now())
        else:
            log.warning("an event of leave names no person or no time; a reading before the reminder tells of it")
