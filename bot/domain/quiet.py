"""Times without reminders, whole days, half days or hours, and times when a person is away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence, is_check_within, join_absences, sections_of
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.slots import A_DAY, Days
from bot.domain.worked import Span, join_spans

NOON = timedelta(hours=12)


class DayPart(StrEnum):
    """A half of a day. `OPEN` is half a day or some hours, without saying which."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Hours:
    """Local times. An end at or before the start is on the next day."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class QuietTime:
    """A time without reminders, in local date-times. Whole days end at midnight.

    `is_leave`: the person said that they do not work then. Otherwise the reason is private.
    """

    starts_at: datetime
    ends_at: datetime
    is_leave: bool = False

    @property
    def is_whole_days(self) -> bool:
        return self.starts_at.time() == self.ends_at.time() == time.min

    def covers(self, local: datetime) -> bool:
        return self.starts_at <= local < self.ends_at

    def covers_day(self, day: date) -> bool:
        """Return whether the whole date lies within."""
        return self.starts_at <= midnight(day) and midnight(day + A_DAY) <= self.ends_at

    def covers_check(self, check_type: CheckType, due: datetime, work_date: date) -> bool:
        """Return whether a check, due at a local date-time, lies within.

        A whole day covers all checks of its work date, also the end of a night shift.
        """
        is_within = is_check_within(check_type, due, self.starts_at, self.ends_at)
        return is_within or self.covers_day(work_date)


def midnight(day: date) -> datetime:
    """Return the local beginning of a date."""
    return datetime.combine(day, time.min)


def quiet_days(days: Days, *, is_leave: bool = False) -> QuietTime:
    """Return whole days."""
    return QuietTime(midnight(days.first), midnight(days.last + A_DAY), is_leave)


def quiet_hours(day: date, hours: Hours) -> QuietTime:
    """Return hours that start on `day`."""
    ends_on = day if hours.start < hours.end else day + A_DAY
    ends_at = datetime.combine(ends_on, hours.end)
    return QuietTime(datetime.combine(day, hours.start), ends_at)


def join_times(times: Sequence[QuietTime]) -> tuple[QuietTime, ...]:
    """Join times of one kind that overlap or touch."""
    joined = [
        QuietTime(starts_at, ends_at, is_leave)
        for is_leave in (False, True)
        for starts_at, ends_at in join_spans(
            (time.starts_at, time.ends_at) for time in times if time.is_leave is is_leave
        )
    ]
    return tuple(sorted(joined, key=lambda time: time.starts_at))


def halves(plan: DayPlan | None, day: date, zone: ZoneInfo) -> tuple[datetime, datetime, datetime]:
    """Return the start, the middle and the end of a day, in local date-times.

    A shift within the date is split in the break next to its middle, without a break in its middle.
    Any other day is split at noon.
    """
    sections = _sections(plan, zone)
    if not sections or sections[0][0].date() != day or sections[-1][1] > midnight(day + A_DAY):
        return midnight(day), midnight(day) + NOON, midnight(day + A_DAY)
    begin = sections[0][0]
    end = sections[-1][1]
    middle = begin + (end - begin) / 2
    breaks = [before[1] + (after[0] - before[1]) / 2 for before, after in pairwise(sections)]
    nearest = min(breaks, key=lambda at: abs(at - middle), default=middle)
    return begin, nearest.replace(second=0, microsecond=0), end


def likely_readings(
    readings: Sequence[QuietTime], plan: DayPlan | None, zone: ZoneInfo
) -> Sequence[QuietTime]:
    """Return the readings in the person's shift, all if the shift decides nothing.

    A reading that covers the whole shift is less likely than a part of it.
    """
    sections = _sections(plan, zone)
    if len(readings) < 2 or not sections:
        return readings
    begin = sections[0][0]
    end = sections[-1][1]
    during = [one for one in readings if one.starts_at < end and begin < one.ends_at]
    parts = [one for one in during if begin < one.starts_at or one.ends_at < end]
    return parts or during or readings


def _sections(plan: DayPlan | None, zone: ZoneInfo) -> list[Span]:
    """Return the sections of a shift in local date-times, in their order."""
    spans = [span for span, _ in sections_of(plan.points if plan is not None else ())]
    local = [[at.astimezone(zone).replace(tzinfo=None) for at in span] for span in spans]
    return sorted((starts_at, ends_at) for starts_at, ends_at in local)


class AwayState(StrEnum):
    """How certain it is that a person is away, as the key of its sentence."""

    APPROVED = "away.approved"
    PENDING = "away.pending"  # DingTalk shows an approval without readable times
    TOLD = "away.told"  # the person told the bot


@dataclass(frozen=True, slots=True)
class Away:
    """A time when a person is away. `kinds` are DingTalk's words for it, for HR alone."""

    time: QuietTime
    state: AwayState
    kinds: tuple[str, ...] = ()

    def touches(self, day: date) -> bool:
        starts = midnight(day)
        return self.time.starts_at < starts + A_DAY and starts < self.time.ends_at


def times_away(
    absences: Sequence[Absence],
    quiet: Iterable[QuietTime],
    dates: Sequence[date],
    zone: ZoneInfo,
) -> list[Away]:
    """Return when a person is away on one of `dates`, the earliest first.

    Of `quiet` only told leave counts, unless an approval covers it: the rest is private.
    """
    readable = [absence for absence in absences if not absence.times_unknown]
    times = []
    for starts_at, ends_at in join_absences(readable):
        within = [absence for absence in readable if starts_at <= absence.starts_at < ends_at]
        kinds = tuple(dict.fromkeys(absence.kind for absence in within if absence.kind))
        local, until = (at.astimezone(zone).replace(tzinfo=None) for at in (starts_at, ends_at))
        times.append(Away(QuietTime(local, until), AwayState.APPROVED, kinds))
    approved = [away.time for away in times]
    for absence in absences:
        if absence.times_unknown:
            day = absence.starts_at.astimezone(zone).date()
            times.append(Away(quiet_days(Days(day, day)), AwayState.PENDING))
    for told in quiet:
        is_approved = any(
            time.starts_at <= told.starts_at and told.ends_at <= time.ends_at for time in approved
        )
        if told.is_leave and not is_approved:
            times.append(Away(told, AwayState.TOLD))
    touching = (away for away in times if any(map(away.touches, dates)))
    return sorted(touching, key=lambda away: away.time.starts_at)
