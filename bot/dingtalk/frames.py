"""Frames of the Stream gateway: what one says, and the ACK that answers it; pure.

Frames and ACKs are described in DingTalk's developer encyclopaedia, `docs/learn/stream/protocol.md`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, NoReturn

from dingtalk_stream.chatbot import ChatbotMessage
from dingtalk_stream.frames import AckMessage, CallbackMessage, EventMessage, Headers, SystemMessage

from bot.dingtalk.inbound import UnreadableMessage, read_message
from bot.domain.messages import Message, SessionWebhook

TOPIC_MESSAGE: str = ChatbotMessage.TOPIC
SUBSCRIPTIONS = (
    {"type": EventMessage.TYPE, "topic": "*"},
    {"type": CallbackMessage.TYPE, "topic": TOPIC_MESSAGE},
)
_MOST_FRAME_ID = 256


class UnreadableFrame(ValueError):
    """A frame nobody can read. `reason` says why without quoting it; `ack` takes it off the gateway's hands."""

    def __init__(self, reason: str, ack: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ack = ack


@dataclass(frozen=True, slots=True)
class PingFrame:
    """The gateway asks whether we live; `ack` is the answer, with its `opaque` inside."""

    ack: str


class SystemFrame(Enum):
    """A SYSTEM frame that wants no ACK: the gateway cuts this connection in 10 s, or only tells something."""

    DISCONNECT = "disconnect"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class MessageFrame:
    """Somebody spoke to the robot. `frame_id` is the header `messageId`, not the message's own id."""

    frame_id: str | None
    message: Message
    webhook: SessionWebhook | None


@dataclass(frozen=True, slots=True)
class EventFrame:
    """Something happened in the organisation."""

    frame_id: str | None
    event_type: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """A type or topic we did not ask for."""

    frame_id: str | None


WorkFrame = MessageFrame | EventFrame | UnknownFrame
AnyFrame = WorkFrame | PingFrame | SystemFrame


def read_frame(raw: str, received_at: datetime) -> AnyFrame:
    """Return what the frame says. Raises UnreadableFrame, whatever `raw` holds."""
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableFrame("not JSON") from None
    if not isinstance(frame, dict):
        raise UnreadableFrame("not an object")
    kind, headers = frame.get("type"), frame.get("headers")
    frame_id = headers.get("messageId") if isinstance(headers, dict) else None
    if not isinstance(frame_id, str) or not 0 < len(frame_id) <= _MOST_FRAME_ID:
        frame_id = None
    if kind not in (SystemMessage.TYPE, EventMessage.TYPE, CallbackMessage.TYPE):
        return UnknownFrame(frame_id)
    try:
        return _read(kind, frame_id, headers, frame.get("data"), received_at)
    except UnreadableMessage as error:
        reason = str(error)
    except (ValueError, RecursionError):
        reason = "data is not JSON"
    refusal = None
    if frame_id is not None:
        refusal = event_ack(frame_id, again=False) if kind == EventMessage.TYPE else message_ack(frame_id)
    raise UnreadableFrame(reason, refusal)


def _read(kind: str, frame_id: str | None, headers: Any, data: Any, received_at: datetime) -> AnyFrame:
    """Return what a frame of a known kind says. Raises UnreadableMessage, ValueError, RecursionError."""
    if not isinstance(headers, dict):
        _refuse("headers are not an object")
    topic = headers.get("topic")
    if kind == SystemMessage.TYPE:
        if topic == "ping":
            return PingFrame(ack(frame_id, _object(data)))
        return SystemFrame.DISCONNECT if topic == SystemMessage.TOPIC_DISCONNECT else SystemFrame.NOTICE
    if kind == EventMessage.TYPE:
        event_type = headers.get("eventType")
        if not isinstance(event_type, str):
            _refuse("eventType is missing")
        return EventFrame(frame_id, event_type, _object(data))
    if topic == TOPIC_MESSAGE:
        return MessageFrame(frame_id, *read_message(_object(data), received_at))
    return UnknownFrame(frame_id)


def _object(data: object) -> Mapping[str, object]:
    """Return the object that `data` holds as text."""
    found = json.loads(data) if isinstance(data, str) else None
    return found if isinstance(found, dict) else _refuse("data is not an object")


def _refuse(reason: str) -> NoReturn:
    raise UnreadableMessage(reason)


def ack(frame_id: str | None, data: object, *, code: int = AckMessage.STATUS_OK, message: str = "OK") -> str:
    """Return the ACK of one frame, ready to send."""
    headers = {"messageId": frame_id, "contentType": Headers.CONTENT_TYPE_APPLICATION_JSON}
    return json.dumps({"code": code, "headers": headers, "message": message, "data": json.dumps(data)})


_MESSAGE_ACK = ack("@", {"response": None}).split('"@"')


def message_ack(frame_id: str) -> str:
    """Return the ACK of a robot message, fast: bursts bring thousands."""
    head, tail = _MESSAGE_ACK
    return f"{head}{json.dumps(frame_id)}{tail}"


def event_ack(frame_id: str, *, again: bool) -> str:
    """Return the ACK of an event; `again` asks the gateway to send it once more."""
    return ack(frame_id, {"status": "LATER" if again else "SUCCESS"})


def unknown_ack(frame_id: str) -> str:
    """Return the ACK for a topic we do not serve."""
    return ack(frame_id, {"response": None}, code=AckMessage.STATUS_NOT_IMPLEMENT, message="not served")
