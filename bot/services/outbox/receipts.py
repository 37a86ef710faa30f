"""Receipts of punches: one final word, or a first word and a follow-up."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from bot.clock import Clock
from bot.domain.day import PersonDay
from bot.domain.deliveries import DeliveryState
from bot.domain.messages import SessionWebhook
from bot.domain.outbox import Owed
from bot.domain.punches import Punch, PunchSource
from bot.domain.results import WRONG
from bot.domain.verdicts import Verdict, verdicts
from bot.errors import ClaimLost, StoreRefused
from bot.i18n import Texts
from bot.services.outbox.missed import MissedChecks
from bot.services.outbox.worker import OTHERS_TURN, Job, Lease, OutboxWorker, pause_after, until_written
from bot.services.position_notices import PositionNotices
from bot.services.speaking import Speaker
from bot.storage.outbox import Outbox, ReceiptAddress, receipt_of
from bot.views import receipts as views
from bot.views.reply import Language, Reply

log = logging.getLogger(__name__)

MOST_WEBHOOKS = 50_000


@dataclass(slots=True)
class _Expected:
    punch: Punch
    settled: asyncio.Event
    term: int  # of the lease, in which punch and receipt were recorded


class ReceiptDesk:
    """Gives each punch its receipt, and a second word where the first could not be final."""

    at_once = 256

    def __init__(
        self,
        receipts: Outbox,
        speaker: Speaker,
        clock: Clock,
        texts: Callable[[Language], Texts],
        *,
        lease: Lease,
        missed: MissedChecks,
        notices: PositionNotices,
        known_day: Callable[[str, date], Awaitable[PersonDay]],
        worker: OutboxWorker,
        patience_s: float,
    ) -> None:
        """Take `known_day`, which tells by what is kept here how somebody's work date stands.

        And `patience_s` seconds of waiting for the targets before "to be passed on" is said first.
        """
        self._receipts = receipts
        self._speaker = speaker
        self._clock = clock
        self._texts = texts
        self._lease = lease
        self._missed = missed
        self._notices = notices
        self._known_day = known_day
        self._patience_s = patience_s
        self._worker = worker
        self._expected: dict[str, _Expected] = {}
        self._webhooks: dict[str, SessionWebhook] = {}  # of punches that are owed a second word
        self._in_hand: set[str] = set()  # punches whose receipts are being given

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
            self._worker.wake(self)

    async def complete(self, punch: Punch, address: ReceiptAddress, webhook: SessionWebhook | None) -> None:
        """Wait a few seconds for the targets, then tell the person the truth as it is then.

        It is told once: nothing is said here where somebody gives the receipt already, or has given it.
        """
        if punch.punch_id in self._in_hand:
            return
        self._in_hand.add(punch.punch_id)
        try:
            await self._complete(punch, address, webhook)
        finally:
            self._in_hand.discard(punch.punch_id)

    async def settled(self, punch: Punch) -> Punch:
        """Wait a few seconds for the targets of a punch on the page, which shows its receipt; return it then."""
        expected = self._expected.get(punch.punch_id)
        if expected is None:
            return punch
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s):
                    await expected.settled.wait()
        finally:
            self._expected.pop(punch.punch_id, None)
            self._worker.wake(self)
        return expected.punch

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
        await self._tell_guarded(punch, receipt_of(punch, address), webhook, expected.term)
        latest = self._expected.pop(punch.punch_id, None)
        if latest is not None and latest.punch is not punch:
            self._worker.wake(self)  # something came while the first word was on its way

    async def _give_if_owed(self, punch: Punch, webhook: SessionWebhook | None) -> None:
        """Give the receipt of a punch that was there already, as after a refused commit, where nobody has it."""
        term = self._lease.term
        try:
            receipt = await self._receipts.take(punch.punch_id, self._clock.now())
        except StoreRefused as error:
            log.warning("a receipt could not be claimed, and is given later if it is owed: %s", error)
            return
        if receipt is not None:
            self._keep(webhook, receipt.punch or punch)
            await self._tell_guarded(receipt.punch or punch, receipt, webhook, term)

    def _keep(self, webhook: SessionWebhook | None, punch: Punch) -> None:
        """Keep the webhook where a second word will be owed."""
        if webhook is not None and not punch.settled and len(self._webhooks) < MOST_WEBHOOKS:
            self._webhooks[punch.punch_id] = webhook

    async def claim(self, room: int) -> Sequence[Job]:
        """Claim receipts owed from earlier, and follow-ups. Raises StoreRefused."""
        term = self._lease.term
        due = await self._receipts.take_due(self._clock.now(), room)
        self._in_hand.update(one.about for one in due)
        return [Job(self._give(one, term)) for one in due]

    async def _give(self, receipt: Owed, term: int) -> None:
        assert receipt.punch is not None, "a receipt is about a punch"
        try:
            await self._tell_guarded(receipt.punch, receipt, self._webhooks.get(receipt.about), term)
        finally:
            self._in_hand.discard(receipt.about)

    async def _tell_guarded(self, punch: Punch, receipt: Owed, webhook: SessionWebhook | None, term: int) -> None:
        try:
            await self._tell(punch, receipt, webhook, term)
        except StoreRefused as error:
            log.warning("a receipt could not be put together, and is tried again later: %s", error)
            await self._postpone(receipt, pause_after(receipt.tries))
        except Exception:
            log.exception("a receipt failed in a way nobody foresaw; it is tried again later")
            await self._postpone(receipt, pause_after(receipt.tries))

    async def _tell(self, punch: Punch, receipt: Owed, webhook: SessionWebhook | None, term: int) -> None:
        """Give a receipt that was claimed in `term` of the lease."""
        if not self._lease.holds(term):
            await self._postpone(receipt, OTHERS_TURN)
            return
        address = ReceiptAddress(receipt.recipient, *receipt.payload)
        in_group = address.is_group and webhook is not None
        first_word = not receipt.state
        if punch.source is PunchSource.PAGE and punch.status is not DeliveryState.REJECTED:
            await until_written(
                lambda: self._receipts.told([receipt], punch.status, is_over=punch.settled),
                "that the page gave a receipt",
            )
            return
        notice = self._notices.notice(address.language) if first_word and await self._notices.due(punch) else None
        verdict = await self._verdict(punch) if first_word and not in_group else None
        # Last of what asks the database: whatever is refused after it would keep what was taken from being told.
        missed = await self._missed.take(punch) if first_word and not in_group else ()
        texts = self._texts(address.language)
        try:
            if first_word:
                more = [*self._missed.lines(missed, texts), *([notice.text] if notice and not in_group else [])]
                reply = views.receipt(punch, texts, in_group=in_group, more=more, verdict=verdict)
            else:
                reply = views.follow_up(punch, texts, in_group=in_group)
            again = views.again(reply, texts)
            reply = again if receipt.tries else reply  # of an earlier try it may not be known whether it came
            reached = await self._speaker.say_claimed(address.user_id, reply, webhook, term, again=again)
        except ClaimLost:
            await self._missed.told(missed, reached=False)
            await self._postpone(receipt, OTHERS_TURN)
            return
        except Exception:
            await self._missed.told(missed, reached=False)
            raise
        await self._missed.told(missed, reached=reached)
        if not reached:
            await self._postpone(receipt, pause_after(receipt.tries))
            return
        closed = punch.settled
        await until_written(
            lambda: self._receipts.told([receipt], punch.status, is_over=closed), "that a receipt was given"
        )
        if closed:
            self._webhooks.pop(punch.punch_id, None)
        if notice is not None:
            await self._tell_what_is_kept(address, notice, told_already=not in_group)

    async def _tell_what_is_kept(self, address: ReceiptAddress, notice: Reply, *, told_already: bool) -> None:
        """Tell in private whoever gave their first position in a group; what fails comes with the next one."""
        if told_already or await self._speaker.say(address.user_id, notice, None):
            await self._notices.told(address.user_id)

    async def _verdict(self, punch: Punch) -> Verdict | None:
        """Return what counts instead of a punch's lateness; most are in time and need no look."""
        if punch.time_result not in WRONG:
            return None
        day = await self._known_day(punch.user_id, punch.work_date)
        return verdicts([punch], {punch.work_date: day}).get(punch.punch_id)

    async def _postpone(self, receipt: Owed, pause: timedelta) -> None:
        until = self._clock.now() + pause
        await until_written(lambda: self._receipts.postpone([receipt], until), "that a receipt is given later")
