"""Replies, in a form for all ways of sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from bot.domain.action import Action
from bot.domain.slots import Slot

Language = Literal["zh", "en"]
CardValues = Mapping[str, str]  # the variables of a card

CARD_BUTTONS = ("b1", "b2", "b3", "b4")


@dataclass(frozen=True, slots=True)
class Button:
    """An answer by one press.

    `says` are the words that a press sends as the person's own message. A button with an `action`
    remembers it: `chat/reading.py` keeps the action and adds a token to the words. With `sure` a
    press carries out once what the reply shows. Otherwise the bot first shows the action. With a
    `url` a press opens this address and sends nothing.
    """

    label: str
    says: str | None = None
    action: Action | None = None
    sure: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What the bot asks for: `action` lacks `slot`. With `sure` the completed action is done at
    once.
    """

    action: Action
    slot: Slot
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A message of the bot: markdown with escaped data, a plain title, buttons.

    `ask` is the question that the next message may answer. `short` says the result in a line, for
    the state of a card whose button was pressed.
    """

    title: str
    text: str
    buttons: tuple[Button, ...] = ()
    ask: Ask | None = None
    short: str = ""


class Attachment(NamedTuple):
    """A picture (PNG) or a file in memory. `name` is its file name for people."""

    name: str
    content: bytes

    @property
    def file_type(self) -> str:
        """Return the suffix of the name, without its dot."""
        return PurePosixPath(self.name).suffix.removeprefix(".").lower()

    @property
    def is_picture(self) -> bool:
        """Return whether DingTalk shows it as a picture."""
        return self.file_type == "png"
