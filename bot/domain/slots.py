"""The values of slots: the arguments of actions, with the days and the people that they name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

A_DAY = timedelta(days=1)


class Slot(StrEnum):
    """An argument of an action that the bot can ask a person for."""

    DIRECTION = "direction"
    PLACE = "place"
    TIME = "time"
    DAYS = "days"
    PERSON = "person"
    REASON = "reason"
    HOURS = "hours"


class Frozen(BaseModel):
    """An immutable model that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """Local dates, both ends included."""

    first: date
    last: date

    @property
    def is_one(self) -> bool:
        return self.first == self.last

    @classmethod
    def around(cls, day: date) -> "Days":
        """Return a date with the day before and the day after."""
        return cls(day - A_DAY, day + A_DAY)

    @property
    def with_neighbours(self) -> "Days":
        """Return these dates with the day before and the day after."""
        return Days(self.first - A_DAY, self.last + A_DAY)

    def __iter__(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + number * A_DAY


class TypedPosition(Frozen):
    """Typed coordinates in degrees. The setting `clock_in.datum` names their coordinate system."""

    latitude: float
    longitude: float


class Whom(Frozen):
    """A user id or name, several names, the ids of departments, or the company. Nothing means the
    lead's own team. `own` means the sender's own days, `all_seen` everybody whom the sender sees.

    With several names, or several departments that the sender may see, the bot asks which one.
    """

    own: bool = False
    person: str | None = None
    people: tuple[str, ...] = ()
    department: int | None = None
    departments: tuple[int, ...] = ()
    company: bool = False
    all_seen: bool = False

    @property
    def is_named(self) -> bool:
        return self != Whom()
