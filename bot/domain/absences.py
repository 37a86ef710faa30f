"""Why somebody need not be at work: absences with their effect on check points, and a lead's excuse of a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.shifts import CheckPoint, CheckType

REST = timedelta(hours=2)  # nobody comes for less: the lunch between a morning and an afternoon of leave
# An event of approved leave outweighs a reading without it for so long. DingTalk does not say how late a reading
# shows an approval, and the bot must not remind people on leave. Later the leave may have been taken back.
EVENT_HOLDS = timedelta(hours=2)


class AbsenceSource(StrEnum):
    """The source of an absence; a reading replaces the last one of its kind."""

    LEAVE = "leave"  # the reading of approved leave
    APPROVAL = "approval"  # the reading of one person's approvals: trips and outings too
    EVENT = "event"  # stays until an event takes it back, approved leave also until a later reading lacks it


@dataclass(frozen=True, slots=True)
class Absence:
    """Leave, a trip or an outing, from `starts_at` to `ends_at` (aware). Its kind does not matter here.

    `pending` is one that is asked for and not yet approved. `absence_id` names it at its `source`.
    """

    user_id: str
    starts_at: datetime
    ends_at: datetime
    absence_id: str
    pending: bool = False
    source: AbsenceSource = AbsenceSource.LEAVE

    def covers(self, at: datetime) -> bool:
        """Tell whether `at` lies within, both ends included."""
        return self.starts_at <= at <= self.ends_at

    def keeps_from(self, check_type: CheckType, due_at: datetime) -> bool:
        """Tell whether it takes such a check; who is away up to one o'clock comes at one."""
        if check_type is CheckType.ON_DUTY:
            return self.starts_at <= due_at < self.ends_at
        return self.starts_at < due_at <= self.ends_at


def points_left(points: Sequence[CheckPoint], absences: Iterable[Absence]) -> tuple[CheckPoint, ...]:
    """Return the check points of one work date that `absences` leave.

    A section has none if it is covered, or if two absences leave only a rest of it. A covered start moves the
    on-duty check to the end of the absence, a covered end the off-duty check to its start.
    """
    stretches: list[tuple[datetime, datetime]] = []  # two half days that touch are one
    for absence in sorted(absences, key=lambda one: one.starts_at):
        if stretches and absence.starts_at <= stretches[-1][1]:
            start, end = stretches[-1]
            stretches[-1] = (start, max(end, absence.ends_at))
        else:
            stretches.append((absence.starts_at, absence.ends_at))
    left: list[CheckPoint] = []
    for section in dict.fromkeys(point.section for point in points):
        left += _section_left([point for point in points if point.section == section], stretches)
    return tuple(left)


def _section_left(points: list[CheckPoint], stretches: Sequence[tuple[datetime, datetime]]) -> list[CheckPoint]:
    due = {point.check_type: point.due_at for point in points}
    planned_start = starts = due.get(CheckType.ON_DUTY, points[0].opens_at)
    planned_end = ends = due.get(CheckType.OFF_DUTY, points[0].closes_at)
    for first, last in stretches:
        if first <= starts < last:
            starts = last
        if first < ends <= last:
            ends = first
    only_rest = planned_start < starts and ends < planned_end and ends - starts <= REST
    if starts >= ends or only_rest:
        return []
    moved = {CheckType.ON_DUTY: starts, CheckType.OFF_DUTY: ends}
    return [replace(point, due_at=moved[point.check_type]) for point in points]


@dataclass(frozen=True, slots=True)
class Excuse:
    """A lead's decision that a work date's missing punches do not count. It is no leave, and changes no punch.

    `decided_at` is UTC. `number` counts the decisions on that day, from 1: none is ever changed or removed.
    """

    user_id: str
    work_date: date
    decided_by: str
    reason: str
    decided_at: datetime
    excused: bool = True  # False takes an excuse back
    number: int = 1
