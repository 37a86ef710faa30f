"""The base of all actions that a person can ask for, and the values of their slots."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Self, Unpack

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

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @classmethod
    def around(cls, day: date) -> "Days":
        """Return a date with the day before and the day after."""
        return cls(day - A_DAY, day + A_DAY)

    @property
    def with_neighbours(self) -> "Days":
        """Return these dates with the day before and the day after."""
        return Days(self.first - A_DAY, self.last + A_DAY)

    def __iter__(self) -> Iterator[date]:
        for number in range(self.count):
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


ACTIONS: dict[str, type["Action"]] = {}  # every action, by name


class Action(Frozen):
    """The base of all actions.

    If it `changes` something, the bot first shows it with a button. Exceptions are a punch that the
    gate passes, and a plain request to nudge.
    """

    changes: ClassVar[bool] = False
    _intent: ClassVar[str]

    def __init_subclass__(
        cls, *, intent: str = "", changes: bool = False, **config: Unpack[ConfigDict]
    ) -> None:
        super().__init_subclass__(**config)
        cls._intent = intent
        cls.changes = changes
        if cls.__name__ not in ("Dated", "Paged"):
            ACTIONS[cls.__name__] = cls

    @property
    def intent(self) -> str:
        """Return the intent that `understand` prints."""
        return self._intent

    def but(self, **changes: object) -> Self:
        """Return a copy with other values, which are not validated."""
        return self.model_copy(update=changes)

    def lacks(self) -> Slot | None:
        """Return the slot that the bot must ask for first, or None."""
        return None


class Dated(Action):
    """An action about days.

    With `unclear_days` the text names days that are not one range: the bot asks.
    """

    days: Days | None = None
    unclear_days: bool = False

    def lacks(self) -> Slot | None:
        return Slot.DAYS if self.unclear_days else None


class Paged(Action):
    """An action with a list as its answer, shown in pages."""

    page: int = 1
