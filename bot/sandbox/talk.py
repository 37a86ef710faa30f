"""Conversations of people and the bot, with its buttons, and the session webhooks that may answer."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from bot.sandbox.feed import Feed
from bot.sandbox.journal import Journal
from bot.sandbox.people import Person
from bot.sandbox.tokens import NewSecret, new_secret

SINGLE, GROUP = "1", "2"
SESSION_MS = 90 * 60 * 1000
_KEPT_ENTRIES = 400
_KEPT_SESSIONS = 100_000
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
    """The content of a message: a text, an uploaded file, or a card with a text and buttons."""

    text: str
    medium: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()
    side_by_side: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. `user_id` is the speaker, or the person that the bot answered (empty: the whole group).

    `buttons` are those of a card; `number` counts all entries. `at_user_ids` are the people in the group that the
    bot's answer notified. `medium` is the upload: its kind, address, name and size.
    """

    speaker: str
    user_id: str
    conversation: str
    conversation_id: str
    at: str
    text: str
    message_id: str = ""
    medium: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()
    side_by_side: bool = False
    number: int = 0
    at_user_ids: Sequence[str] = ()

    @property
    def pressable(self) -> tuple[Button, ...]:
        """Return every button that the person sees: a card's, and links in the text that send a message."""
        links = _LINK.findall(self.text) if self.speaker == "bot" else ()
        return (*self.buttons, *(Button(_ESCAPED.sub(r"\1", label), url) for label, url in links))

    @property
    def as_markdown(self) -> str:
        """Return the text with a card's buttons as links, as a markdown message with the same buttons reads."""
        links = " | ".join(f"[{one.label.translate(_ESCAPES)}]({one.url})" for one in self.buttons)
        return f"{self.text}\n\n{links}" if links else self.text

    def as_json(self) -> dict[str, Any]:
        """Return the entry with everything the page shows."""
        return {"from": self.speaker, **{k: v for k, v in asdict(self).items() if k != "speaker"}}


@dataclass(frozen=True, slots=True)
class Session:
    """The message of one person that a session webhook answers, until `expires_ms` of the pretend clock."""

    user_id: str
    conversation: str
    conversation_id: str
    message_id: str
    expires_ms: int


class Talk:
    """All conversations: one with each person, and one group a department."""

    def __init__(self, feed: Feed, journal: Journal, make_secret: NewSecret = new_secret) -> None:
        self._make_secret = make_secret
        self._feed = feed
        self._journal = journal
        self._by_user: dict[str, deque[Entry]] = {}
        self._by_group: dict[str, deque[Entry]] = {}
        self._sessions: dict[str, Session] = {}
        self._last_number = 0

    def answer(self, session: Session, at: datetime, content: Content, at_user_ids: Sequence[str] = ()) -> None:
        """Let the bot answer the message behind a session webhook."""
        where, of = (session.user_id, session.conversation, session.conversation_id), session.message_id
        self.say(Entry("bot", *where, at.isoformat(), message_id=of, at_user_ids=at_user_ids, **asdict(content)))

    def tell(self, person: Person, at: datetime, content: Content) -> None:
        """Let the bot say something in its single chat with a person."""
        chat = conversation_id(person, SINGLE)
        self.say(Entry("bot", person.user_id, SINGLE, chat, at.isoformat(), **asdict(content)))

    def tell_group(self, group_id: str, at: datetime, content: Content) -> None:
        """Let the bot say something to a whole group."""
        self.say(Entry("bot", "", GROUP, group_id, at.isoformat(), **asdict(content)))

    def say(self, entry: Entry) -> None:
        """Add one entry to the conversations it belongs to, and pass it on."""
        entry = replace(entry, number=self._last_number + 1)
        self._keep(entry)
        self._journal.append("said", entry=asdict(entry))
        self._feed.publish("said", entry)

    def restore(self, fields: dict[str, Any]) -> None:
        """Take one line of the journal back in."""
        if fields["kind"] == "said":
            entry = fields["entry"]
            buttons = tuple(Button(*button) for button in entry.get("buttons", ()))
            self._keep(Entry(**{**entry, "buttons": buttons}))

    def of(self, user_id: str) -> Sequence[Entry]:
        """Return one person's entries, oldest first (the last 400)."""
        return tuple(self._by_user.get(user_id, ()))

    def in_group(self, conversation_id: str) -> Sequence[Entry]:
        """Return a group's entries, oldest first (the last 400)."""
        return tuple(self._by_group.get(conversation_id, ()))

    def shown_to(self, person: Person) -> Sequence[Entry]:
        """Return the entries of a person's single chat and their team's group, newest first."""
        alone = (one for one in self.of(person.user_id) if one.conversation == SINGLE)
        in_group = self.in_group(conversation_id(person, GROUP))
        return sorted((*alone, *in_group), key=lambda one: one.number, reverse=True)

    def open_session(self, session: Session) -> str:
        """Return a secret with which this message can be answered; the oldest go when there are too many."""
        secret = self._make_secret()
        self._sessions[secret] = session
        if len(self._sessions) > _KEPT_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return secret

    def session(self, secret: str, now_ms: int) -> Session | None:
        """Return the session of a secret, None when there is none or it has expired."""
        found = self._sessions.get(secret)
        return found if found and now_ms < found.expires_ms else None

    def _keep(self, entry: Entry) -> None:
        self._last_number = max(self._last_number, entry.number)
        if entry.user_id:
            self._by_user.setdefault(entry.user_id, deque(maxlen=_KEPT_ENTRIES)).append(entry)
        if entry.conversation == GROUP:
            self._by_group.setdefault(entry.conversation_id, deque(maxlen=_KEPT_ENTRIES)).append(entry)


def conversation_id(person: Person, conversation: str) -> str:
    """Return the id of a person's single chat, or of their team's group."""
    return f"cidSingle{person.user_id}==" if conversation == SINGLE else group_id(person.department.id)


def group_id(department_id: int) -> str:
    """Return the id of a department's group."""
    return f"cidTeam{department_id}=="
