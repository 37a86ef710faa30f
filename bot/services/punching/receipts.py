"""Telling people what became of their punches: at once, or first the one thing and then the other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from bot.clock import Clock
from bot.domain.messages import SessionWebhook
from bot.domain.punches import Punch
from bot.domain.reminders import Reminder
from bot.domain.results import WRONG
from bot.domain.verdicts import OwnDays, Verdict
from bot.errors import ClaimLost, StoreRefused
from bot.i18n import Texts
from bot.services.locating.position_notices import PositionNotices
from bot.services.outbox.worker import pause_after
from bot.services.punching.missed import MissedChecks
from bot.services.punching.speakers import Speaker
from bot.services.upkeep.leases import OTHERS_TURN, Lease
from bot.services.upkeep.persisting import until_written
from bot.storage.receipts import Receipt, ReceiptAddress, Receipts
from bot.views import receipts as views
from bot.views.reply import Language, Reply

log = logging.getLogger(__name__)

ROUND_S = 2.0
AT_ONCE = 256
MOST_WEBHOOKS = 50_000


@dataclass(slots=True)
class _Expected:
    punch: Punch
    settled: asyncio.Event
    term: int  # of the lease, in which punch and receipt were recorded


class ReceiptDesk:
    """Owes each punch a receipt, and a second word where the first could not be final."""

    def __init__(
        self,
        receipts: Receipts,
        speaker: Speaker,
        clock: Clock,
        texts: Callable[[Language], Texts],
        *,
        lease: Lease,
        missed: MissedChecks,
        notices: PositionNotices,
        own_days: Callable[[str, date, date, Sequence[Punch]], Awaitable[OwnDays]],
        patience_s: float,
        round_s: float = ROUND_S,
    ) -> None:
        """Take `own_days`, which tells by what is here how somebody's punches count.

        And `patience_s` seconds of waiting for the targets before "to be passed on" is said first, and `round_s`
        between looks for what is owed.
        """
        self._receipts = receipts
        self._speaker = speaker
        self._clock = clock
        self._texts = texts
        self._lease = lease
        self._missed = missed
        self._notices = notices
        self._own_days = own_days
        self._patience_s = patience_s
        self._round_s = round_s
        self._expected: dict[str, _Expected] = {}
        self._webhooks: dict[str, SessionWebhook] = {}  # of punches that are owed a second word
        self._in_hand: set[str] = set()  # punches whose receipts are being given
        self._due = asyncio.Event()

    def expect(self, punch: Punch, term: int) -> None:
        """Begin to listen for what becomes of a punch that was recorded in `term` of the lease."""
        self._expected[punch.punch_id] = _Expected(punch, asyncio.Event(), term)

    async def on_settled(self, punch: Punch) -> None:
        """Note a new state of a punch."""
        expected = self._expected.get(punch.punch_id)
        if expected is not None:
            expected.punch = punch
            if punch.settled:
                expected.settled.set()
        elif punch.settled:
            self._due.set()

    async def complete(self, punch: Punch, address: ReceiptAddress, webhook: SessionWebhook | None) -> None:
        """Wait a few seconds for the targets, then tell the person the truth as it is then.

        Whatever else led to the same punch, as a tap on the link of a message that is just answered once more, it
        is told once: nothing is said here where somebody gives the receipt already, or has given it.
        """
        if punch.punch_id in self._in_hand:
            return
        self._in_hand.add(punch.punch_id)
        try:
            await self._complete(punch, address, webhook)
        finally:
            self._in_hand.discard(punch.punch_id)

    async def _complete(self, punch: Punch, address: ReceiptAddress, webhook: SessionWebhook | None) -> None:
        expected = self._expected.get(punch.punch_id)
        if expected is None:
            await self._give_if_owed(punch, webhook)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                await expected.settled.wait()
        punch = expected.punch
        self._keep(webhook, punch)
        await self._tell_guarded(Receipt(punch, address, None), webhook, expected.term)
        latest = self._expected.pop(punch.punch_id, None)
        if latest is not None and latest.punch is not punch:
            self._due.set()  # something came while the first word was on its way

    async def _give_if_owed(self, punch: Punch, webhook: SessionWebhook | None) -> None:
        """Give the receipt of a punch that was there already, as after a refused commit, where nobody has it."""
        term = self._lease.term
        try:
            receipt = await self._receipts.take(punch.punch_id, self._clock.now())
        except StoreRefused as error:
            log.warning("a receipt could not be claimed, and is given later if it is owed: %s", error)
            return
        if receipt is not None:
            self._keep(webhook, receipt.punch)
            await self._tell_guarded(receipt, webhook, term)

    def _keep(self, webhook: SessionWebhook | None, punch: Punch) -> None:
        """Keep the webhook where a second word will be owed."""
        if webhook is not None and not punch.settled and len(self._webhooks) < MOST_WEBHOOKS:
            self._webhooks[punch.punch_id] = webhook

    async def run(self) -> None:
        """Tell what is owed from earlier, and second words, for ever."""
        while True:
            try:
                term = self._lease.term
                due = await self._receipts.take_due(self._clock.now(), AT_ONCE)
                await self._tell_all(due, term)
            except StoreRefused as error:
                log.warning("the receipts owed could not be read: %s", error)
                due = ()
            if len(due) < AT_ONCE:
                await self._wait()

    async def _tell_all(self, due: Sequence[Receipt], term: int) -> None:
        punch_ids = {one.punch.punch_id for one in due}
        self._in_hand |= punch_ids
        try:
            await asyncio.gather(
                *(self._tell_guarded(one, self._webhooks.get(one.punch.punch_id), term) for one in due)
            )
        finally:
            self._in_hand -= punch_ids

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._due.wait(), self._round_s)
        self._due.clear()

    async def _tell_guarded(self, receipt: Receipt, webhook: SessionWebhook | None, term: int) -> None:
        try:
            await self._tell(receipt, webhook, term)
        except StoreRefused as error:
            log.warning("a receipt could not be put together, and is tried again later: %s", error)
            await self._postpone(receipt, pause_after(receipt.tries))
        except Exception:
            log.exception("a receipt failed in a way nobody foresaw; it is tried again later")
            await self._postpone(receipt, pause_after(receipt.tries))

    async def _tell(self, receipt: Receipt, webhook: SessionWebhook | None, term: int) -> None:
        """Give a receipt that was claimed in `term` of the lease."""
        if not self._lease.holds(term):
            await self._postpone(receipt, OTHERS_TURN)
            return
        punch, address = receipt.punch, receipt.address
        in_group = address.is_group and webhook is not None
        first_word = receipt.told is None
        notice = self._notices.notice(address.language) if first_word and await self._notices.due(punch) else None
        verdict = await self._verdict(receipt) if first_word and not in_group else None
        # Last of what asks the database: whatever is refused after it would keep what was taken from being told.
        missed = await self._missed.take(punch) if first_word and not in_group else ()
        reply = self._reply(receipt, missed, None if in_group else notice, verdict, in_group=in_group)
        try:
            again = views.again(reply, self._texts(address.language))
            reply = again if receipt.tries else reply  # of an earlier try it may not be known whether it came
            reached = await self._speaker.say_claimed(address.user_id, reply, webhook, term, again=again)
        except ClaimLost:
            await self._missed.told(missed, reached=False)
            await self._postpone(receipt, OTHERS_TURN)
            return
        await self._missed.told(missed, reached=reached)
        if not reached:
            await self._postpone(receipt, pause_after(receipt.tries))
            return
        closed = punch.settled
        await until_written(
            lambda: self._receipts.told(punch.punch_id, punch.status, closed=closed), "that a receipt was given"
        )
        if closed:
            self._webhooks.pop(punch.punch_id, None)
        if notice is not None:
            await self._tell_what_is_kept(address, notice, told_already=not in_group)

    async def _tell_what_is_kept(self, address: ReceiptAddress, notice: Reply, *, told_already: bool) -> None:
        """Tell in private whoever gave their first position in a group; what fails comes with the next one."""
        if told_already or await self._speaker.say(address.user_id, notice, None):
            await self._notices.told(address.user_id)

    async def _verdict(self, receipt: Receipt) -> Verdict | None:
        """Return what counts instead of a punch's lateness; most are in time and need no look."""
        punch = receipt.punch
        if punch.time_result not in WRONG:
            return None
        own = await self._own_days(punch.user_id, punch.work_date, punch.work_date, [punch])
        return own.verdicts.get(punch.punch_id)

    def _reply(
        self,
        receipt: Receipt,
        missed: Sequence[Reminder],
        notice: Reply | None,
        verdict: Verdict | None,
        *,
        in_group: bool,
    ) -> Reply:
        texts = self._texts(receipt.address.language)
        if receipt.told is not None:
            return views.follow_up(receipt.punch, texts, in_group=in_group)
        more = [*self._missed.lines(missed, texts), *([notice.text] if notice is not None else [])]
        return views.receipt(receipt.punch, texts, in_group=in_group, more=more, verdict=verdict)

    async def _postpone(self, receipt: Receipt, pause: timedelta) -> None:
        until = self._clock.now() + pause
        await until_written(
            lambda: self._receipts.postpone(receipt.punch.punch_id, until), "that a receipt is given later"
        )
