"""Receipts of punches: one final word, or a first word and a follow-up."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from bot.domain.outbox import Owed
from bot.domain.punches import DeliveryState, Punch, PunchSource
from bot.domain.shifts import WRONG
from bot.errors import ClaimLost, StoreRefused
from bot.services.base import Base
from bot.services.outbox.worker import OTHERS_TURN, Job, OutboxWorker, pause_after, until_written
from bot.services.reporting.days import Days
from bot.services.speaking import Way
from bot.storage.outbox import receipt_of
from bot.views import receipts as views
from bot.views.i18n import Texts
from bot.views.reply import Language, Reply
from bot.views.sentences import sentence

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Expected:
    punch: Punch
    term: int  # of the lease, in which punch and receipt were recorded
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    in_hand: bool = False


class ReceiptDesk:
    """Gives each punch its receipt, and a second word where the first could not be final."""

    at_once = 256

    def __init__(self, base: Base, days: Days, worker: OutboxWorker) -> None:
        self._base = base
        self._receipts = base.store.receipts
        self._days = days
        self._worker = worker
        self._expected: dict[str, _Expected] = {}

    def expect(self, punch: Punch, term: int) -> None:
        """Begin to follow a punch that was recorded in `term` of the lease."""
        self._expected[punch.punch_id] = _Expected(punch, term)

    def on_settled(self, punch: Punch) -> None:
        """Note a new state of a punch."""
        expected = self._expected.get(punch.punch_id)
        if expected is not None:
            expected.punch = punch
            if punch.settled:
                expected.settled.set()
        elif punch.settled:
            self._worker.wake(self)

    async def complete(self, punch: Punch, language: Language, way: Way | None, *, in_group: bool = False) -> None:
        """Wait a few seconds for the targets, then say the state of then. A later word goes to the person.

        A punch of an earlier message, such as one that came twice, gets one receipt: from its row.
        """
        expected = self._expected.get(punch.punch_id)
        if expected is None or expected.in_hand:
            return
        expected.in_hand = True
        first = await self._wait(expected)
        in_group = in_group and way is not None
        await self._give(receipt_of(first, language), expected.term, way, in_group=in_group)
        self._expected.pop(first.punch_id, None)
        if expected.punch is not first:
            self._worker.wake(self)  # a new state came while the first word was on its way

    async def settled(self, punch: Punch) -> Punch:
        """Wait a few seconds for the targets of a punch on the page, which shows its receipt; return it then."""
        expected = self._expected.get(punch.punch_id)
        if expected is None:
            return punch
        try:
            return await self._wait(expected)
        finally:
            self._expected.pop(punch.punch_id, None)
            self._worker.wake(self)

    async def _wait(self, expected: _Expected) -> Punch:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._base.patience.receipt_s):
                await expected.settled.wait()
        return expected.punch

    async def claim(self, room: int) -> Sequence[Job]:
        """Claim receipts owed from earlier, and follow-ups. Raises StoreRefused."""
        term = self._base.lease.term
        due = await self._receipts.take_due(self._base.clock.now(), room)
        return [Job(self._give(one, term)) for one in due]

    async def _give(self, receipt: Owed, term: int, way: Way | None = None, *, in_group: bool = False) -> None:
        """Give a receipt that was claimed in `term` of the lease, and settle it."""
        punch, texts = receipt.punch, self._base.texts(receipt.payload)
        assert punch is not None, "a receipt is about a punch"
        if punch.source is PunchSource.PAGE and punch.status is not DeliveryState.REJECTED:
            await self._told(receipt, punch)  # there the page itself gave it
            return
        reached = noticed = False
        pause: timedelta | None = None
        try:
            with self._base.lease.acting(term):
                if receipt.state:
                    reply = views.follow_up(punch, texts)
                else:
                    noticed = punch.where.fix is not None and not await self.is_told(punch.user_id)
                    more = [self.notice(texts).text] if noticed else []
                    is_wrong = not in_group and punch.time_result in WRONG  # most are in time and need no look
                    work_date, known_days = punch.work_date, self._days.known_days
                    days = await known_days(punch.user_id, work_date, work_date) if is_wrong else {}
                    reply = views.receipt(punch, texts, in_group=in_group, more=more, day=days.get(work_date))
                again = partial(views.again, reply, texts)  # an earlier try may have arrived
                reply = again() if receipt.tries else reply
                reached = await self._base.speaker.say(receipt.recipient, reply, way, again=again)
        except ClaimLost:
            pause = OTHERS_TURN
        except StoreRefused as error:
            log.warning("a receipt could not be put together, and is tried again later: %s", error)
        except Exception:
            log.exception("a receipt failed in a way nobody foresaw; it is tried again later")
        if not reached:
            until = self._base.clock.now() + (pause or pause_after(receipt.tries))
            postpone = partial(self._receipts.postpone, receipt, until)
            await until_written(postpone, "that a receipt is given later")
            return
        await self._told(receipt, punch)
        if noticed and (not in_group or await self._base.speaker.say(punch.user_id, self.notice(texts), None)):
            await until_written(partial(self.note_told, punch.user_id), "that somebody was told what is kept")

    async def _told(self, receipt: Owed, punch: Punch) -> None:
        told = partial(self._receipts.told, receipt, punch.status, is_over=punch.settled)
        await until_written(told, "that a receipt was given")

    def notice(self, texts: Texts) -> Reply:
        """Return what is kept of positions, and how to object."""
        return sentence("place.first_use", texts, days=self._base.settings.retention.coordinates_days)

    async def is_told(self, user_id: str) -> bool:
        """Tell whether a person had the notice about positions. Raises StoreRefused."""
        return (await self._base.store.wishes.get(user_id)).knows_positions

    async def note_told(self, user_id: str) -> None:
        """Store that a person had the notice about positions. Raises StoreRefused."""
        await self._base.store.wishes.change(user_id, partial(replace, knows_positions=True))
