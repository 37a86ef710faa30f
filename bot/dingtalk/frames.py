"""Frames of the Stream gateway, their contents and their ACKs; pure.

DingTalk's developer encyclopaedia describes them in `docs/learn/stream/protocol.md`.
"""

import json
import re
from datetime import datetime, timedelta
from sys import intern
from typing import Annotated, Any

from dingtalk_stream.chatbot import ChatbotMessage
from dingtalk_stream.frames import AckMessage, CallbackMessage, EventMessage, Headers, SystemMessage
from dingtalk_stream.handlers import CallbackHandler
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from bot.clock import from_ms
from bot.domain.messages import Message, MessageKind, Sender, SessionWebhook

TOPIC_MESSAGE: str = ChatbotMessage.TOPIC
TOPIC_PRESS: str = CallbackHandler.TOPIC_CARD_CALLBACK
TOPIC_DISCONNECT: str = SystemMessage.TOPIC_DISCONNECT
SYSTEM: str = SystemMessage.TYPE
EVENT: str = EventMessage.TYPE
CALLBACK: str = CallbackMessage.TYPE
OK: int = AckMessage.STATUS_OK
NOT_SERVED: int = AckMessage.STATUS_NOT_IMPLEMENT
SUBSCRIPTIONS = (
    {"type": EVENT, "topic": "*"},
    {"type": CALLBACK, "topic": TOPIC_MESSAGE},
    {"type": CALLBACK, "topic": TOPIC_PRESS},
)

MOST_TEXT = 8_000  # characters kept of a message
# 2100-01-01, in place of any later time; the bot asks about a time in the future
BEYOND_MS = 4_102_444_800_000
# sessionWebhookExpiredTime - createAt in DingTalk's own samples
_WEBHOOK_LIFE = timedelta(minutes=90)
_QUOTA_CODE = "20001"
_FREE_EVENTS = re.compile(r"user_\w+_org|org_dept_|org_change|label_|org_admin_")
_SINGLE_CHAT = "1"
# PostgreSQL takes no NUL and UTF-8 no half of a surrogate pair. Other control characters mean
# nothing.
_UNSAYABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _in_ms(value: object) -> object:
    return min(int(str(value)), BEYOND_MS) if str(value).isdecimal() else None


_Ms = Annotated[int | None, BeforeValidator(_in_ms)]


class UnreadableFrame(ValueError):
    """The data of a frame has an unexpected form. The message says why and does not quote it."""


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _FrameHeaders(Camel):
    topic: str = ""
    frame_id: str | None = Field(None, alias="messageId", max_length=256)
    event_type: str = ""
    sent_ms: _Ms = Field(None, alias="time")


class Frame(BaseModel):
    """One frame. `data` is JSON as text."""

    kind: str = Field("", alias="type")
    headers: _FrameHeaders = _FrameHeaders(messageId=None)
    data: Any = None

    def body(self) -> dict[str, Any]:
        """Return the JSON object in `data`. Raises UnreadableFrame."""
        try:
            body = json.loads(self.data)
        except (ValueError, TypeError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise UnreadableFrame("data is no JSON object")
        return body


def billing_kind(frame: Frame) -> str:
    """Return the kind under which DingTalk bills a frame, else "" (《不纳入使用量限制的事件清单》)."""
    if frame.kind == CALLBACK:
        return "card" if frame.headers.topic == TOPIC_PRESS else "robot"
    is_free = frame.kind != EVENT or _FREE_EVENTS.match(frame.headers.event_type)
    return "" if is_free else frame.headers.event_type or "event"


def read_frame(raw: str | bytes) -> Frame | None:
    """Return the frame, None for any other text."""
    try:
        return Frame.model_validate(json.loads(raw))
    except (ValueError, RecursionError):
        return None


# Equal ids are one object, which the directory and all waiting messages share.
Id = Annotated[
    str, StringConstraints(max_length=128, pattern=r"^[^\p{C}\p{Z}]*$"), AfterValidator(intern)
]


class _Part(BaseModel):
    type: str = "text"
    text: str | None = None


class _Body(Camel):
    content: str | None = None
    recognition: str | None = None
    rich_text: list[_Part] = []


def _as_body(content: object) -> object:
    return {"content": content} if isinstance(content, str) else content


class _Mentioned(Camel):
    dingtalk_id: str | None = None
    staff_id: Id | None = None


class _RobotMessage(Camel):
    """The documented fields of a robot message.

    Official pages differ about `content` and the error code.
    """

    msg_id: Annotated[Id, Field(min_length=1)]
    msgtype: str = "text"
    text: _Body | None = None
    content: Annotated[_Body | None, BeforeValidator(_as_body)] = None
    error_code: Any = Field(None, validation_alias=AliasChoices("errorCode", "errCode"))
    create_at: _Ms = None
    conversation_id: Id | None = None
    conversation_type: str | int | None = None
    sender_staff_id: Id | None = None
    sender_union_id: Id | None = None
    sender_corp_id: Id | None = None
    chatbot_corp_id: Id | None = None
    chatbot_user_id: str | None = None
    at_users: list[_Mentioned] | None = None
    session_webhook: str | None = None
    session_webhook_expired_time: _Ms = None

    def kind_and_text(self) -> tuple[MessageKind, str]:
        """Return the kind of the message and its raw text."""
        body = self.text or self.content
        if body is None:
            is_quota = str(self.error_code) == _QUOTA_CODE
            return (MessageKind.QUOTA if is_quota else MessageKind.UNREADABLE), ""
        kind = MessageKind.TEXT
        words = None
        if self.msgtype == "text":
            words = body.content
        elif self.msgtype == "richText":
            # A picture or a mention separates the texts around it.
            texts = [part.text if part.type == "text" else None for part in body.rich_text]
            words = "".join(" " if text is None else text for text in texts) if any(texts) else None
        elif self.msgtype == "audio":
            kind = MessageKind.VOICE
            words = body.recognition or None
        return (MessageKind.UNREADABLE, "") if words is None else (kind, words)


def read_message(
    data: dict[str, Any], received_at: datetime
) -> tuple[Message, SessionWebhook | None]:
    """Return the robot message in `data` and its session webhook. Raises UnreadableFrame.

    The text is cut to MOST_TEXT characters; a cut text is too long to be a plain punch. Without a
    readable `createAt` the message has no `sent_at`. Implausible times are not handled here.
    """
    try:
        fields = _RobotMessage.model_validate(data)
    except ValidationError as error:
        raise UnreadableFrame(f"{error.errors()[0]['loc'][0]} cannot be read") from None
    kind, words = fields.kind_and_text()
    bot = fields.chatbot_user_id
    others = [
        user.staff_id or None
        for user in fields.at_users or ()
        if bot is None or user.dingtalk_id != bot
    ]
    is_group = str(fields.conversation_type) != _SINGLE_CHAT
    user_id = fields.sender_staff_id or None
    message = Message(
        message_id=fields.msg_id,
        sender=Sender(user_id, fields.sender_union_id or None, fields.sender_corp_id or None),
        conversation_id=fields.conversation_id or "",
        is_group=is_group,  # also for an unknown type of conversation
        kind=kind,
        # Strip before the cut: else a long blank would hide that the end of a message is cut off.
        text=_UNSAYABLE.sub("", words).strip()[:MOST_TEXT],
        sent_at=from_ms(fields.create_at) if fields.create_at else None,
        received_at=received_at,
        robot_corp_id=fields.chatbot_corp_id or None,
        mentioned_user_ids=tuple(dict.fromkeys(others)),
    )
    if not fields.session_webhook:
        return message, None
    ends = fields.session_webhook_expired_time
    expires_at = from_ms(ends) if ends else message.at + _WEBHOOK_LIFE
    return message, SessionWebhook(
        fields.session_webhook, expires_at, user_id if is_group else None
    )


TAKEN = '{"response": null}'
EVENT_TAKEN = '{"status": "SUCCESS"}'
EVENT_LATER = '{"status": "LATER"}'


def ack(frame_id: str | None, data: str = TAKEN, *, code: int = OK) -> str:
    """Return the ACK of a frame as text.

    `data` is JSON as text; after EVENT_LATER DingTalk sends it again.
    """
    headers = {"messageId": frame_id, "contentType": Headers.CONTENT_TYPE_APPLICATION_JSON}
    return json.dumps({"code": code, "headers": headers, "message": "OK", "data": data})
