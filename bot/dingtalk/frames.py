"""Frames of the Stream gateway: what one says, and the ACK that answers it; pure.

Frames and ACKs are described in DingTalk's developer encyclopaedia, `docs/learn/stream/protocol.md`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dingtalk_stream.chatbot import ChatbotMessage
from dingtalk_stream.frames import AckMessage, CallbackMessage, EventMessage, Headers, SystemMessage

from bot.dingtalk.inbound import UnreadableMessage, read_message
from bot.domain.messages import Message, SessionWebhook

TOPIC_MESSAGE: str = ChatbotMessage.TOPIC
SUBSCRIPTIONS = (
    {"type": EventMessage.TYPE, "topic": "*"},
    {"type": CallbackMessage.TYPE, "topic": TOPIC_MESSAGE},
)
_TOPIC_PING = "ping"
_MOST_FRAME_ID = 256
# The SDK turns these headers into numbers and fails on anything else; nothing here needs them.
_TIMES = frozenset({"time", "eventBornTime"})
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


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


@dataclass(frozen=True, slots=True)
class DisconnectFrame:
    """The gateway is going to cut this connection in 10 s; it wants no ACK."""


@dataclass(frozen=True, slots=True)
class NoticeFrame:
    """A SYSTEM frame that asks for nothing (`CONNECTED`, `REGISTERED`, `KEEPALIVE`, and what may come)."""


@dataclass(frozen=True, slots=True)
class MessageFrame:
    """Somebody spoke to the robot. `frame_id` is the header `messageId`, not the message's own id."""

    frame_id: str | None
    message: Message
    webhook: SessionWebhook | None


@dataclass(frozen=True, slots=True)
class EventFrame:
    """Something happened in the organisation. `event_id` stays the same when it is sent again."""

    frame_id: str | None
    event_type: str
    event_id: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """A type or topic we did not ask for."""

    frame_id: str | None


WorkFrame = MessageFrame | EventFrame | UnknownFrame
AnyFrame = WorkFrame | PingFrame | DisconnectFrame | NoticeFrame


def read_frame(raw: str, received_at: datetime) -> AnyFrame:
    """Return what the frame says. Raises UnreadableFrame, whatever `raw` holds."""
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableFrame("not JSON") from None
    if not isinstance(frame, dict):
        raise UnreadableFrame("not an object")
    kind = frame.get("type")
    try:
        read = _READERS.get(kind, _read_unknown) if isinstance(kind, str) else _read_unknown
        return read(frame, received_at)
    except UnreadableMessage as error:
        reason = str(error)
    except _BROKEN as error:
        reason = f"broken ({type(error).__name__})"
    raise UnreadableFrame(reason, _refusal_ack(frame))


def _read_system(frame: Mapping[str, Any], _: datetime) -> PingFrame | DisconnectFrame | NoticeFrame:
    system = SystemMessage.from_dict(_lenient(frame))
    if system.headers.topic == SystemMessage.TOPIC_DISCONNECT:
        return DisconnectFrame()
    if system.headers.topic == _TOPIC_PING:
        return PingFrame(ack(_frame_id(frame), system.data))
    return NoticeFrame()


def _read_event(frame: Mapping[str, Any], _: datetime) -> EventFrame:
    event = EventMessage.from_dict(_lenient(frame))
    frame_id = _frame_id(frame)
    event_id = event.headers.event_id or frame_id
    if not isinstance(event.headers.event_type, str) or not isinstance(event_id, str):
        raise UnreadableMessage("eventType or eventId is missing")
    return EventFrame(frame_id, event.headers.event_type, event_id, _object(event.data))


def _read_callback(frame: Mapping[str, Any], received_at: datetime) -> WorkFrame:
    callback = CallbackMessage.from_dict(_lenient(frame))
    if callback.headers.topic == TOPIC_MESSAGE:
        return MessageFrame(_frame_id(frame), *read_message(_object(callback.data), received_at))
    return UnknownFrame(_frame_id(frame))


def _read_unknown(frame: Mapping[str, Any], _: datetime) -> UnknownFrame:
    return UnknownFrame(_frame_id(frame))


_READERS: Mapping[str, Callable[[Mapping[str, Any], datetime], AnyFrame]] = {
    SystemMessage.TYPE: _read_system,
    EventMessage.TYPE: _read_event,
    CallbackMessage.TYPE: _read_callback,
}


def _lenient(frame: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name: value for name, value in frame["headers"].items() if name not in _TIMES}
    return {**frame, "headers": headers}


def _object(data: object) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise UnreadableMessage("data is not an object")
    return data


def _frame_id(frame: Mapping[str, Any]) -> str | None:
    headers = frame.get("headers")
    value = headers.get("messageId") if isinstance(headers, dict) else None
    return value if isinstance(value, str) and 0 < len(value) <= _MOST_FRAME_ID else None


def ack(frame_id: str | None, data: object, *, code: int = AckMessage.STATUS_OK, message: str = "OK") -> str:
    """Return the ACK of one frame, ready to send."""
    answer = AckMessage()
    answer.code = code
    answer.headers.message_id = frame_id
    answer.headers.content_type = Headers.CONTENT_TYPE_APPLICATION_JSON
    answer.message = message
    answer.data = data
    return json.dumps(answer.to_dict())


_MESSAGE_ACK = ack("@", {"response": None}).split('"@"')


def message_ack(frame_id: str) -> str:
    """Return the ACK of a robot message, of which bursts of thousands are sent."""
    head, tail = _MESSAGE_ACK
    return f"{head}{json.dumps(frame_id)}{tail}"


def event_ack(frame_id: str, *, again: bool) -> str:
    """Return the ACK of an event; `again` asks the gateway to send it once more."""
    return ack(frame_id, {"status": "LATER" if again else "SUCCESS"})


def unknown_ack(frame_id: str) -> str:
    """Return the ACK for a topic we do not serve."""
    return ack(frame_id, {"response": None}, code=AckMessage.STATUS_NOT_IMPLEMENT, message="not served")


def _refusal_ack(frame: Mapping[str, Any]) -> str | None:
    frame_id = _frame_id(frame)
    if frame_id is None:
        return None
    return event_ack(frame_id, again=False) if frame.get("type") == EventMessage.TYPE else message_ack(frame_id)
