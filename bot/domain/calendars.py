"""Public holidays and make-up workdays (调休), as a value."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date

WORKING_WEEK = frozenset(range(5))  # Monday to Friday
NEXT_YEAR_COUNTS_FROM = 12  # the State Council announces the coming year in autumn


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off and the weekend days worked in return. `known_years` are those it tells of, None: it tells all."""

    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()
    known_years: frozenset[int] | None = None

    def is_worked(self, weekdays: Set[int], day: date) -> bool:
        """Tell whether a shift of `weekdays` (0 is Monday) is worked on `day`.

        Never on a holiday; on a make-up day if it works all of Monday to Friday; else by the weekday alone, also
        in a year that the calendar does not know.
        """
        if day in self.holidays:
            return False
        if day in self.make_up_days and weekdays >= WORKING_WEEK:
            return True
        return day.weekday() in weekdays

    def unknown_year(self, today: date) -> int | None:
        """Return the year that is needed and not known, None for none. From 1 December the coming one counts."""
        known = self.known_years
        return None if known is None else next((year for year in _needed(today) if year not in known), None)


NO_CALENDAR = Calendar()


def _needed(today: date) -> Iterator[int]:
    yield today.year
    if today.month >= NEXT_YEAR_COUNTS_FROM:
        yield today.year + 1
