"""What the Stream brings, handed to whom it concerns."""

import logging
from collections.abc import Mapping

from bot.chat.dispatcher import Dispatcher
from bot.clock import Clock
from bot.domain.messages import Message, SessionWebhook
from bot.errors import StoreRefused
from bot.services.directory import Directory
from bot.services.ports import Inbox

log = logging.getLogger(__name__)

_PEOPLE_EVENTS = frozenset({"user_add_org", "user_modify_org", "user_leave_org", "user_active_org"})


class Incoming:
    """Messages go to the dispatcher, changes of people to the directory, what nobody can read is kept aside."""

    def __init__(self, dispatcher: Dispatcher, directory: Directory, inbox: Inbox, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._directory = directory
        self._inbox = inbox
        self._clock = clock

    async def message(self, message: Message, webhook: SessionWebhook | None) -> None:
        """Commit a message. Raises StoreRefused, and then it must not be acknowledged."""
        await self._dispatcher.take(message, webhook)

    async def event(self, event_type: str, event_id: str, body: Mapping[str, object]) -> None:
        """Note that people changed; other events concern nobody here yet."""
        if event_type in _PEOPLE_EVENTS:
            await self._directory.changed(_user_ids(body))

    async def card(self, callback: object) -> None:
        """Take a tap on a card. The bot sends no cards of its own, so there is nothing to show."""
        log.info("a card callback came, although no card was sent")

    async def refused(self, raw: str, reason: str) -> None:
        """Keep a frame that nobody can read; when even that fails it is in the log."""
        try:
            await self._inbox.quarantine(raw, reason, self._clock.now())
        except StoreRefused as error:
            log.warning("an unreadable frame could not be kept: %s", error)


def _user_ids(body: Mapping[str, object]) -> list[str]:
    """Return the people an event speaks of; official samples spell the key in two ways, as list or text."""
    found = body.get("userId") or body.get("UserId") or ()
    return [found] if isinstance(found, str) else [str(one) for one in found] if isinstance(found, list) else []
