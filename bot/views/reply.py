"""A reply, before it is known how it will travel."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Button:
    """A one-tap answer: `label` is shown as it is, tapping sends `says` to the bot as the person's own message."""

    label: str
    says: str


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a list is shown, from 1, and of how many."""

    number: int
    count: int

    @property
    def is_last(self) -> bool:
        """Tell whether no page follows."""
        return self.number >= self.count


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says: a markdown text whose data is already escaped, a plain title, one-tap answers.

    `page` is there where it is one page of a list.
    """

    title: str
    text: str
    buttons: tuple[Button, ...] = ()
    page: Page | None = None
