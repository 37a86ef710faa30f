"""What DingTalk says a person sent, turned into our own values; pure."""

import re
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.clock import from_ms
from bot.dingtalk.fields import as_milliseconds
from bot.domain.messages import Message, MessageKind, Sender, SessionWebhook

MOST_TEXT = 8_000  # characters of a message that are kept
MOST_ID = 128
_MOST_NICK = 64
_MOST_URL = 2_048
_WEBHOOK_LIFE = timedelta(minutes=90)  # sessionWebhookExpiredTime - createAt in DingTalk's own samples
_QUOTA_CODE = "20001"
_GROUP_OF_ONE = "1"  # conversationType of a single chat
# Neither PostgreSQL nor UTF-8 takes NUL or half of a surrogate pair; the other controls say nothing.
_UNSAYABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class UnreadableMessage(ValueError):
    """A payload that cannot be taken as a message; the text says why, without quoting it."""


def read_message(data: Mapping[str, object], received_at: datetime) -> tuple[Message, SessionWebhook | None]:
    """Return the robot message in `data` and where it can be answered.

    Text is cut to MOST_TEXT characters, which leaves a cut one too long to be a plain punch. A `createAt` that is
    missing or no time gives `sent_at` None, one beyond 2100 the first moment of 2100; whether a time is plausible
    is not judged here. Raises UnreadableMessage.
    """
    kind, text = _read_body(data)
    sent_at = _moment(data.get("createAt", data.get("createA")))  # one official sample spells it "createA"
    message = Message(
        message_id=_required_id(data, "msgId"),
        sender=_read_sender(data),
        conversation_id=_optional_id(data, "conversationId") or "",
        is_group=str(data.get("conversationType")) != _GROUP_OF_ONE,  # unknown: as discreet as in a group
        kind=kind,
        text=text,
        sent_at=sent_at,
        received_at=received_at,
        robot_corp_id=_shared_id(data, "chatbotCorpId"),
        mentioned_user_ids=_read_mentioned(data),
    )
    return message, _read_webhook(data, message)


def _read_sender(data: Mapping[str, object]) -> Sender:
    return Sender(
        user_id=_shared_id(data, "senderStaffId"),
        union_id=_shared_id(data, "senderUnionId"),
        corp_id=_shared_id(data, "senderCorpId"),
        nick=_read_nick(data.get("senderNick")),
    )


def _read_mentioned(data: Mapping[str, object]) -> tuple[str | None, ...]:
    """Return the user ids in `atUsers` without the bot's entry; None for each entry that has none.

    The bot's entry has the `dingtalkId` that the message calls `chatbotUserId`.
    """
    listed, bot = data.get("atUsers"), data.get("chatbotUserId")
    people = [one if isinstance(one, dict) else {} for one in listed] if isinstance(listed, list) else []
    return tuple(dict.fromkeys(_staff_id(one) for one in people if bot is None or one.get("dingtalkId") != bot))


def _staff_id(person: Mapping[str, object]) -> str | None:
    """Return the user id of somebody mentioned; an id that cannot be read is none."""
    try:
        return _shared_id(person, "staffId")
    except UnreadableMessage:
        return None


def _read_nick(value: object) -> str:
    if not isinstance(value, str):
        return ""
    # A line of printable characters: no line breaks, no marks that turn the writing direction.
    cleaned = "".join(sign if sign.isprintable() else " " for sign in value[: 4 * _MOST_NICK])
    return " ".join(cleaned.split())[:_MOST_NICK]


def _read_body(data: Mapping[str, object]) -> tuple[MessageKind, str]:
    if "text" not in data and "content" not in data and _error_code(data) == _QUOTA_CODE:
        return MessageKind.QUOTA, ""
    msgtype = data.get("msgtype", "text")
    if not isinstance(msgtype, str):
        raise UnreadableMessage("msgtype is not text")
    if msgtype == "text":
        return _spoken(MessageKind.TEXT, _typed_text(data))
    if msgtype == "richText":
        return _spoken(MessageKind.TEXT, _rich_text(data.get("content")))
    if msgtype == "audio":
        return _spoken(MessageKind.VOICE, _recognition(data.get("content")))
    return MessageKind.UNREADABLE, ""


def _spoken(kind: MessageKind, text: str | None) -> tuple[MessageKind, str]:
    if text is None:
        return MessageKind.UNREADABLE, ""
    # Cut last: stripped after the cut, a long blank would take the end of a message away without a trace.
    return kind, _UNSAYABLE.sub("", text).strip()[:MOST_TEXT]


def _error_code(data: Mapping[str, object]) -> str:
    return str(data.get("errorCode", data.get("errCode")))  # two official pages, two names


def _typed_text(data: Mapping[str, object]) -> str | None:
    body = data.get("text", data.get("content"))
    if isinstance(body, dict):
        body = body.get("content")
    return _text_or_none(body)


def _recognition(content: object) -> str | None:
    if isinstance(content, dict):
        return _text_or_none(content.get("recognition")) or None
    return _text_or_none(content)


def _rich_text(content: object) -> str | None:
    if not isinstance(content, dict):
        return _text_or_none(content)
    parts = content.get("richText")
    if not isinstance(parts, list):
        raise UnreadableMessage("richText is not a list")
    texts = [_part_text(part) for part in parts]
    return "".join(text if text is not None else " " for text in texts) if any(texts) else None


def _part_text(part: object) -> str | None:
    if not isinstance(part, dict) or part.get("type", "text") != "text":
        return None
    return _text_or_none(part.get("text"))


def _text_or_none(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise UnreadableMessage("text is not text")


def _required_id(data: Mapping[str, object], name: str) -> str:
    value = _optional_id(data, name)
    if value is None:
        raise UnreadableMessage(f"{name} is missing")
    return value


def _optional_id(data: Mapping[str, object], name: str) -> str | None:
    value = data.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UnreadableMessage(f"{name} is not text")
    if len(value) > MOST_ID or not value.isprintable():
        raise UnreadableMessage(f"{name} is no id")
    return value


def _shared_id(data: Mapping[str, object], name: str) -> str | None:
    """Return an id of an organisation or a person as one object for the directory and all messages that wait."""
    value = _optional_id(data, name)
    return None if value is None else sys.intern(value)


def _moment(value: object) -> datetime | None:
    """Return a moment, the first of 2100 for any after it: a time that cannot be is asked about."""
    number = as_milliseconds(value)
    return None if number is None else from_ms(number)


def _read_webhook(data: Mapping[str, object], message: Message) -> SessionWebhook | None:
    url = data.get("sessionWebhook")
    if not isinstance(url, str) or not 0 < len(url) <= _MOST_URL or not url.isprintable():
        return None
    expires_at = _moment(data.get("sessionWebhookExpiredTime")) or message.at + _WEBHOOK_LIFE
    return SessionWebhook(url, expires_at, message.sender.user_id if message.is_group else None)
