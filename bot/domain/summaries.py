"""How people's days went, for whoever may see them: a person's day, a team's day, a team's range of days."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from bot.domain.results import EARLY, LATE, TimeResult
from bot.domain.shifts import CheckType, check_key
from bot.domain.sites import NOWHERE, Whereabouts


class Standing(StrEnum):
    """How somebody's work date stands, in the order of what needs attention. Each day has exactly one.

    The first that holds, from this list: `off`, `on_leave`, `not_yet_due`, `missing` or `unknown`, `late`,
    `outside`, `on_time`. A day that would be `missing` is `excused` where a lead said so.
    """

    MISSING = "missing"  # the last clock-in that was due has no punch, and everything that could tell was read
    UNKNOWN = "unknown"  # plan, punches or leave could not be read, or nobody can tell whether it was late
    LATE = "late"  # a clock-in came after its grace
    OUTSIDE = "outside"  # in time, with a punch outside every site, be it a clock-out
    NOT_YET_DUE = "not_yet_due"  # no clock-in was due yet, and none was made
    ON_TIME = "on_time"
    EXCUSED = "excused"  # a lead said that a missing punch of that day does not count
    ON_LEAVE = "on_leave"  # approved leave, a trip or an outing takes all checks of the day
    OFF = "off"  # no shift: a day of rest, or flexible hours


# Looked up once: in Python 3.11 `Standing.LATE` takes longer than what is decided by it.
_LATE, _MISSING, _ON_LEAVE = Standing.LATE, Standing.MISSING, Standing.ON_LEAVE
_ON_DUTY, _OFF_DUTY = CheckType.ON_DUTY, CheckType.OFF_DUTY


class Check(NamedTuple):
    """One check point of a day, with leave taken off, and the punch that answers it. UTC moments.

    `minutes` are those late (clock-in) or early (clock-out), 0 otherwise. `time_result` is `NotSigned` once the
    check can no longer be made and everything was read; without a punch it is `unknown` before.
    """

    check_type: CheckType
    section: int
    due_at: datetime
    punched_at: datetime | None = None
    time_result: TimeResult = TimeResult.UNKNOWN
    minutes: int = 0
    where: Whereabouts = NOWHERE  # its fix is never shown to a lead: only result, site and distance
    pending: bool = False  # recorded here, not yet taken by any target
    correction: bool = False  # added later, by approval
    leave_asked: bool = False  # leave that nobody has decided yet would take it

    @property
    def key(self) -> str:
        """Return the key of its check point."""
        return check_key(self.check_type, self.section)

    @property
    def missed(self) -> bool:
        """Tell whether nobody punched and nobody can any more."""
        return self.time_result is TimeResult.NOT_SIGNED


class PersonDay(NamedTuple):
    """One person's work date as it stands at some moment. UTC moments, whole minutes.

    A night shift is wholly of the date on which it starts. `arrived_at` is the first clock-in, `left_at` the last
    clock-out. `due_at` and `ends_at` are of the first and the last check that leave leaves, None without any.
    `late_minutes` and `early_minutes` are summed over the sections of the day, each from its own due time, and
    only where it is beyond the grace. `missed` counts the checks that can no longer be made.

    `worked_minutes` is the time from clock-in to clock-out of each section, summed; breaks inside a section are
    not taken off, sections nobody came to count nothing. It is None when a section has one punch without the
    other, and when what was read leaves open whether there are punches.

    `uncertain` tells that a fact is missing: nothing that follows from its absence is held against the person.
    `read` tells that everything that could tell of punches was read: what has none then was not made.
    """

    user_id: str
    work_date: date
    standing: Standing
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    due_at: datetime | None = None
    ends_at: datetime | None = None
    late_minutes: int = 0
    early_minutes: int = 0
    missed: int = 0
    worked_minutes: int | None = None
    checks: tuple[Check, ...] = ()
    outside: bool = False
    uncertain: bool = False
    excused: bool = False
    read: bool = True

    @property
    def present(self) -> bool:
        """Tell whether the person came: any punch of the day."""
        return self.arrived_at is not None or self.left_at is not None

    @property
    def still_open(self) -> bool:
        """Tell whether the person did not come and still can: a check of the day is not over."""
        return self.standing is _MISSING and not self.present and bool(self.checks) and not self.checks[-1].missed

    @property
    def counts(self) -> bool:
        """Tell whether what is wrong in the day counts against the person."""
        return not self.excused

    @property
    def attended(self) -> bool | None:
        """Tell whether the person came when they had to; None where they had not, or it is unknown or excused, or
        they still can.
        """
        if self.standing in _NEVER_DUE or self.still_open:
            return None
        return True if self.present else None if self.uncertain or not self.counts else False

    @property
    def came_late(self) -> bool:
        """Tell whether a clock-in came after its grace, also by less than the minute in which lateness is told."""
        return self.late_minutes > 0 or self.standing is _LATE or self._is_any(_ON_DUTY, LATE)

    @property
    def left_early(self) -> bool:
        """Tell whether a clock-out came before it was due, also by less than a minute."""
        return self.early_minutes > 0 or self._is_any(_OFF_DUTY, EARLY)

    def _is_any(self, check_type: CheckType, results: frozenset[TimeResult]) -> bool:
        for check in self.checks:  # noqa: SIM110 - twice as quick as `any`, and asked of every day of a range
            if check.check_type is check_type and check.time_result in results:
                return True
        return False

    @property
    def pending(self) -> bool:
        """Tell whether a punch of the day is recorded here only, not yet taken by any target."""
        return any(check.pending for check in self.checks)


@dataclass(frozen=True, slots=True)
class Totals:
    """What days sum up to.

    - `due`: days on which a clock-in was due by then and that are not wholly leave. A half day of leave leaves one
      day due, in full, and its remaining checks are what counts. A day that runs counts once there is a punch of
      it: without one it is not due before its last check is over.
    - `present`: due days with any punch, also where the plan could not be read.
    - `absent`: due days without one, of which everything was read and that nobody excused.
    - `unknown`: due days without a known punch of which something could not be read, its plan above all; they are
      neither present nor absent.
    - `leave_days`: days wholly on leave. They are never due, nor are days without a shift.
    - `late`, `early`: days on which somebody came late or left early, if only by seconds. Those
      excused are left out, as are their minutes and `missed`.
    - `worked_minutes`: those known; `worked_unknown` counts present days whose time is not known.
    """

    due: int = 0
    present: int = 0
    absent: int = 0
    unknown: int = 0
    excused: int = 0
    leave_days: int = 0
    late: int = 0
    late_minutes: int = 0
    early: int = 0
    early_minutes: int = 0
    missed: int = 0
    worked_minutes: int = 0
    worked_unknown: int = 0

    @property
    def attendance_rate(self) -> float | None:
        """Return present days of those known, 0 to 1: present / (present + absent). None where none is known."""
        known = self.present + self.absent
        return self.present / known if known else None


@dataclass(frozen=True, slots=True)
class TeamDay:
    """A work date of some people as of a moment (UTC), what needs attention first. `counts` has all standings."""

    as_of: datetime
    work_date: date
    days: tuple[PersonDay, ...]
    counts: Mapping[Standing, int]

    @property
    def left_early(self) -> tuple[PersonDay, ...]:
        """Return the days of those who left before their clock-out was due, whatever else is to say of them."""
        return tuple(day for day in self.days if day.left_early and day.counts)

    def of(self, standing: Standing) -> tuple[PersonDay, ...]:
        """Return the days with this standing, in order."""
        return tuple(day for day in self.days if day.standing is standing)


@dataclass(frozen=True, slots=True)
class PersonRange:
    """One person's days of a range, oldest first, and what they sum up to."""

    user_id: str
    days: tuple[PersonDay, ...]
    totals: Totals


@dataclass(frozen=True, slots=True)
class TeamRange:
    """The work dates `first` to `last` of some people as of a moment (UTC), who needs attention first."""

    as_of: datetime
    first: date
    last: date
    people: tuple[PersonRange, ...]
    totals: Totals


_ORDER = {standing: place for place, standing in enumerate(Standing)}
_NEVER_DUE = frozenset({Standing.OFF, Standing.ON_LEAVE, Standing.NOT_YET_DUE})


def team_day(days: Iterable[PersonDay], work_date: date, as_of: datetime) -> TeamDay:
    """Return a team's day, sorted by standing, then by minutes late, then by user id."""
    ordered = sorted(days, key=lambda day: (_ORDER[day.standing], -day.late_minutes, day.user_id))
    counted = Counter(day.standing for day in ordered)
    return TeamDay(as_of, work_date, tuple(ordered), {standing: counted[standing] for standing in Standing})


def team_range(people: Mapping[str, Sequence[PersonDay]], first: date, last: date, as_of: datetime) -> TeamRange:
    """Return a team's range, sorted by days absent, checks missed, minutes late, days unknown, user id."""
    ranges = [
        PersonRange(user_id, (ordered := tuple(sorted(days, key=lambda day: day.work_date))), totals_of(ordered))
        for user_id, days in people.items()
    ]
    ranges.sort(key=_attention)
    return TeamRange(as_of, first, last, tuple(ranges), sum_of(one.totals for one in ranges))


def late_first(found: TeamRange) -> TeamRange:
    """Return a team's range sorted by how often people came late, then by minutes, then by user id."""
    by_late = sorted(found.people, key=lambda one: (-one.totals.late, -one.totals.late_minutes, one.user_id))
    return replace(found, people=tuple(by_late))


def excused(day: PersonDay) -> PersonDay:
    """Return the day of somebody whom a lead excused: as it was, but nothing in it counts against them.

    A day on which nobody had to come is left as it is: there is nothing to excuse.
    """
    if day.standing is Standing.OFF or (day.standing is Standing.ON_LEAVE and not day.checks):
        return day
    standing = Standing.EXCUSED if day.standing is Standing.MISSING else day.standing
    return day._replace(standing=standing, excused=True)


def totals_of(days: Iterable[PersonDay]) -> Totals:
    """Return what days sum up to, by the rules of `Totals`."""
    return Totals(*map(sum, zip(*map(_counted, days), strict=True)))


def sum_of(parts: Iterable[Totals]) -> Totals:
    """Return the sum of totals, field by field."""
    return Totals(*map(sum, zip(*map(_FIELDS, parts), strict=True)))


_FIELDS = attrgetter(*Totals.__dataclass_fields__)


def _counted(day: PersonDay) -> tuple[int, ...]:
    """Return the totals of one day, in the order of the fields."""
    standing, present, counts, attended = day.standing, day.present, day.counts, day.attended
    due = standing not in _NEVER_DUE and not day.still_open
    known = present or not day.uncertain
    late = day.late_minutes if counts else 0
    early = day.early_minutes if counts else 0
    return (
        due,
        attended is True,
        attended is False,
        due and not known,
        day.excused,
        standing is _ON_LEAVE,
        counts and day.came_late,
        late,
        counts and day.left_early,
        early,
        day.missed if counts else 0,
        day.worked_minutes or 0,
        present and day.worked_minutes is None,
    )


def _attention(person: PersonRange) -> tuple[int, int, int, int, str]:
    totals = person.totals
    return -totals.absent, -totals.missed, -totals.late_minutes, -totals.unknown, person.user_id
