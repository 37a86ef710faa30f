"""Telling people what became of their punches: at once, or first the one thing and then the other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from bot.clock import Clock
from bot.domain.messages import SessionWebhook
from bot.domain.punches import DeliveryState, Punch
from bot.errors import StoreRefused
from bot.i18n import Texts
from bot.services.ports import Receipt, ReceiptAddress, Receipts
from bot.services.speakers import Speaker
from bot.views import receipts as views
from bot.views.reply import Language

log = logging.getLogger(__name__)

UNSETTLED = frozenset({DeliveryState.ACCEPTED, DeliveryState.UNKNOWN})
ROUND_S = 2.0
AT_ONCE = 256
MOST_WEBHOOKS = 50_000


def settled(punch: Punch) -> bool:
    """Tell whether every target has given its answer."""
    return UNSETTLED.isdisjoint(punch.states.values())


@dataclass(slots=True)
class _Expected:
    punch: Punch
    settled: asyncio.Event


class ReceiptDesk:
    """Owes each punch a receipt, and a second word where the first could not be final."""

    def __init__(
        self,
        receipts: Receipts,
        speaker: Speaker,
        clock: Clock,
        texts: Callable[[Language], Texts],
        *,
        patience_s: float,
    ) -> None:
        """Take `patience_s` seconds of waiting for the targets before "to be passed on" is said first."""
        self._receipts = receipts
        self._speaker = speaker
        self._clock = clock
        self._texts = texts
        self._patience_s = patience_s
        self._expected: dict[str, _Expected] = {}
        self._webhooks: dict[str, SessionWebhook] = {}  # of punches that are owed a second word
        self._due = asyncio.Event()

    def expect(self, punch: Punch) -> None:
        """Begin to listen for what becomes of a punch."""
        self._expected[punch.punch_id] = _Expected(punch, asyncio.Event())

    async def on_settled(self, punch: Punch) -> None:
        """Note a new state of a punch."""
        expected = self._expected.get(punch.punch_id)
        if expected is not None:
            expected.punch = punch
            if settled(punch):
                expected.settled.set()
        elif settled(punch):
            self._due.set()

    async def complete(self, punch: Punch, address: ReceiptAddress, webhook: SessionWebhook | None) -> None:
        """Wait a few seconds for the targets, then tell the person the truth as it is then."""
        expected = self._expected.get(punch.punch_id)
        if expected is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(expected.settled.wait(), self._patience_s)
            punch = expected.punch
        if webhook is not None and not settled(punch) and len(self._webhooks) < MOST_WEBHOOKS:
            self._webhooks[punch.punch_id] = webhook
        await self._tell(Receipt(punch, address, None), webhook)
        latest = self._expected.pop(punch.punch_id, None)
        if latest is not None and latest.punch is not punch:
            self._due.set()  # something came while the first word was on its way

    async def run(self) -> None:
        """Tell what is owed from earlier, and second words, for ever."""
        while True:
            try:
                due = await self._receipts.take_due(self._clock.now(), AT_ONCE)
                await asyncio.gather(*(self._tell_guarded(receipt) for receipt in due))
            except StoreRefused as error:
                log.warning("the receipts owed could not be read: %s", error)
                due = ()
            if len(due) < AT_ONCE:
                await self._wait()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._due.wait(), ROUND_S)
        self._due.clear()

    async def _tell_guarded(self, receipt: Receipt) -> None:
        try:
            await self._tell(receipt, self._webhooks.get(receipt.punch.punch_id))
        except Exception:
            log.exception("a receipt failed in a way nobody foresaw; it is tried again later")
            await self._postpone(receipt)

    async def _tell(self, receipt: Receipt, webhook: SessionWebhook | None) -> None:
        punch, address = receipt.punch, receipt.address
        view = views.receipt if receipt.told is None else views.follow_up
        reply = view(punch, self._texts(address.language), in_group=address.is_group and webhook is not None)
        if not await self._speaker.say(address.user_id, reply, webhook):
            await self._postpone(receipt)
            return
        closed = settled(punch)
        await self._until_written(lambda: self._receipts.told(punch.punch_id, punch.status, closed=closed))
        if closed:
            self._webhooks.pop(punch.punch_id, None)

    async def _postpone(self, receipt: Receipt) -> None:
        until = self._clock.now() + timedelta(seconds=min(60, 2 ** min(receipt.tries + 1, 6)))
        await self._until_written(lambda: self._receipts.postpone(receipt.punch.punch_id, until))

    async def _until_written(self, write: Callable[[], Awaitable[None]]) -> None:
        """Note what was told however long the database refuses; a crash meanwhile tells it again."""
        for tries in count():
            try:
                await write()
            except StoreRefused as error:
                log.warning("a receipt could not be noted as told: %s", error)
                await asyncio.sleep(min(30.0, 0.5 * 2.0 ** min(tries, 6)))
            else:
                return
