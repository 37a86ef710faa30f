"""Frames of the Stream gateway, their contents and their ACKs; pure.

Frames and ACKs are described in DingTalk's developer encyclopaedia, `docs/learn/stream/protocol.md`.
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
NOT_SERVED: int = AckMessage.STATUS_NOT_IMPLEMENT
SUBSCRIPTIONS = (
    {"type": EVENT, "topic": "*"},
    {"type": CALLBACK, "topic": TOPIC_MESSAGE},
    {"type": CALLBACK, "topic": TOPIC_PRESS},
)

MOST_TEXT = 8_000  # characters of a message that are kept
BEYOND_MS = 4_102_444_800_000  # 2100-01-01; a later time counts as this one, which the bot asks about
_WEBHOOK_LIFE = timedelta(minutes=90)  # sessionWebhookExpiredTime - createAt in DingTalk's own samples
_QUOTA_CODE = "20001"
_SINGLE_CHAT = "1"
# Neither PostgreSQL nor UTF-8 takes NUL or half of a surrogate pair; the other controls say nothing.
_UNSAYABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _in_ms(value: object) -> object:
    return min(int(str(value)), BEYOND_MS) if str(value).isdecimal() else None


_Ms = Annotated[int | None, BeforeValidator(_in_ms)]


class UnreadableFrame(ValueError):
    """The data of a frame is not of the expected form; the text says why, without quoting it."""


class _FrameHeaders(BaseModel):
    topic: str = ""
    frame_id: str | None = Field(None, alias="messageId", max_length=256)
    event_type: str = Field("", alias="eventType")
    sent_ms: _Ms = Field(None, alias="time")


class Frame(BaseModel):
    """One frame. `data` is JSON as text."""

    kind: str = Field("", alias="type")
    headers: _FrameHeaders = _FrameHeaders(messageId=None)
    data: Any = None

    def body(self) -> dict[str, Any]:
        """Return the object that `data` holds. Raises UnreadableFrame."""
        try:
            found = json.loads(self.data)
        except (ValueError, TypeError, RecursionError):
            raise UnreadableFrame("data is not JSON") from None
        if not isinstance(found, dict):
            raise UnreadableFrame("data is not an object")
        return found


def read_frame(raw: str) -> Frame | None:
    """Return the frame, None for a text that is none."""
    try:
        return Frame.model_validate(json.loads(raw))
    except (ValueError, RecursionError):
        return None


Id = Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\p{C}\p{Z}]*$")]


class _Part(BaseModel):
    type: str = "text"
    text: str | None = None


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    content: str | None = None
    recognition: str | None = None
    rich_text: list[_Part] = []


class _Mentioned(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    dingtalk_id: str | None = None
    staff_id: Id | None = None


class _RobotMessage(BaseModel):
    """The documented fields of a robot message; two official pages differ over `content` and the error code."""

    model_config = ConfigDict(alias_generator=to_camel)

    msg_id: Annotated[Id, Field(min_length=1)]
    msgtype: str = "text"
    text: _Body | None = None
    content: _Body | str | None = None
    error_code: Any = Field(None, validation_alias=AliasChoices("errorCode", "errCode"))
    create_at: int | None = None
    conversation_id: Id | None = None
    conversation_type: str | int | None = None
    sender_staff_id: Id | None = None
    sender_union_id: Id | None = None
    sender_corp_id: Id | None = None
    chatbot_corp_id: Id | None = None
    chatbot_user_id: str | None = None
    at_users: list[_Mentioned] | None = None
    session_webhook: str | None = None
    session_webhook_expired_time: int | None = None

    def said(self) -> tuple[MessageKind, str]:
        """Return the kind of the message and its text, not yet cleaned."""
        body = self.text or self.content
        if body is None and str(self.error_code) == _QUOTA_CODE:
            return MessageKind.QUOTA, ""
        kind, said = MessageKind.TEXT, None
        if self.msgtype == "text":
            said = body.content if isinstance(body, _Body) else body
        elif self.msgtype == "richText" and isinstance(body, _Body):
            # A picture or a mention parts the texts around it.
            texts = [part.text if part.type == "text" else None for part in body.rich_text]
            said = "".join(" " if text is None else text for text in texts) if any(texts) else None
        elif self.msgtype == "audio" and isinstance(body, _Body):
            kind, said = MessageKind.VOICE, body.recognition or None
        return (MessageKind.UNREADABLE, "") if said is None else (kind, said)


def read_message(data: dict[str, Any], received_at: datetime) -> tuple[Message, SessionWebhook | None]:
    """Return the robot message in `data` and where it can be answered.

    Text is cut to MOST_TEXT characters, which leaves a cut one too long to be a plain punch. A missing `createAt`
    gives `sent_at` None; whether a time is plausible is not judged here. Raises UnreadableFrame.
    """
    try:
        found = _RobotMessage.model_validate(data)
    except ValidationError as error:
        raise UnreadableFrame(f"{error.errors()[0]['loc'][0]} cannot be read") from None
    kind, said = found.said()
    bot = found.chatbot_user_id
    mentioned: dict[str | None, None] = {}
    for one in found.at_users or ():
        if bot is None or one.dingtalk_id != bot:
            mentioned[one.staff_id or None] = None
    created, is_group = found.create_at or 0, str(found.conversation_type) != _SINGLE_CHAT
    # Ids become one object for the directory and all messages that wait.
    user_id = intern(found.sender_staff_id) if found.sender_staff_id else None
    message = Message(
        message_id=found.msg_id,
        sender=Sender(
            user_id=user_id,
            union_id=intern(found.sender_union_id) if found.sender_union_id else None,
            corp_id=intern(found.sender_corp_id) if found.sender_corp_id else None,
        ),
        conversation_id=intern(found.conversation_id or ""),
        is_group=is_group,  # unknown: answer as in a group
        kind=kind,
        # Cut last: stripped after the cut, a long blank would take the end of a message away without a trace.
        text=_UNSAYABLE.sub("", said).strip()[:MOST_TEXT],
        sent_at=from_ms(min(created, BEYOND_MS)) if created > 0 else None,
        received_at=received_at,
        robot_corp_id=intern(found.chatbot_corp_id) if found.chatbot_corp_id else None,
        mentioned_user_ids=tuple(mentioned),
    )
    if not found.session_webhook:
        return message, None
    ends = found.session_webhook_expired_time
    expires_at = from_ms(min(ends, BEYOND_MS)) if ends else message.at + _WEBHOOK_LIFE
    return message, SessionWebhook(found.session_webhook, expires_at, user_id if is_group else None)


TAKEN, EVENT_TAKEN, EVENT_LATER = '{"response": null}', '{"status": "SUCCESS"}', '{"status": "LATER"}'


def ack(frame_id: str | None, data: str = TAKEN, *, code: int = AckMessage.STATUS_OK) -> str:
    """Return the ACK of one frame, ready to send; `data` is JSON as text. EVENT_LATER lets it come again."""
    headers = {"messageId": frame_id, "contentType": Headers.CONTENT_TYPE_APPLICATION_JSON}
    return json.dumps({"code": code, "headers": headers, "message": "OK", "data": data})
