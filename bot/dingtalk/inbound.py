"""What DingTalk says a person sent, turned into our own values; pure."""

import re
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bot.clock import from_ms
from bot.dingtalk.fields import BEYOND_MS, as_int, as_moment, as_objects
from bot.domain.messages import Message, MessageKind, Sender, SessionWebhook

MOST_TEXT = 8_000  # characters of a message that are kept
MOST_ID = 128
_MOST_NICK = 64
_WEBHOOK_LIFE = timedelta(minutes=90)  # sessionWebhookExpiredTime - createAt in DingTalk's own samples
_QUOTA_CODE = "20001"
_GROUP_OF_ONE = "1"  # conversationType of a single chat
# Neither PostgreSQL nor UTF-8 takes NUL or half of a surrogate pair; the other controls say nothing.
_UNSAYABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class UnreadableMessage(ValueError):
    """A payload that cannot be taken as a message; the text says why, without quoting it."""


def _read_id(value: object) -> str | None:
    """Return an id as one object for the directory and all messages that wait; None for an empty one."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MOST_ID or not value.isprintable():
        raise ValueError("no id")
    return sys.intern(value)


def _read_sent_at(value: object) -> datetime | None:
    """Return a time of milliseconds; from 2100 on it is taken for 2100, which the bot asks about."""
    number = as_int(value)
    return from_ms(min(number, BEYOND_MS)) if number is not None and number > 0 else None


_Id = Annotated[str | None, BeforeValidator(_read_id)]
_Moment = Annotated[datetime | None, BeforeValidator(as_moment)]


class _Payload(BaseModel):
    """The documented fields of a robot message; two official pages spell some of them in two ways."""

    model_config = ConfigDict(alias_generator=to_camel)

    msg_id: Annotated[str, BeforeValidator(_read_id)]
    msgtype: str = "text"
    text: Any = None
    content: Any = None
    error_code: Any = Field(None, validation_alias=AliasChoices("errorCode", "errCode"))
    create_at: Annotated[datetime | None, BeforeValidator(_read_sent_at)] = Field(
        None, validation_alias=AliasChoices("createAt", "createA")
    )
    conversation_id: _Id = None
    conversation_type: Any = None
    sender_staff_id: _Id = None
    sender_union_id: _Id = None
    sender_corp_id: _Id = None
    sender_nick: Any = None
    chatbot_corp_id: _Id = None
    chatbot_user_id: Any = None
    at_users: Any = None
    session_webhook: Any = None
    session_webhook_expired_time: _Moment = None


def read_message(data: Mapping[str, object], received_at: datetime) -> tuple[Message, SessionWebhook | None]:
    """Return the robot message in `data` and where it can be answered.

    Text is cut to MOST_TEXT characters, which leaves a cut one too long to be a plain punch. A `createAt` that is
    missing or no time gives `sent_at` None; whether a time is plausible is not judged here.
    Raises UnreadableMessage.
    """
    try:
        payload = _Payload.model_validate(data)
    except ValidationError as error:
        raise UnreadableMessage(f"{error.errors()[0]['loc'][0]} cannot be read") from None
    kind, text = _read_body(payload)
    message = Message(
        message_id=payload.msg_id,
        sender=Sender(
            user_id=payload.sender_staff_id,
            union_id=payload.sender_union_id,
            corp_id=payload.sender_corp_id,
            nick=_read_nick(payload.sender_nick),
        ),
        conversation_id=payload.conversation_id or "",
        is_group=str(payload.conversation_type) != _GROUP_OF_ONE,  # unknown: as discreet as in a group
        kind=kind,
        text=text,
        sent_at=payload.create_at,
        received_at=received_at,
        robot_corp_id=payload.chatbot_corp_id,
        mentioned_user_ids=_read_mentioned(payload),
    )
    url = payload.session_webhook
    if not isinstance(url, str) or not url:
        return message, None
    expires_at = payload.session_webhook_expired_time or message.at + _WEBHOOK_LIFE
    return message, SessionWebhook(url, expires_at, message.sender.user_id if message.is_group else None)


def _read_mentioned(payload: _Payload) -> tuple[str | None, ...]:
    """Return the user ids in `atUsers` without the bot's entry; None for each entry that has none.

    The bot's entry has the `dingtalkId` that the message calls `chatbotUserId`.
    """
    bot = payload.chatbot_user_id
    people = as_objects(payload.at_users)
    return tuple(dict.fromkeys(_staff_id(one) for one in people if bot is None or one.get("dingtalkId") != bot))


def _staff_id(person: Mapping[str, object]) -> str | None:
    try:
        return _read_id(person.get("staffId"))
    except ValueError:
        return None


def _read_nick(value: object) -> str:
    if not isinstance(value, str):
        return ""
    # A line of printable characters: no line breaks, no marks that turn the writing direction.
    cleaned = "".join(sign if sign.isprintable() else " " for sign in value[: 4 * _MOST_NICK])
    return " ".join(cleaned.split())[:_MOST_NICK]


def _read_body(payload: _Payload) -> tuple[MessageKind, str]:
    text, content = payload.text, payload.content
    if text is None and content is None and str(payload.error_code) == _QUOTA_CODE:
        return MessageKind.QUOTA, ""
    kind, said = MessageKind.TEXT, None
    match payload.msgtype:
        case "text":
            said = _inner_text(content if text is None else text, "content")
        case "richText":
            said = _rich_text(content)
        case "audio":
            kind, said = MessageKind.VOICE, _inner_text(content, "recognition") or None
    if said is None:
        return MessageKind.UNREADABLE, ""
    # Cut last: stripped after the cut, a long blank would take the end of a message away without a trace.
    return kind, _UNSAYABLE.sub("", said).strip()[:MOST_TEXT]


def _inner_text(value: object, name: str) -> str | None:
    """Return the text under `name`, or the text that stands in place of the object."""
    inner = value.get(name) if isinstance(value, dict) else value
    if inner is None or isinstance(inner, str):
        return inner
    raise UnreadableMessage("text is not text")


def _rich_text(content: object) -> str | None:
    """Return the texts of all parts, joined; a picture parts them."""
    if not isinstance(content, dict):
        return _inner_text(content, "")
    parts = content.get("richText")
    if not isinstance(parts, list):
        raise UnreadableMessage("richText is not a list")
    shown = [one if isinstance(one, dict) and one.get("type", "text") == "text" else {} for one in parts]
    texts = [_inner_text(part, "text") for part in shown]
    return "".join(text if text is not None else " " for text in texts) if any(texts) else None
