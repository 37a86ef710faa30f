"""Frames of the Stream: each is read, handed over and acknowledged. Events tell what changed."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.dingtalk import frames
from bot.dingtalk.cards import CardChange, CardPress, ack_of, read_press
from bot.dingtalk.events import Changed, Event, PeopleChanged, PunchesMade, read_event
from bot.dingtalk.frames import Frame, UnreadableFrame
from bot.domain.messages import Message, SessionWebhook
from bot.domain.quota import Quota
from bot.errors import BotError, StoreRefused
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Intake:
    """Hands messages, presses and events over, many at a time.

    If a handler raises, DingTalk sends the frame again.
    """

    take: Callable[[Message, SessionWebhook | None], Awaitable[object]]
    press: Callable[[CardPress], Awaitable[CardChange | None]]  # returns the change for the ACK
    on_event: Callable[[Event], Awaitable[None]]
    clock: Clock
    zone: ZoneInfo  # of times as text in events
    usage: Counter[str]  # billable messages by quota and kind

    def __post_init__(self) -> None:
        # All begin with 0: an alert rule sees no increase in a series that begins with its first
        # event.
        self.counts = Counter(frames=0, refused=0, unstored=0, reconnects=0)

    async def handle(self, frame: Frame | None) -> str | None:
        """Hand a frame over and return its ACK, None without one. Never raises."""
        if frame is None:
            self._note_failure("A text", UnreadableFrame("it is no frame"))
            return None
        self.counts["frames"] += 1
        if kind := frames.billing_kind(frame):
            self.usage[f"{Quota.MESSAGES} {kind}"] += 1
        subject = "A press"
        ack_data = frames.TAKEN
        code = frames.OK
        try:
            if frame.kind == frames.EVENT:
                subject = "An event"
                ack_data = frames.EVENT_TAKEN
                event = read_event(frame.headers.event_type, frame.body(), self.zone)
                if event is not None:
                    await self.on_event(event)
            elif frame.kind == frames.CALLBACK and frame.headers.topic == frames.TOPIC_MESSAGE:
                message, webhook = frames.read_message(frame.body(), self.clock.now())
                subject = f"Message {message.message_id}"
                await self.take(message, webhook)
            elif frame.kind == frames.CALLBACK and frame.headers.topic == frames.TOPIC_PRESS:
                press = read_press(frame.body(), frame.headers.sent_ms, self.clock.now())
                ack_data = ack_of(await self.press(press))
            else:
                code = frames.NOT_SERVED
        except Exception as error:  # noqa: BLE001 - no frame ends the connection
            self._note_failure(subject, error)
            # without an ACK it would come again for ever
            if not isinstance(error, UnreadableFrame):
                if frame.kind != frames.EVENT:
                    return None
                ack_data = frames.EVENT_LATER
        return (
            frames.ack(frame.headers.frame_id, ack_data, code=code)
            if frame.headers.frame_id
            else None
        )

    def _note_failure(self, subject: str, error: Exception) -> None:
        if isinstance(error, StoreRefused):
            self.counts["unstored"] += 1  # readiness reports the store
        elif isinstance(error, UnreadableFrame | BotError):
            self.counts["refused"] += isinstance(error, UnreadableFrame)
            log.warning("%s is not taken: %s", subject, error)
        else:
            log.error("%s is not taken and may come again", subject, exc_info=error)


async def take_event(base: Base, directory: Directory, rosters: Rosters, event: Event) -> None:
    """Take an event.

    A repeated event changes nothing. Raises StoreRefused: then DingTalk repeats the event.
    """
    match event:
        case PeopleChanged(user_ids, left=True):
            await directory.remove_people(user_ids)
        case PeopleChanged(user_ids):
            if not directory.view.active.issuperset(user_ids):
                rosters.outdated = True  # new people need their plans
            await directory.mark_people_changed(user_ids)
        case Changed.DEPARTMENTS:
            await directory.mark_departments_changed()
        case Changed.ROSTERS:
            rosters.outdated = True
            base.dingtalk.attendance.forget_shifts()
        case Changed.ABSENCES:
            rosters.outdated = True  # absences are read together with plans
        case PunchesMade(punches):
            await base.store.native_punches.note(punches)
