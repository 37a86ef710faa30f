"""Absences with their effect on check points, and a lead's excuse of a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.shifts import CheckPoint, CheckType, DayPlan
from bot.domain.slots import A_DAY
from bot.domain.worked import Span, join_spans, spans_within

SHORTEST_WORK = timedelta(hours=2)  # between two absences, such as half days around lunch


class AbsenceSource(StrEnum):
    """The source of an absence. A read replaces the earlier read of the same source."""

    LEAVE = "leave"  # a read of approved leave
    APPROVAL = "approval"  # a read of one person's approvals: also trips and outings


@dataclass(frozen=True, slots=True)
class Absence:
    """Leave, a trip or an outing, from `starts_at` to `ends_at` (aware).

    `times_unknown`: its times cannot be read, and it covers its work date.
    `absence_id` is its id at the `source`. `kind` is DingTalk's word, such as 年假, for HR alone.
    """

    user_id: str
    starts_at: datetime
    ends_at: datetime
    absence_id: str
    times_unknown: bool = False
    source: AbsenceSource = AbsenceSource.LEAVE
    kind: str = ""

    def is_doubt_about(self, plan: DayPlan) -> bool:
        """Return whether it is of the plan's work date without known times, so it may cover any check.

        Such an absence starts at the midnight of its work date, or later.
        """
        first = min(point.due_at for point in plan.points)
        return self.times_unknown and first - A_DAY < self.starts_at

    def covers(self, at: datetime) -> bool:
        """Return whether `at` lies within, both ends included."""
        return self.starts_at <= at <= self.ends_at

    def covers_check(self, check_type: CheckType, due_at: datetime) -> bool:
        """Return whether it covers a check. The end of an absence is a time for work again."""
        return is_check_within(check_type, due_at, self.starts_at, self.ends_at)


def is_check_within(
    check_type: CheckType, due_at: datetime, starts_at: datetime, ends_at: datetime
) -> bool:
    """Return whether a check falls into a time without work."""
    if check_type is CheckType.ON_DUTY:
        return starts_at <= due_at < ends_at
    return starts_at < due_at <= ends_at


def without_absences(
    points: Sequence[CheckPoint], absences: Iterable[Absence]
) -> tuple[tuple[CheckPoint, ...], tuple[Span, ...]]:
    """Return the check points of one work date outside `absences`, and the parts of the planned
    sections that these cover, the earliest first.

    A section that absences cover has no check points. The same holds if they leave at most
    `SHORTEST_WORK` in its middle. An absence over the start of a section moves the on-duty check to
    the end of the absence. An absence over the end moves the off-duty check to the start of the
    absence.
    """
    stretches = join_absences(absences)
    left: list[CheckPoint] = []
    away: list[Span] = []
    for planned, section in sections_of(points):
        away += spans_within(stretches, planned)
        starts_at, ends_at = planned
        for first, last in stretches:
            if first <= starts_at:
                starts_at = max(starts_at, last)
            if last >= ends_at:
                ends_at = min(ends_at, first)
        is_middle = planned[0] < starts_at and ends_at < planned[1]
        if not is_middle or ends_at - starts_at > SHORTEST_WORK:
            due = {CheckType.ON_DUTY: starts_at, CheckType.OFF_DUTY: ends_at}
            left += [replace(point, due_at=due[point.check_type]) for point in section]
    return tuple(left), tuple(away)


def kinds_away(points: Sequence[CheckPoint], absences: Iterable[Absence]) -> tuple[str, ...]:
    """Return the known kinds of the approved `absences` within the planned sections, each once."""
    approved = [absence for absence in absences if absence.kind and not absence.times_unknown]
    within = (absence.kind for absence in approved if without_absences(points, [absence])[1])
    return tuple(dict.fromkeys(within))


def join_absences(absences: Iterable[Absence]) -> list[Span]:
    """Return the time of `absences`. Two half days that touch are one stretch."""
    return join_spans((absence.starts_at, absence.ends_at) for absence in absences)


def sections_of(points: Iterable[CheckPoint]) -> list[tuple[Span, list[CheckPoint]]]:
    """Return each section: its planned time and its check points.

    Without one of its checks the window counts.
    """
    by_section: dict[int, list[CheckPoint]] = {}
    for point in points:
        by_section.setdefault(point.section, []).append(point)
    sections: list[tuple[Span, list[CheckPoint]]] = []
    for section in by_section.values():
        due = {point.check_type: point.due_at for point in section}
        starts_at = due.get(CheckType.ON_DUTY, section[0].opens_at)
        ends_at = due.get(CheckType.OFF_DUTY, section[0].closes_at)
        sections.append(((starts_at, ends_at), section))
    return sections


@dataclass(frozen=True, slots=True)
class Excuse:
    """A lead's decision that missing punches of a work date do not count.

    It is no leave, and changes no punch. `decided_at` is UTC. `number` counts the decisions on that
    day from 1. No decision is changed or removed.
    """

    user_id: str
    work_date: date
    decided_by: str
    reason: str
    decided_at: datetime
    excused: bool = True  # False takes an excuse back
    number: int = 1
    stood_in_for: tuple[str, ...] = ()  # the leads for whom a stand-in decided
