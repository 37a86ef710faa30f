"""Shifts, check points, the verdict on a punch, and the calendar of working days."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.slots import A_DAY
from bot.domain.worked import Break, Span, join_spans, local_span, spans_within


class CheckType(StrEnum):
    """DingTalk's two kinds of punch."""

    ON_DUTY = "OnDuty"
    OFF_DUTY = "OffDuty"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a shift. Local times. An end at or before the start is on the next day."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Shift:
    """A named working time of a day.

    `sections` are empty for a shift of DingTalk. The windows open `earliest_minutes` before the start
    of a section and close `latest_minutes` after its end. `grace_minutes` late do not count. With
    None, the verdict on a late punch is `unknown`. Nobody has to punch for `free` checks (免打卡), but
    may. `breaks` are None if they could not be read.
    """

    name: str
    sections: tuple[Section, ...]
    earliest_minutes: int = 120
    latest_minutes: int = 240
    grace_minutes: int | None = 0
    serious_late_minutes: int | None = None
    absenteeism_minutes: int | None = None
    free: tuple[CheckType, ...] = ()
    breaks: tuple[Break, ...] | None = None


def check_key(check_type: CheckType, section: int) -> str:
    """Return the key of a check point within its work date."""
    return f"{check_type}/{section}"


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """A moment with a due punch, and its window. UTC moments. `section` counts from 0."""

    work_date: date
    check_type: CheckType
    section: int
    due_at: datetime
    opens_at: datetime
    closes_at: datetime
    shift: Shift
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", check_key(self.check_type, self.section))

    @property
    def is_free(self) -> bool:
        """Return whether nobody has to punch."""
        return self.check_type in self.shift.free

    def takes(self, at: datetime) -> bool:
        """Return whether `at` lies in the window, both ends included."""
        return self.opens_at <= at <= self.closes_at


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The check points of a person's work date: none on a rest day and with flexible hours.

    `shows_approval`: DingTalk shows an approval (leave, a trip, an outing) at one of them. `breaks` are the
    unpaid moments (UTC) within the sections, None if unknown, and without check points.
    """

    work_date: date
    points: tuple[CheckPoint, ...] = ()
    shift_name: str | None = None
    shows_approval: bool = False
    breaks: tuple[Span, ...] | None = None

    @property
    def closes_at(self) -> datetime | None:
        """Return when the last window closes, None without check points."""
        return max((point.closes_at for point in self.points), default=None)

    @property
    def start(self) -> CheckPoint | None:
        """Return the first on-duty check point, None on a day off."""
        coming = (point for point in self.points if point.check_type is CheckType.ON_DUTY)
        return min(coming, key=lambda point: point.due_at, default=None)


def day_plan(shift: Shift, work_date: date, zone: ZoneInfo) -> DayPlan:
    """Return the plan of a shift on `work_date`, in the local time of `zone`."""
    sections = [
        (shift, local_span(work_date, section.start, section.end, zone))
        for section in shift.sections
    ]
    return plan_of_sections(sections, work_date, zone)


def plan_of_sections(
    sections: Sequence[tuple[Shift, Span]], work_date: date, zone: ZoneInfo
) -> DayPlan:
    """Return the plan of a day from its sections. Each section has the shift with its rules.

    The on-duty window closes at the end of the section, and the off-duty window opens at its start.
    The breaks are unknown if those of one shift are.
    """
    points: list[CheckPoint] = []
    breaks: list[Span] = []
    for index, (shift, section) in enumerate(sections):
        starts_at, ends_at = section
        coming = CheckPoint(
            work_date=work_date,
            check_type=CheckType.ON_DUTY,
            section=index,
            due_at=starts_at,
            opens_at=starts_at - timedelta(minutes=shift.earliest_minutes),
            closes_at=ends_at,
            shift=shift,
        )
        going = replace(
            coming,
            check_type=CheckType.OFF_DUTY,
            due_at=ends_at,
            opens_at=starts_at,
            closes_at=ends_at + timedelta(minutes=shift.latest_minutes),
        )
        points += (coming, going)
        spans = [  # a section may last into the next day
            local_span(day, start, end, zone)
            for start, end in shift.breaks or ()
            for day in (work_date, work_date + A_DAY)
        ]
        breaks += spans_within(join_spans(spans), section)
    are_known = all(shift.breaks is not None for shift, _ in sections)
    name = sections[-1][0].name if sections else None
    return DayPlan(work_date, tuple(points), name, breaks=tuple(breaks) if are_known else None)


def points_at(
    plans: Iterable[DayPlan], at: datetime, check_type: CheckType | None = None
) -> Sequence[CheckPoint]:
    """Return the check points, of this type, with `at` in their window, the nearest due first."""
    held = [
        point
        for plan in plans
        for point in plan.points
        if check_type in (None, point.check_type) and point.takes(at)
    ]
    return sorted(held, key=lambda point: abs(point.due_at - at))


def is_yesterdays_shift_running(
    yesterday: DayPlan | None, today: DayPlan | None, at: datetime
) -> bool:
    """Return whether yesterday's shift runs at `at` (aware), and today's shift has not begun."""
    points = yesterday.points if yesterday is not None else ()
    first = today.start if today is not None else None
    is_under_way = any(
        point.check_type is CheckType.OFF_DUTY and at <= point.due_at for point in points
    )
    return is_under_way and (first is None or at < first.due_at)


class TimeResult(StrEnum):
    """DingTalk's words for the time of a punch, and `unknown` without data: never counted as
    absent.
    """

    NORMAL = "Normal"
    EARLY = "Early"
    LATE = "Late"
    SERIOUS_LATE = "SeriousLate"
    ABSENTEEISM = "Absenteeism"
    NOT_SIGNED = "NotSigned"
    UNKNOWN = "unknown"


LATE = frozenset({TimeResult.LATE, TimeResult.SERIOUS_LATE, TimeResult.ABSENTEEISM})
SERIOUS = frozenset({TimeResult.SERIOUS_LATE, TimeResult.ABSENTEEISM})  # 严重迟到, 旷工迟到
WRONG = LATE | {TimeResult.EARLY}
# Looked up once: in Python 3.11 `TimeResult.NORMAL` takes longer than the decision.
_NORMAL = TimeResult.NORMAL
_EARLY = TimeResult.EARLY
_WORST_FIRST = (TimeResult.ABSENTEEISM, TimeResult.SERIOUS_LATE, TimeResult.LATE)
_UNKNOWN = TimeResult.UNKNOWN
_ON_DUTY = CheckType.ON_DUTY


def time_verdict(
    point: CheckPoint, at: datetime, otherwise: TimeResult = TimeResult.UNKNOWN
) -> tuple[TimeResult, int]:
    """Return the verdict on a punch at `at`, and its whole minutes late or early, else 0.

    `otherwise` is the verdict if the grace cannot be read. A punch for a free check is never late
    or early. Times count to the second, as in
    DingTalk: 09:00:00.9 is 09:00:00. The last second of the grace is on time. For pay, DingTalk's
    own result counts.
    """
    behind = at.replace(microsecond=0) - point.due_at.replace(microsecond=0)
    late_s = behind.days * 86_400 + behind.seconds
    if point.shift.free and point.is_free:
        return _NORMAL, 0
    if point.check_type is not _ON_DUTY:
        return (_EARLY, -late_s // 60) if late_s < 0 else (_NORMAL, 0)
    if late_s <= 0:
        return _NORMAL, 0
    shift = point.shift
    result = _NORMAL
    for minutes, lateness in (
        (shift.grace_minutes, TimeResult.LATE),
        (shift.serious_late_minutes, TimeResult.SERIOUS_LATE),
        (shift.absenteeism_minutes, TimeResult.ABSENTEEISM),
    ):
        if minutes is not None and late_s > 60 * minutes:
            result = lateness
    if shift.grace_minutes is None:
        result = otherwise
    return result, late_s // 60 if result in WRONG else 0


def worst_of(results: Iterable[TimeResult]) -> TimeResult:
    """Return the worst verdict on clock-ins, `Normal` if none is late."""
    made = set(results)
    return next((result for result in _WORST_FIRST if result in made), _NORMAL)


# --- public holidays and make-up workdays (调休) ---

MOST_DAYS = 92  # in one question, file or wish: a quarter, both ends included
WORKING_WEEK = frozenset(range(5))  # Monday to Friday
NEXT_YEAR_COUNTS_FROM = 11  # a month: the State Council announces the next year around November


class Calendar(NamedTuple):
    """Public holidays, and weekend days worked in return. `known_years` is None for all years."""

    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()
    known_years: frozenset[int] | None = None

    def with_days(self, holidays: Set[date], make_up_days: Set[date]) -> "Calendar":
        """Return this calendar with own days, which override it.

        A year with an own holiday counts as known.
        """
        known = self.known_years
        return Calendar(
            (self.holidays - make_up_days) | holidays,
            (self.make_up_days - holidays) | make_up_days,
            None if known is None else known | {day.year for day in holidays},
        )

    def knows(self, day: date) -> bool:
        """Return whether the holidays of the day's year are known."""
        return self.known_years is None or day.year in self.known_years

    def is_worked(self, weekdays: Set[int], day: date) -> bool | None:
        """Return whether a shift of `weekdays` (0 is Monday) is worked on `day`, None if that is
        unknown.

        It is not worked on holidays. A shift of at least Monday to Friday is worked on make-up
        days. In an
        unknown year any working day may be a holiday, and any free day a make-up day.
        """
        if day in self.holidays:
            return False
        makes_up = WORKING_WEEK.issubset(weekdays)
        if day in self.make_up_days and makes_up:
            return True
        by_weekday = day.weekday() in weekdays
        return None if (by_weekday or makes_up) and not self.knows(day) else by_weekday

    def unknown_year(self, today: date) -> int | None:
        """Return the needed year with unknown holidays, if any.

        From 1 November the next year is needed.
        """
        known = self.known_years
        needed = [today.year]
        if today.month >= NEXT_YEAR_COUNTS_FROM:
            needed.append(today.year + 1)
        return None if known is None else next((year for year in needed if year not in known), None)


NO_CALENDAR = Calendar()


def first_within_limit(first: date, last: date) -> date:
    """Return the first of the last `MOST_DAYS` days up to `last`, at least `first`."""
    return max(first, last - timedelta(days=MOST_DAYS - 1))
