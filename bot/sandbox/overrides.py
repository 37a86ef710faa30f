"""Where a date's plan is not the usual one: holidays, make-up workdays, another shift for one person."""

from dataclasses import dataclass
from datetime import date

from bot.sandbox.people import Person
from bot.sandbox.shifts import NONE, Shift


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A public holiday, or a workday that makes up for one, for people on `shift_ids`."""

    name: str
    works: bool
    shift_ids: frozenset[int] = frozenset()


class Overrides:
    """Everything that is planned otherwise. What is said of one person counts more than what is said of a day."""

    def __init__(self) -> None:
        self._days: dict[date, SpecialDay] = {}
        self._shifts: dict[date, dict[str, Shift | None]] = {}

    def day(self, day: date) -> SpecialDay | None:
        """Return what is special about a date."""
        return self._days.get(day)

    def shifts(self, day: date) -> dict[str, Shift | None]:
        """Return who works another shift on a date, None for a day of rest."""
        return dict(self._shifts.get(day, {}))

    def set_day(self, day: date, special: SpecialDay | None) -> None:
        """Make a date special, or usual with None."""
        if special is None:
            self._days.pop(day, None)
        else:
            self._days[day] = special

    def set_shift(self, user_id: str, day: date, shift: Shift | None) -> None:
        """Let a person work a shift on a date, or rest with None."""
        self._shifts.setdefault(day, {})[user_id] = shift

    def forget_shift(self, user_id: str, day: date) -> None:
        """Let a person work as usual on a date."""
        self._shifts.get(day, {}).pop(user_id, None)

    def shift_of(self, person: Person, day: date) -> Shift | None:
        """Return what a person works on a date, None for a day of rest or a flexible group."""
        own = self._shifts.get(day)
        if own and person.user_id in own:
            return own[person.user_id]
        usual, special = person.shift, self._days.get(day)
        if special is None:
            return usual if usual.works_on(day) else None
        works = special.works and usual.group_type != NONE
        return usual if works and (usual.id in special.shift_ids or usual.works_on(day)) else None
