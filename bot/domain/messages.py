"""Messages from people with the place for their answers, and rows of the outbox."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.punches import Punch


class MessageKind(StrEnum):
    """The kind of a message."""

    TEXT = "text"
    VOICE = "voice"  # `text` is DingTalk's speech recognition
    UNREADABLE = (
        "unreadable"  # a picture, a file or a shared position: DingTalk gives the robot no content
    )
    PRESS = "press"  # a button of a card; text holds the words of the button
    QUOTA = "quota"  # DingTalk holds back the text: the organisation's quota of messages is used up


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of a message, authenticated by DingTalk."""

    user_id: str | None
    union_id: str | None
    corp_id: str | None

    @property
    def key(self) -> str:
        """Return the key of this person's queue: messages of one queue stay in order."""
        return self.user_id or self.union_id or "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as in the inbox. Moments are UTC.

    `message_id` is DingTalk's `msgId`. `sent_at` is its `createAt` by DingTalk's clock, None if
    unreadable. `mentioned_user_ids` are all mentioned people but the bot, with None for a person
    without a user id. `text` does not contain their names.
    """

    message_id: str
    sender: Sender
    conversation_id: str
    is_group: bool
    kind: MessageKind
    text: str
    sent_at: datetime | None
    received_at: datetime
    robot_corp_id: str | None = None
    mentioned_user_ids: tuple[str | None, ...] = ()

    @property
    def at(self) -> datetime:
        """Return the time of the message: DingTalk's time, else the time of arrival."""
        return self.sent_at or self.received_at

    @property
    def has_words(self) -> bool:
        """Return whether a person wrote or spoke letters. 👍 has none."""
        return self.kind in (MessageKind.TEXT, MessageKind.VOICE) and any(
            map(str.isalpha, self.text)
        )


@dataclass(frozen=True, slots=True)
class SessionWebhook:
    """The address for the answer to a message, for about 90 minutes. A bearer secret: never stored
    or logged.

    An answer in a group notifies `asker_user_id`, which is None in a single chat.
    """

    url: str = field(repr=False)
    expires_at: datetime
    asker_user_id: str | None = None


class Kind(StrEnum):
    """The kind of a row. Each comment names `about` and `recipient`."""

    PUNCH = "punch"  # a punch, a target; `payload` counts read-backs since the last try
    RECEIPT = "receipt"  # a punch, the person; `state` is the delivery state in the last message
    ASKED = "asked"  # the reference of a make-up request, a lead who decides
    # the reference of a request that was refused, has expired or was decided anew; the asker, or the
    # lead who decided before
    CLOSED = "closed"
    OUTCOME = "outcome"  # the reference, the lead who decided: the answers of the targets
    EXCUSED = "excused"  # day and number of a decision (`2026-11-24/1`), the excused person
    STAND_IN = "stand_in"  # a stand-in's reference, the stand-in
    STAND_IN_ENDED = "stand_in_ended"  # the reference, the other person: lead or stand-in
    MONTH = "month"  # a month (2026-10), the person who is asked whether its figures are right
    OBJECTED = "objected"  # number of an objection, a lead or HR; `payload` has person and month
    # person, month and cause of an adjustment; the person or HR, no recipient until these are known.
    # `payload` has person and month
    ADJUSTED = "adjusted"
    ALERT = "alert"  # the subject of a trouble, an administrator
    FLAG = (
        "flag"  # a punch with a doubtful position, a lead; no recipient until the leads are known
    )


NOTES = (
    Kind.ASKED,
    Kind.CLOSED,
    Kind.OUTCOME,
    Kind.EXCUSED,
    Kind.STAND_IN,
    Kind.STAND_IN_ENDED,
)


@dataclass(frozen=True, slots=True)
class Owed:
    """One row. Kind, `about` and `recipient` are its key. `payload` is JSON.

    `tries` counts failed tries, `state` is the result so far. A row about a punch has `punch`.
    """

    kind: Kind
    about: str
    recipient: str = ""
    payload: Any = None
    tries: int = 0
    state: str = ""
    punch: Punch | None = None
