"""Reading people's days from DingTalk right now. What is read is kept; the day is told from all that is kept."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.dingtalk.attendance import Attendance
from bot.domain.absences import AbsenceSource
from bot.domain.day import DayFacts
from bot.domain.shifts import DayPlan
from bot.services.organisation.absences import AbsenceReader, told
from bot.services.organisation.rosters import Rosters
from bot.services.reporting.known_facts import KnownFacts, window

_AHEAD = timedelta(minutes=2)  # by which the clock of whoever punched may be ahead of ours
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts of some people for one work date, and why some could not be read, by the name of the API."""

    facts: Mapping[str, DayFacts]
    troubles: dict[str, str] = field(default_factory=dict)


class DayReader:
    """Reads the days of at most 50 people at once."""

    def __init__(
        self,
        *,
        attendance: Attendance,
        reader: AbsenceReader,
        known: KnownFacts,
        book: Rosters,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._attendance = attendance
        self._reader = reader
        self._known = known
        self._book = book
        self._clock = clock
        self._zone = zone

    async def read(self, user_ids: Sequence[str], work_date: date) -> Reading:
        """Return the facts of at most 50 people; what could not be read is told by `read`. Raises StoreRefused.

        Their punches are read last, so that one made meanwhile is among them.
        """
        troubles: dict[str, str] = {}
        first, last = window(work_date, self._zone)
        plans, leaves = await asyncio.gather(
            told(self._book.current(user_ids, work_date), troubles),
            self._reader.leaves(user_ids, first, last, troubles),
        )
        unapproved = await self._read_approvals(plans or {}, leaves or {}, work_date, troubles)
        until = min(last, self._clock.now() + _AHEAD)
        records = await told(self._attendance.records(user_ids, first, until), troubles)
        await self._known.keep(user_ids, records or (), work_date - _DAY, work_date + _DAY)
        facts = await self._known.near(user_ids, work_date, plans)
        for user_id, one in facts.items():
            read = user_id in (plans or {}) and user_id not in unapproved and None not in (leaves, records)
            if user_id in unapproved:  # what was read of approvals before may not hold any more
                kept = [absence for absence in one.absences if absence.source is not AbsenceSource.APPROVAL]
                one = one._replace(absences=kept)  # noqa: PLW2901
            facts[user_id] = one._replace(read=read)
        return Reading(facts, troubles)

    async def _read_approvals(
        self,
        plans: Mapping[str, DayPlan],
        leaves: Mapping[str, Sequence[object]],
        work_date: date,
        troubles: dict[str, str],
    ) -> frozenset[str]:
        """Read the approvals of those whose plan notes one, and of those who were read to be away at a check.

        Return the people whose approvals could not be read.
        """
        before = await self._known.near(list(plans), work_date, plans)
        asked = [one for one, plan in plans.items() if plan.approved or _is_away_at_a_check(plan, before[one])]
        noted = [one for one, plan in plans.items() if plan.approved and not leaves.get(one)]
        approvals = await self._reader.approvals(asked, work_date, troubles, noted=noted)
        return frozenset(user_id for user_id, found in approvals.items() if found is None)


def _is_away_at_a_check(plan: DayPlan, facts: DayFacts) -> bool:
    approvals = (one for one in facts.absences if one.source is AbsenceSource.APPROVAL)
    return any(one.covers(point.due_at) for one in approvals for point in plan.points)
