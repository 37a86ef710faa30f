"""A person's month: the figures that people confirm, that HR locks, and that payroll gets."""

import hashlib
import json
from calendar import monthrange
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

from bot.domain.day import PersonDay
from bot.domain.slots import A_DAY, Days
from bot.domain.summaries import Totals, totals_of

# The field of `Totals` of each field of the contract; durations in minutes.
FIGURES: Mapping[str, str] = {
    "days_due": "due",
    "days_present": "present",
    "days_absent": "absent",
    "days_unknown": "unknown",
    "days_excused": "excused",
    "days_away": "leave_days",
    "late_times": "late",
    "late": "late_minutes",
    "serious_late_times": "serious_late",
    "early_times": "early",
    "early": "early_minutes",
    "missed": "missed",
    "breaks": "breaks_minutes",
    "breaks_unknown": "breaks_unknown",
    "leave": "leave_minutes",
    "leave_unknown": "leave_unknown",
    "worked": "worked_minutes",
    "worked_unknown": "worked_unknown",
}


class Month(NamedTuple):
    """A month of work dates, written 2026-10."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 2026-10. Raises ValueError."""
        with suppress(ValueError):
            month = cls.of(date.fromisoformat(f"{text}-01"))
            if str(month) == text:
                return month
        raise ValueError(f"{text!r} is not a month such as 2026-10")

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def before(cls, day: date) -> Self:
        """Return the month before that of a day."""
        return cls.of(day.replace(day=1) - A_DAY)

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.number, monthrange(self.year, self.number)[1])

    @property
    def days(self) -> Days:
        return Days(self.first, self.last)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """The sum of one person's days of a month, by the names of `FIGURES`.

    A sum holds known facts alone. The days that lack a fact are counted in the field `…_unknown`.
    """

    user_id: str
    month: Month
    values: Mapping[str, int]

    @property
    def totals(self) -> Totals:
        """Return the figures as the summaries have them. A lock may lack a later figure: 0."""
        return Totals(**{source: self.values.get(name, 0) for name, source in FIGURES.items()})

    def digest(self) -> str:
        """Return SHA-256 in hex over person, month and values, the same in every process."""
        stated = {"user_id": self.user_id, "month": str(self.month), **self.values}
        body = json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(body.encode("ascii")).hexdigest()


def figures_of(user_id: str, month: Month, days: Iterable[PersonDay]) -> MonthFigures:
    """Return a person's figures. Days outside the month do not count."""
    inside = [day for day in days if month.first <= day.work_date <= month.last]
    return MonthFigures(user_id, month, values_of(totals_of(inside)))


def values_of(totals: Totals) -> Mapping[str, int]:
    """Return the value of each field of `FIGURES`."""
    return {name: int(getattr(totals, source)) for name, source in FIGURES.items()}
