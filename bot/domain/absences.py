"""When somebody does not have to be at work, and what that does to their check points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.shifts import CheckPoint, CheckType

REST = timedelta(hours=2)  # for which nobody comes: the lunch between a morning and an afternoon of leave

# For so long an event that told of approved leave outweighs a reading without it: DingTalk does not say how late a
# reading may show what was approved, and whoever is on leave must not be nagged. Afterwards the reading counts:
# the leave may have been taken back by an event that never came.
EVENT_HOLDS = timedelta(hours=2)


class AbsenceSource(StrEnum):
    """The source of an absence; a reading replaces the last one of its kind."""

    LEAVE = "leave"  # the reading of approved leave
    APPROVAL = "approval"  # the reading of one person's approvals: trips and outings too
    EVENT = "event"  # stays until an event takes it back, approved leave also until a later reading lacks it


@dataclass(frozen=True, slots=True)
class Absence:
    """Leave, a trip or an outing, from `starts_at` to `ends_at` (aware). Its kind concerns nobody here.

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
        """Tell whether one is away for such a check; who is away up to one o'clock comes at one."""
        if check_type is CheckType.ON_DUTY:
            return self.starts_at <= due_at < self.ends_at
        return self.starts_at < due_at <= self.ends_at


def merged(absences: Iterable[Absence]) -> list[tuple[datetime, datetime]]:
    """Return the stretches of time that `absences` cover together, in order; two half days that touch are one."""
    stretches: list[tuple[datetime, datetime]] = []
    for absence in sorted(absences, key=lambda one: one.starts_at):
        if stretches and absence.starts_at <= stretches[-1][1]:
            start, end = stretches[-1]
            stretches[-1] = (start, max(end, absence.ends_at))
        else:
            stretches.append((absence.starts_at, absence.ends_at))
    return stretches


def points_left(points: Sequence[CheckPoint], absences: Iterable[Absence]) -> tuple[CheckPoint, ...]:
    """Return the check points of one work date that `absences` leave.

    A section that is covered as a whole has none, nor has one of which two absences leave no more than a rest.
    Where its start is covered, the on-duty check is due when the absence ends; where its end is covered, the
    off-duty check when the absence starts.
    """
    stretches = merged(absences)
    left: list[CheckPoint] = []
    for section in sorted({point.section for point in points}):
        left += _section_left([point for point in points if point.section == section], stretches)
    return tuple(left)


def _section_left(points: list[CheckPoint], stretches: Sequence[tuple[datetime, datetime]]) -> list[CheckPoint]:
    starts = next((p.due_at for p in points if p.check_type is CheckType.ON_DUTY), points[0].opens_at)
    ends = next((p.due_at for p in points if p.check_type is CheckType.OFF_DUTY), points[0].closes_at)
    planned_start, planned_end = starts, ends
    for first, last in stretches:
        if first <= starts < last:
            starts = last
        if first < ends <= last:
            ends = first
    only_rest = planned_start < starts and ends < planned_end and ends - starts <= REST
    if starts >= ends or only_rest:
        return []
    due = {CheckType.ON_DUTY: starts, CheckType.OFF_DUTY: ends}
    return [replace(point, due_at=due[point.check_type]) for point in points]
