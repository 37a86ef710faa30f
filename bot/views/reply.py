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
class Reply:
    """What the bot says: a markdown text whose data is already escaped, a plain title, one-tap answers."""

    title: str
    text: str
    buttons: tuple[Button, ...] = ()
