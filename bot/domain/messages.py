"""A message as it reached us, and where it can be answered."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class MessageKind(StrEnum):
    """What kind of thing the person sent."""

    TEXT = "text"
    VOICE = "voice"  # text holds the platform's own speech recognition
    UNREADABLE = "unreadable"  # a picture, a file, a shared position: nothing the robot is given
    PRESS = "press"  # a button of a card; text holds the words of the button
    QUOTA = "quota"  # DingTalk withheld the text: the organisation's message quota is used up


@dataclass(frozen=True, slots=True)
class Sender:
    """Who DingTalk says sent the message. `nick` is for display only and never identifies."""

    user_id: str | None
    union_id: str | None
    corp_id: str | None

    @property
    def key(self) -> str:
        """Return what keeps one person's messages together and in order."""
        return self.user_id or self.union_id or "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as stored in the inbox. Moments are aware, UTC.

    `message_id` is DingTalk's `msgId`. `sent_at` is its `createAt`, set by DingTalk's server, None when the frame
    carried none that can be read. `mentioned_user_ids` is everybody mentioned but the bot, None for a person
    without a user id. Their names are not in `text`.
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
        """Return when the person spoke: the server's time where there is one, else our receipt."""
        return self.sent_at or self.received_at


@dataclass(frozen=True, slots=True)
class SessionWebhook:
    """Where one message can be answered, for about 90 minutes. A bearer secret: memory only, never logged.

    An answer in a group notifies `asker_user_id`; None in a single chat.
    """

    url: str = field(repr=False)
    expires_at: datetime
    asker_user_id: str | None = None
