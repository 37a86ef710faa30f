"""What has to be true before somebody is spoken to, read right then: plan, punches, leave, excuses."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.clock import Clock
from bot.dingtalk.attendance import Attendance
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.due import Facts
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import DayPlan
from bot.services.organisation.absence_reading import AbsenceReader, by_person, told
from bot.services.organisation.roster_books import RosterBook
from bot.services.punching.sightings import Sightings
from bot.storage.absences import Absences
from bot.storage.corrections import Excuses

log = logging.getLogger(__name__)

_AHEAD = timedelta(minutes=2)  # by which the clock of whoever punched may be ahead of ours


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts of some people for one work date, and why some could not be read, by the name of the API."""

    facts: Mapping[str, Facts]
    troubles: dict[str, str] = field(default_factory=dict)


class FactFinder:
    """Reads the facts of at most 50 people at once."""

    def __init__(
        self,
        *,
        attendance: Attendance,
        absences: Absences,
        excuses: Excuses,
        reader: AbsenceReader,
        sightings: Sightings,
        book: RosterBook,
        clock: Clock,
    ) -> None:
        self._attendance = attendance
        self._absences = absences
        self._excuses = excuses
        self._reader = reader
        self._sightings = sightings
        self._book = book
        self._clock = clock

    async def read(self, user_ids: Sequence[str], work_date: date) -> Reading:
        """Return the facts of at most 50 people; what DingTalk does not tell is None in them. Raises StoreRefused.

        Their punches are read last, so that one made meanwhile is among them; what DingTalk counts one of ours for
        that names no check is kept.
        """
        troubles: dict[str, str] = {}
        first, last = self._sightings.window(work_date)
        plans, leaves = await asyncio.gather(
            told(self._book.current(user_ids, work_date), troubles),
            self._reader.leaves(user_ids, first, last, troubles),
        )
        approved = await self._with_approvals(plans or {}, first, last)
        noted = [one for one, plan in (plans or {}).items() if plan.approved and not (leaves or {}).get(one)]
        approvals = await self._reader.approvals(approved, work_date, troubles, noted=noted)
        read = leaves is not None and plans is not None
        stored = await self._absences.touching(first, last)
        heard_of = by_person(one for one in stored if one.source is AbsenceSource.EVENT or not read)
        excused = {one.user_id for one in await self._excuses.between(user_ids, work_date, work_date)}
        records = await self._records(user_ids, first, last, troubles)
        seen = await self._sightings.of(work_date, work_date, user_ids)
        await self._sightings.keep(records or (), seen)
        shown = None if records is None else await self._sightings.counted(records)
        return Reading(
            {
                user_id: Facts(
                    plan=(plans or {}).get(user_id),
                    records=None if shown is None else shown.get(user_id, ()),
                    absences=_absences(user_id, leaves, approvals),
                    heard_of=heard_of.get(user_id, ()),
                    seen=seen.get(user_id, ()),
                    excused=user_id in excused,
                )
                for user_id in user_ids
            },
            troubles,
        )

    async def _with_approvals(
        self, plans: Mapping[str, DayPlan], first: datetime, last: datetime
    ) -> Sequence[str]:
        """Return whose approvals to read: those whose plan notes one, and who was read to be away at a check."""
        stored = await self._absences.touching(first, last)
        read_before = by_person(one for one in stored if one.source is AbsenceSource.APPROVAL)
        return [
            user_id
            for user_id, plan in plans.items()
            if plan.approved or _is_away_at_a_check(plan, read_before.get(user_id, ()))
        ]

    async def _records(
        self, user_ids: Sequence[str], first: datetime, last: datetime, troubles: dict[str, str]
    ) -> Sequence[AttendanceRecord] | None:
        until = min(last, self._clock.now() + _AHEAD)
        return await told(self._attendance.records(user_ids, first, until), troubles)


def _absences(
    user_id: str,
    leaves: Mapping[str, Sequence[Absence]] | None,
    approvals: Mapping[str, Sequence[Absence] | None],
) -> Sequence[Absence] | None:
    """Return what is read of one person; None where a part is missing. Who has no approval needs no look."""
    approved = approvals.get(user_id, ())
    return None if leaves is None or approved is None else [*leaves.get(user_id, ()), *approved]


def _is_away_at_a_check(plan: DayPlan, absences: Iterable[Absence]) -> bool:
    return any(one.covers(point.due_at) for one in absences for point in plan.points)
