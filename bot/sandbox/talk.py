"""Conversations of people and the bot."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from bot.sandbox.feed import Feed
from bot.sandbox.world import Person

Conversation = Literal["1", "2"]
SINGLE: Final = "1"
GROUP: Final = "2"
SESSION_MS = 90 * 60 * 1000
_SEND_LINK = "dtmd://dingtalkclient/sendMessage?content="
CARD_ADDRESS = (
    "card://"  # `card://OUT_TRACK_ID/b1` is the first button of a card, in the sandbox only
)
_CARD_BUTTONS = ("b1", "b2", "b3", "b4")
_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\((dtmd://[^()\s]+)\)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Button(NamedTuple):
    """A label and the address that a press opens."""

    label: str
    url: str

    @property
    def says(self) -> str:
        """Return the text that a press sends as the person's message, or an empty text."""
        return (
            unquote_plus(self.url.removeprefix(_SEND_LINK))
            if self.url.startswith(_SEND_LINK)
            else ""
        )

    @property
    def of_card(self) -> list[str]:
        """Return the `outTrackId` of an interactive card and the key of its button, or nothing."""
        address = self.url.removeprefix(CARD_ADDRESS)
        return [] if address == self.url else [unquote(part) for part in address.split("/")]


@dataclass(frozen=True, slots=True)
class Content:
    """What a message shows.

    `medium` is an uploaded file; an interactive card has `title` and `state`, a DING has `title`.
    """

    text: str
    medium: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()
    title: str = ""
    state: str = ""


@dataclass(slots=True)
class Card:
    """An interactive card, by its template's variables.

    `shown` holds the number of its entry, by person.
    """

    out_track_id: str
    public: dict[str, str]
    private: dict[str, dict[str, str]]  # by person
    shown: dict[str, int] = field(default_factory=dict)

    def content_for(self, user_id: str) -> Content:
        seen = {**self.public, **self.private.get(user_id, {})}
        address = f"{CARD_ADDRESS}{quote(self.out_track_id, safe='')}/"
        buttons = tuple(Button(seen[key], address + key) for key in _CARD_BUTTONS if seen.get(key))
        text, title, state = (seen.get(name, "") for name in ("text", "title", "state"))
        return Content(text, buttons=buttons, title=title, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Content):
    """One message.

    `user_id` is the speaker, or the person that the bot answered (empty: the whole group).
    """

    speaker: str
    user_id: str
    conversation: Conversation
    conversation_id: str
    at: str
    message_id: str = ""
    number: int = 0  # counts all entries

    @property
    def pressable(self) -> tuple[Button, ...]:
        """Buttons of a card, and links in the text that send a message."""
        links = _LINK.findall(self.text) if self.speaker == "bot" else ()
        return (*self.buttons, *(Button(_ESCAPED.sub(r"\1", label), url) for label, url in links))

    @property
    def words(self) -> str:
        """Return title, text and state, as a person reads them."""
        return "\n\n".join(part for part in (self.title, self.text, self.state) if part)


class Talk:
    """All conversations: one with each person, and one group for each department."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        # by person, and by conversation; then by number
        self._entries: dict[str, dict[int, Entry]] = {}
        self._last_number = 0
        for kind in ("said", "changed"):
            feed.keep(kind, self._restore)

    def say(self, entry: Entry) -> int:
        """Add an entry to its conversations, and return its number."""
        entry = replace(entry, number=self._last_number + 1)
        self._keep(entry)
        self._feed.publish("said", entry)
        return entry.number

    def change(self, key: str, number: int, content: Content) -> None:
        """Show another content in a message of a person or a conversation."""
        entry = replace(self._entries[key][number], **asdict(content))
        self._keep(entry)
        self._feed.publish("changed", entry)

    def of(self, key: str) -> Sequence[Entry]:
        """Return the entries of a person or a conversation, by its id, oldest first."""
        return tuple(self._entries.get(key, {}).values())

    def _restore(self, buttons: list[list[str]], **fields: Any) -> None:
        self._keep(Entry(buttons=tuple(Button(*button) for button in buttons), **fields))

    def _keep(self, entry: Entry) -> None:
        self._last_number = max(self._last_number, entry.number)
        for key in (entry.user_id, entry.conversation_id):
            self._entries.setdefault(key, {})[entry.number] = entry


def conversation_id(person: Person, conversation: str) -> str:
    """Return the id of a person's single chat, or of their team's group."""
    if conversation == SINGLE:
        return f"cidSingle{person.user_id}=="
    return f"cidTeam{person.department.id}=="
