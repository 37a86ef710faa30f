"""Shifts, the check points of a work date, how a punch answers one, and which days are worked."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class CheckType(StrEnum):
    """DingTalk's two kinds of punch."""

    ON_DUTY = "OnDuty"
    OFF_DUTY = "OffDuty"


@dataclass(frozen=True, slots=True)
class Section:
    """One stretch of work. Local times; an end at or before the start is on the next day."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Shift:
    """A day's named working time.

    A section opens `earliest_minutes` before its start and closes `latest_minutes` after its end. `grace_minutes`
    late do not count; where they are None, a late punch is `unknown` rather than late.
    """

    name: str
    sections: tuple[Section, ...]
    earliest_minutes: int = 120
    latest_minutes: int = 240
    grace_minutes: int | None = 0
    serious_late_minutes: int | None = None
    absenteeism_minutes: int | None = None


def check_key(check_type: CheckType, section: int) -> str:
    """Return the name of a check point within its work date."""
    return f"{check_type}/{section}"


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """A moment at which a punch is due, with its window. UTC moments; `section` counts from 0."""

    work_date: date
    check_type: CheckType
    section: int
    due_at: datetime
    opens_at: datetime
    closes_at: datetime
    shift: Shift
    key: str = field(init=False, repr=False, compare=False)
    grace_ends_at: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", check_key(self.check_type, self.section))
        grace = timedelta(minutes=self.shift.grace_minutes or 0)
        object.__setattr__(self, "grace_ends_at", self.due_at + grace)

    def takes(self, at: datetime) -> bool:
        """Tell whether a punch at `at` falls into this check point's window, both ends included."""
        return self.opens_at <= at <= self.closes_at


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What one person works on one work date. No check points: a rest day or flexible hours.

    `approved` tells that DingTalk notes an approval (leave, a trip, an outing) at one of its checks.
    """

    work_date: date
    points: tuple[CheckPoint, ...] = ()
    shift_name: str | None = None
    approved: bool = False
    closes_at: datetime | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        closes_at = max((point.closes_at for point in self.points), default=None)
        object.__setattr__(self, "closes_at", closes_at)

    @property
    def start(self) -> CheckPoint | None:
        """Return the first check to come to, None without any."""
        coming = (point for point in self.points if point.check_type is CheckType.ON_DUTY)
        return min(coming, key=lambda point: point.due_at, default=None)


def day_plan(shift: Shift, work_date: date, zone: ZoneInfo) -> DayPlan:
    """Return the check points that `shift` brings on `work_date`, in the local time of `zone`.

    An on-duty window opens `earliest_minutes` before the start and closes at the section's end; an off-duty
    window opens at the section's start and closes `latest_minutes` after its end.
    """
    points: list[CheckPoint] = []
    for index, section in enumerate(shift.sections):
        starts_at = _local(work_date, section.start, zone)
        next_day = timedelta(days=1) if section.end <= section.start else timedelta()
        ends_at = _local(work_date + next_day, section.end, zone)
        points += section_points(shift, work_date, index, starts_at, ends_at)
    return DayPlan(work_date, tuple(points), shift.name)


def section_points(
    shift: Shift, work_date: date, index: int, starts_at: datetime, ends_at: datetime
) -> list[CheckPoint]:
    """Return the two check points of a section that runs from `starts_at` to `ends_at` (aware)."""
    opens_at = starts_at - timedelta(minutes=shift.earliest_minutes)
    closes_at = ends_at + timedelta(minutes=shift.latest_minutes)
    return [
        CheckPoint(work_date, CheckType.ON_DUTY, index, starts_at, opens_at, ends_at, shift),
        CheckPoint(work_date, CheckType.OFF_DUTY, index, ends_at, starts_at, closes_at, shift),
    ]


def points_at(plans: Iterable[DayPlan], at: datetime) -> Sequence[CheckPoint]:
    """Return the check points of `plans` that take a punch at `at`, the nearest due first."""
    held = (point for plan in plans for point in plan.points if point.takes(at))
    return sorted(held, key=lambda point: abs(point.due_at - at))


def lasts(before: DayPlan | None, today: DayPlan | None, at: datetime) -> bool:
    """Tell whether a shift of the day `before` is under way at `at` (aware), and none of `today` has begun."""
    points = before.points if before is not None else ()
    begun = today.start if today is not None else None
    is_under_way = any(point.check_type is CheckType.OFF_DUTY and at <= point.due_at for point in points)
    return is_under_way and (begun is None or at < begun.due_at)


def _local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return a local time as a UTC moment, so that arithmetic with it counts real minutes across a DST change."""
    return datetime.combine(day, at, zone).astimezone(UTC)


class TimeResult(StrEnum):
    """DingTalk's words for a punch's time, and `unknown` where data is missing: never counted as absent."""

    NORMAL = "Normal"
    EARLY = "Early"
    LATE = "Late"
    SERIOUS_LATE = "SeriousLate"
    ABSENTEEISM = "Absenteeism"
    NOT_SIGNED = "NotSigned"
    UNKNOWN = "unknown"


LATE = frozenset({TimeResult.LATE, TimeResult.SERIOUS_LATE, TimeResult.ABSENTEEISM})
WRONG = LATE | {TimeResult.EARLY}
# Looked up once: in Python 3.11 `TimeResult.NORMAL` takes longer than the decision that follows.
_NORMAL, _EARLY, _UNKNOWN, _ON_DUTY = TimeResult.NORMAL, TimeResult.EARLY, TimeResult.UNKNOWN, CheckType.ON_DUTY


def time_verdict(
    point: CheckPoint, at: datetime, otherwise: TimeResult = TimeResult.UNKNOWN
) -> tuple[TimeResult, int]:
    """Return how a punch at `at` answers `point`, and the whole minutes it is late or early: 0 unless it is wrong.

    `otherwise` is the result where the grace of the shift cannot be read. To the second, as DingTalk shows
    times: 09:00:00.9 is 09:00:00. Exactly at the end of the grace is on time, a second later is late.
    DingTalk's own result counts for the company; this one is only what the bot shows.
    """
    behind = at.replace(microsecond=0) - point.due_at.replace(microsecond=0)
    late_s = behind.days * 86_400 + behind.seconds
    if point.check_type is not _ON_DUTY:
        return (_EARLY, -late_s // 60) if late_s < 0 else (_NORMAL, 0)
    if late_s <= 0:
        return _NORMAL, 0
    result = _lateness(point.shift, late_s)
    if result is _UNKNOWN:
        result = otherwise
    return result, late_s // 60 if result in WRONG else 0


def _lateness(shift: Shift, late_s: int) -> TimeResult:
    if shift.grace_minutes is None:
        return _UNKNOWN
    if shift.absenteeism_minutes is not None and late_s > 60 * shift.absenteeism_minutes:
        return TimeResult.ABSENTEEISM
    if shift.serious_late_minutes is not None and late_s > 60 * shift.serious_late_minutes:
        return TimeResult.SERIOUS_LATE
    return TimeResult.LATE if late_s > 60 * shift.grace_minutes else _NORMAL


# --- public holidays and make-up workdays (调休) ---

MOST_DAYS = 92  # of one question, file or wish: a quarter, both ends counted
WORKING_WEEK = frozenset(range(5))  # Monday to Friday
NEXT_YEAR_COUNTS_FROM = 11  # the State Council announces the coming year between late October and early December


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off and the weekend days worked in return. `known_years` are those it covers, None for every year."""

    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()
    known_years: frozenset[int] | None = None

    def with_days(self, holidays: Set[date], make_up_days: Set[date]) -> "Calendar":
        """Return this calendar with own days that override it. A year with such a holiday counts as known."""
        known = self.known_years
        return Calendar(
            (self.holidays - make_up_days) | holidays,
            (self.make_up_days - holidays) | make_up_days,
            None if known is None else known | {day.year for day in holidays},
        )

    def knows(self, day: date) -> bool:
        """Tell whether the holidays of this day's year are known."""
        return self.known_years is None or day.year in self.known_years

    def is_worked(self, weekdays: Set[int], day: date) -> bool | None:
        """Tell whether a shift of `weekdays` (0 is Monday) is worked on `day`, None where nobody can know.

        Never on a holiday; on a make-up day if it works all of Monday to Friday; else by the weekday. In an
        unknown year any day may be a holiday, and any other day a make-up day.
        """
        if day in self.holidays:
            return False
        makes_up = weekdays >= WORKING_WEEK
        if day in self.make_up_days and makes_up:
            return True
        by_weekday = day.weekday() in weekdays
        return None if (by_weekday or makes_up) and not self.knows(day) else by_weekday

    def unknown_year(self, today: date) -> int | None:
        """Return the year that is needed and not known, None for none. From 1 November the next one is needed."""
        known, needed = self.known_years, [today.year]
        if today.month >= NEXT_YEAR_COUNTS_FROM:
            needed.append(today.year + 1)
        return None if known is None else next((year for year in needed if year not in known), None)


NO_CALENDAR = Calendar()


def shortened(first: date, last: date) -> date:
    """Return the first day of what can be asked for of `first` to `last`: its last days."""
    return max(first, last - timedelta(days=MOST_DAYS - 1))
