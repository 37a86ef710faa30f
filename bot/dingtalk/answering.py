"""From a frame to its ACK: who is asked, and what the gateway hears when that goes wrong."""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.clock import Clock
from bot.dingtalk.events import read_event
from bot.dingtalk.frames import (
    EventFrame,
    MessageFrame,
    UnknownFrame,
    UnreadableFrame,
    WorkFrame,
    event_ack,
    message_ack,
    unknown_ack,
)
from bot.domain.events import Event
from bot.domain.messages import Message, SessionWebhook
from bot.errors import BotError, StoreRefused, UserError

logger = logging.getLogger(__name__)

_MOST_RAW = 4096
_QUIET_S = 60.0  # garbage is logged at most this often
_WEBHOOKS = re.compile(
    r"""sessionWebhook(?!Expired)(?:\\*"\s*:\s*\\*"[^"]*|[^,}]*)|session(?:=|\\+u003[dD])[^"\\&\s]*"""
)


# Takes a robot message for good. Called concurrently; a message that raises an error is not acknowledged.
TakeMessage = Callable[[Message, SessionWebhook | None], Awaitable[None]]


class StreamHandlers(Protocol):
    """Takes events and unreadable frames from the stream. Called concurrently."""

    async def event(self, event: Event) -> None:
        """Take an event. Any error asks the gateway to send it again."""
        ...

    async def refused(self, raw: str, reason: str) -> None:
        """Keep the head of a frame that nobody can read (at most 4,096 characters, without its webhook)."""
        ...


@dataclass(slots=True)
class StreamCounters:
    """What passed through a stream client since it was made; `late_acks` took over 3 s."""

    frames: int = 0
    acks: int = 0
    late_acks: int = 0
    lost_acks: int = 0
    unstored: int = 0
    refused: int = 0
    unknown: int = 0
    reconnects: int = 0


class FrameDesk:
    """Gives messages to `take` and other frames to `handlers`, and says which ACK is due."""

    def __init__(
        self, take: TakeMessage, handlers: StreamHandlers, clock: Clock, counters: StreamCounters
    ) -> None:
        self._take = take
        self._handlers = handlers
        self._clock = clock
        self._counters = counters
        self._quiet_until = float("-inf")
        self._store_away = False

    async def answer(self, frame: WorkFrame) -> str | None:
        """Do what the frame asks for; return its ACK, None when it is owed none. Never raises."""
        match frame:
            case MessageFrame():
                taken = await self._take_message(frame)
                return message_ack(frame.frame_id) if taken and frame.frame_id else None
            case EventFrame():
                taken = await self._take_event(frame)
                return event_ack(frame.frame_id, again=not taken) if frame.frame_id else None
            case UnknownFrame():
                self._counters.unknown += 1
                return unknown_ack(frame.frame_id) if frame.frame_id else None

    async def refuse(self, raw: str, error: UnreadableFrame) -> str | None:
        """Put a frame aside that nobody can read; return the ACK that keeps it from coming again. Never raises."""
        self._counters.refused += 1
        if self._clock.monotonic() >= self._quiet_until:
            self._quiet_until = self._clock.monotonic() + _QUIET_S
            logger.warning("A frame could not be read and was put aside: %s", error.reason)
        try:
            await self._handlers.refused(presentable(raw), error.reason)
        except StoreRefused:
            logger.warning("An unreadable frame could not be put aside either: %s", error.reason)
        except Exception:
            logger.exception("Putting an unreadable frame aside failed")
        return error.ack

    async def _take_message(self, frame: MessageFrame) -> bool:
        try:
            await self._take(frame.message, frame.webhook)
        except StoreRefused:
            self._counters.unstored += 1
            self._note_store(away=True)
            return False
        except UserError:  # who sent it was told why
            self._counters.unstored += 1
            return False
        except Exception:
            logger.exception("Message %s was not taken and is not acknowledged", frame.message.message_id)
            return False
        self._note_store(away=False)
        return True

    async def _take_event(self, frame: EventFrame) -> bool:
        try:
            event = read_event(frame.event_type, frame.body)
            if event is not None:
                await self._handlers.event(event)
        except BotError as error:
            logger.warning("Event %s is asked for again: %s", frame.event_id, error)
            return False
        except Exception:
            logger.exception("Event %s failed and is asked for again", frame.event_id)
            return False
        return True

    def _note_store(self, *, away: bool) -> None:
        if away and not self._store_away:
            logger.warning("Messages are not acknowledged: the store refuses them")
        elif self._store_away and not away:
            logger.info("The store takes messages again")
        self._store_away = away


def presentable(raw: str) -> str:
    """Return the head of a frame as it may be stored: no webhook in it, and nothing a database refuses."""
    head = raw[:_MOST_RAW].replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return _WEBHOOKS.sub("…", head)
