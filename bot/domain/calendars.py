"""Public holidays and make-up workdays (调休), and how many days one question may be about."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta

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
