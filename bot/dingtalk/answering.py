"""From a frame to its ACK, also when the handler fails."""

import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable

from bot.clock import Clock
from bot.dingtalk.events import read_event
from bot.dingtalk.frames import (
    EventFrame,
    MessageFrame,
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


# All are called concurrently. A message that raises an error is not acknowledged, an event is asked for again.
TakeMessage = Callable[[Message, SessionWebhook | None], Awaitable[None]]
TakeEvent = Callable[[Event], Awaitable[None]]
KeepRefused = Callable[[str, str], Awaitable[None]]  # the head of a frame that nobody can read, and the reason


class FrameDesk:
    """Hands each frame to its handler and returns the ACK."""

    def __init__(
        self, take: TakeMessage, on_event: TakeEvent, on_refused: KeepRefused, clock: Clock, counts: Counter[str]
    ) -> None:
        self._take = take
        self._on_event = on_event
        self._on_refused = on_refused
        self._clock = clock
        self._counts = counts
        self._quiet_until = float("-inf")
        self._store_away = False

    async def answer(self, frame: WorkFrame) -> str | None:
        """Handle the frame; return its ACK, None when there is none. Never raises."""
        self._counts["frames"] += 1
        match frame:
            case MessageFrame(frame_id):
                taken = await self._take_message(frame)
                return message_ack(frame_id) if taken and frame_id else None
            case EventFrame(frame_id):
                taken = await self._take_event(frame)
                return event_ack(frame_id, again=not taken) if frame_id else None
        return unknown_ack(frame.frame_id) if frame.frame_id else None

    async def refuse(self, raw: str, error: UnreadableFrame) -> str | None:
        """Put a frame aside that nobody can read; return the ACK that keeps it from coming again. Never raises."""
        self._counts["refused"] += 1
        if self._clock.monotonic() >= self._quiet_until:
            self._quiet_until = self._clock.monotonic() + _QUIET_S
            logger.warning("A frame could not be read and was put aside: %s", error.reason)
        try:
            await self._on_refused(presentable(raw), error.reason)
        except StoreRefused:
            logger.warning("An unreadable frame could not be put aside either: %s", error.reason)
        except Exception:
            logger.exception("Putting an unreadable frame aside failed")
        return error.ack

    async def _take_message(self, frame: MessageFrame) -> bool:
        try:
            await self._take(frame.message, frame.webhook)
        except StoreRefused:
            self._counts["unstored"] += 1
            if not self._store_away:
                logger.warning("Messages are not acknowledged: the store refuses them")
            self._store_away = True
            return False
        except UserError:  # who sent it was told why
            return False
        except Exception:
            logger.exception("Message %s was not taken and is not acknowledged", frame.message.message_id)
            return False
        if self._store_away:
            logger.info("The store takes messages again")
        self._store_away = False
        return True

    async def _take_event(self, frame: EventFrame) -> bool:
        try:
            event = read_event(frame.event_type, frame.body)
            if event is not None:
                await self._on_event(event)
        except BotError as error:
            logger.warning("An event %s is asked for again: %s", frame.event_type, error)
            return False
        except Exception:
            logger.exception("An event %s failed and is asked for again", frame.event_type)
            return False
        return True


def presentable(raw: str) -> str:
    """Return the head of a frame as it may be stored: no webhook in it, and nothing a database refuses."""
    head = raw[:_MOST_RAW].replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return _WEBHOOKS.sub("…", head)
