"""Summaries: a team's day, and totals of a range of days."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from bot.domain.day import PersonDay, Standing
from bot.domain.shifts import SERIOUS, TimeResult
from bot.domain.slots import Days


class Totals(NamedTuple):
    """Totals of days.

    - `due`: days with a due clock-in, without days of leave. The present day counts from its
      first punch on, else after its last check.
    - `present`, `absent`: due days with a punch; due days without, after a complete read and not
      excused.
    - `unknown`: due days without a known punch, after an incomplete read.
    - `leave_minutes`: of approved absence within the shifts, whole days included, breaks excluded.
    - `late`, `serious_late`, `early`: days, even by seconds; a seriously late day is not in `late`.
      `late_minutes` sums both. Excused days do not count, nor do their minutes and `missed`.
    - `worked_minutes` is without `breaks_minutes`, the breaks between the punches.
    - `leave_minutes`, `worked_minutes`, `breaks_minutes` sum known days. `…_unknown` counts the
      others: days of absence, and days present.
    """

    due: int = 0
    present: int = 0
    absent: int = 0
    unknown: int = 0
    excused: int = 0
    leave_days: int = 0
    leave_minutes: int = 0
    leave_unknown: int = 0
    late: int = 0
    serious_late: int = 0
    late_minutes: int = 0
    early: int = 0
    early_minutes: int = 0
    missed: int = 0
    worked_minutes: int = 0
    worked_unknown: int = 0
    breaks_minutes: int = 0
    breaks_unknown: int = 0

    @property
    def attendance_rate(self) -> float | None:
        """Return present / (present + absent), from 0 to 1, None without known days."""
        known = self.present + self.absent
        return self.present / known if known else None


class TeamDay(NamedTuple):
    """A work date of a team as of a moment (UTC), sorted by attention.

    `counts` has all standings.
    """

    as_of: datetime
    work_date: date
    days: tuple[PersonDay, ...]
    counts: Mapping[Standing, int]

    def of(self, standing: Standing) -> tuple[PersonDay, ...]:
        """Return the days with this standing, in order."""
        return tuple(day for day in self.days if day.standing is standing)


class PersonRange(NamedTuple):
    """One person's days of a range, the oldest first, and their totals."""

    user_id: str
    days: tuple[PersonDay, ...]
    totals: Totals


class TeamRange(NamedTuple):
    """Work dates of a team as of a moment (UTC), sorted by attention."""

    as_of: datetime
    days: Days
    people: tuple[PersonRange, ...]
    totals: Totals

    @property
    def people_by_lateness(self) -> tuple[PersonRange, ...]:
        """Return the people who were late most often first, then by minutes."""
        return tuple(
            sorted(
                self.people,
                key=lambda person: (
                    -person.totals.late - person.totals.serious_late,
                    -person.totals.late_minutes,
                ),
            )
        )


_NEVER_DUE = frozenset({Standing.OFF, Standing.ON_LEAVE, Standing.NOT_YET_DUE})
_ORDER = {standing: place for place, standing in enumerate(Standing)}


def team_day(days: Iterable[PersonDay], work_date: date, as_of: datetime) -> TeamDay:
    """Return a team's day, sorted by standing, then by minutes late, then by user id."""
    ordered = sorted(days, key=lambda day: (_ORDER[day.standing], -day.late_minutes, day.user_id))
    counted = Counter(day.standing for day in ordered)
    return TeamDay(
        as_of, work_date, tuple(ordered), {standing: counted[standing] for standing in Standing}
    )


def team_range(people: Mapping[str, Sequence[PersonDay]], days: Days, as_of: datetime) -> TeamRange:
    """Return a team's range, sorted by days absent, checks missed, minutes late, days unknown, user
    id.
    """
    ranges = [
        PersonRange(
            user_id,
            (ordered := tuple(sorted(theirs, key=lambda day: day.work_date))),
            totals_of(ordered),
        )
        for user_id, theirs in people.items()
    ]
    ranges.sort(key=_attention)
    return TeamRange(as_of, days, tuple(ranges), sum_of(one.totals for one in ranges))


def totals_of(days: Iterable[PersonDay]) -> Totals:
    """Return the totals of days."""
    return sum_of(map(_totals_of_day, days))


def sum_of(parts: Iterable[Totals]) -> Totals:
    """Return the sum of totals, field by field."""
    return Totals(*map(sum, zip(*parts, strict=True)))


def _totals_of_day(day: PersonDay) -> Totals:
    present = day.present
    leave_minutes = day.leave_minutes
    counts = not day.excused
    runs = day.standing is Standing.MISSING and bool(day.checks) and not day.checks[-1].missed
    due = day.standing not in _NEVER_DUE and (present or not runs)
    known = present or not day.uncertain
    return Totals(
        due=due,
        present=due and present,
        absent=due and known and not present and counts,
        unknown=due and not known,
        excused=day.excused,
        leave_days=day.standing is Standing.ON_LEAVE,
        leave_minutes=leave_minutes or 0,
        leave_unknown=leave_minutes is None,
        late=counts and day.lateness is TimeResult.LATE,
        serious_late=counts and day.lateness in SERIOUS,
        late_minutes=day.late_minutes if counts else 0,
        early=counts and day.left_early,
        early_minutes=day.early_minutes if counts else 0,
        missed=day.missed if counts else 0,
        worked_minutes=day.worked_minutes or 0,
        worked_unknown=present and day.worked_minutes is None,
        breaks_minutes=day.breaks_minutes or 0,
        breaks_unknown=present and day.breaks_minutes is None,
    )


def _attention(person: PersonRange) -> tuple[int, int, int, int, str]:
    totals = person.totals
    return -totals.absent, -totals.missed, -totals.late_minutes, -totals.unknown, person.user_id
