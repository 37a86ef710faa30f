"""Conversations of people and the bot, with its buttons, and the session webhooks that may answer."""

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote_plus

from bot.sandbox.feed import Feed
from bot.sandbox.world import Person

Conversation = Literal["1", "2"]
SINGLE, GROUP = "1", "2"
SESSION_MS = 90 * 60 * 1000
_KEPT_ENTRIES = 400
_SENDS = "dtmd://dingtalkclient/sendMessage?content="
_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\((dtmd://[^()\s]+)\)", re.DOTALL)
_ESCAPES = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-.!|~@&"})
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Button(NamedTuple):
    """The label of a button, and the address that a press opens."""

    label: str
    url: str

    @property
    def says(self) -> str:
        """Return the words that a press sends as the person's message; empty when it opens a page instead."""
        return unquote_plus(self.url.removeprefix(_SENDS)) if self.url.startswith(_SENDS) else ""


@dataclass(frozen=True, slots=True)
class Content:
    """A text, an uploaded file (`medium`: its kind, address, name and size), or a card with a text and buttons."""

    text: str
    medium: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Content):
    """One message. `user_id` is the speaker, or the person that the bot answered (empty: the whole group)."""

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
    def as_markdown(self) -> str:
        """Return the text with a card's buttons as links, as a markdown message with the same buttons reads."""
        links = " | ".join(f"[{one.label.translate(_ESCAPES)}]({one.url})" for one in self.buttons)
        return f"{self.text}\n\n{links}" if links else self.text


class Talk:
    """All conversations: one with each person, and one group a department. Each keeps its last 400 entries."""

    def __init__(self, feed: Feed, make_secret: Callable[[], str]) -> None:
        self._make_secret = make_secret
        self._feed = feed
        self._entries: dict[str, deque[Entry]] = {}  # by person, and by conversation
        self._sessions: dict[str, tuple[Entry, int]] = {}
        self._last_number = 0

    def tell(self, where: tuple[str, str, str], at: datetime, content: Content, **more: Any) -> None:
        """Let the bot say something. `where` is user id (empty: the whole group), conversation and its id."""
        about = dict(zip(("user_id", "conversation", "conversation_id"), where, strict=True))
        self.say(Entry(speaker="bot", at=at.isoformat(), **{**about, **asdict(content), **more}))

    def say(self, entry: Entry) -> None:
        """Add one entry to the conversations it belongs to, and pass it on."""
        entry = replace(entry, number=self._last_number + 1)
        self._keep(entry)
        self._feed.publish("said", entry)

    def restore(self, fields: dict[str, Any]) -> None:
        """Take back what the feed kept of an entry."""
        self._keep(Entry(**{**fields, "buttons": tuple(Button(*button) for button in fields["buttons"])}))

    def of(self, key: str) -> Sequence[Entry]:
        """Return the entries of a person or a conversation, by its id, oldest first."""
        return tuple(self._entries.get(key, ()))

    def open_session(self, asked: Entry, expires_ms: int) -> str:
        """Return a secret with which this message can be answered until `expires_ms` of the pretend clock."""
        secret = self._make_secret()
        self._sessions[secret] = asked, expires_ms
        return secret

    def session(self, secret: str, now_ms: int) -> Entry | None:
        """Return the message that a secret answers, None when there is none or it has expired."""
        asked, expires_ms = self._sessions.get(secret, (None, 0))
        return asked if now_ms < expires_ms else None

    def _keep(self, entry: Entry) -> None:
        self._last_number = entry.number
        for key in (entry.user_id, entry.conversation_id):
            self._entries.setdefault(key, deque(maxlen=_KEPT_ENTRIES)).append(entry)


def conversation_id(person: Person, conversation: str) -> str:
    """Return the id of a person's single chat, or of their team's group."""
    return f"cidSingle{person.user_id}==" if conversation == SINGLE else group_id(person.department.id)


def group_id(department_id: int) -> str:
    return f"cidTeam{department_id}=="
