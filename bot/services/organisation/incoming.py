"""Events that the Stream brings: about people, plans, native punches and leave."""

import logging

from bot.clock import Clock
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.events import (
    ApprovalChanged,
    DepartmentsChanged,
    Event,
    LeaveChanged,
    LeaveState,
    PeopleChange,
    PeopleChanged,
    PunchesMade,
    RosterChanged,
)
from bot.errors import StoreRefused
from bot.services.organisation.absences import AbsenceReader
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.storage.absences import Absences, NativePunches
from bot.storage.inbox import Inbox

log = logging.getLogger(__name__)


class Incoming:
    """Notes what events tell, however often one comes.

    A store that refuses raises, and the event comes again. A frame that nobody can read is kept aside.
    """

    def __init__(
        self,
        directory: Directory,
        inbox: Inbox,
        clock: Clock,
        *,
        native_punches: NativePunches,
        absences: Absences,
        reader: AbsenceReader,
        rosters: Rosters,
    ) -> None:
        self._directory = directory
        self._inbox = inbox
        self._clock = clock
        self._native_punches = native_punches
        self._absences = absences
        self._reader = reader
        self._rosters = rosters

    async def refused(self, raw: str, reason: str) -> None:
        """Keep a frame that nobody can read; when even that fails it is in the log."""
        try:
            await self._inbox.quarantine(raw, reason, self._clock.now())
        except StoreRefused as error:
            log.warning("an unreadable frame could not be kept: %s", error)

    async def event(self, event: Event) -> None:
        """Note what changed. Raises StoreRefused."""
        match event:
            case PeopleChanged():
                await self._people(event)
            case DepartmentsChanged(department_ids):
                self._directory.departments_changed(department_ids)
            case RosterChanged():
                self._rosters.outdated = True
            case PunchesMade(punches):
                await self._native_punches.note(punches)
            case LeaveChanged():
                await self._leave(event)
            case ApprovalChanged(user_id, may_be_trip):
                if self._directory.employee(user_id) is not None:
                    self._reader.note(user_id, may_be_trip=may_be_trip)

    async def _people(self, event: PeopleChanged) -> None:
        """Tell the directory of people; where nobody is named, everybody has to be read again."""
        if not event.user_ids:
            self._directory.departments_changed()
            return
        at = event.at or self._clock.now()
        match event.change:
            case PeopleChange.JOINED:
                await self._directory.joined(event.user_ids, at)
            case PeopleChange.LEFT:
                await self._directory.left(event.user_ids, at)
            case PeopleChange.CHANGED:
                self._directory.changed(event.user_ids)

    async def _leave(self, event: LeaveChanged) -> None:
        if event.state is not LeaveState.TAKEN_BACK:
            await self._note_leave(event)
        elif event.user_id:
            await self._absences.remove(event.user_id, event.absence_id)
            await self._forget_read(event)

    async def _note_leave(self, event: LeaveChanged) -> None:
        span = event.span
        if not event.user_id or span is None or span[1] <= span[0]:
            log.warning(
                "an event of leave names no person or no time; it is left to the reading before a reminder"
            )
            return
        pending = event.state is LeaveState.PENDING
        told = Absence(event.user_id, *span, event.absence_id, pending, AbsenceSource.EVENT)
        await self._absences.note(told, self._clock.now())

    async def _forget_read(self, event: LeaveChanged) -> None:
        """Forget what a reading told of the time of a leave that was taken back, until the next one."""
        if event.span is not None:
            for source in (AbsenceSource.LEAVE, AbsenceSource.APPROVAL):
                await self._absences.put([event.user_id], *event.span, [], source=source)
