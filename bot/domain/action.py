"""The base of all actions that a person can ask for."""

from typing import ClassVar, Self, Unpack

from pydantic import ConfigDict

from bot.domain.slots import Days, Frozen, Slot

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
    """An action whose answer is a list with pages."""

    page: int = 1
