"""Messages from rows of the outbox: receipts of punches, notes and alerts."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from bot.clock import wait_at_most
from bot.domain.messages import Owed
from bot.domain.punches import DeliveryState, Punch, PunchSource
from bot.domain.quiet import QuietTime
from bot.domain.reminders import Wishes
from bot.domain.shifts import WRONG, CheckType
from bot.domain.sites import LocationSource
from bot.domain.slots import Days
from bot.errors import ClaimLost, StoreRefused, UpstreamError
from bot.services.base import Base
from bot.services.cards import CardDesk
from bot.services.outbox.lease import OTHERS_TURN
from bot.services.outbox.worker import Job, OutboxWorker, until_written
from bot.services.reporting.days import PeopleDays
from bot.services.speaking import Way
from bot.storage.outbox import Outbox, receipt_of
from bot.views import receipts as views
from bot.views.i18n import Language, Texts
from bot.views.sentences import Reply, not_in_group, sentence

log = logging.getLogger(__name__)

MOST_TRIES = 1500  # about a day; then DingTalk is taken to refuse for good


class NotYet(Exception):
    """The facts for the text are not known yet."""


async def say_row(
    base: Base, rows: Outbox, owed: Owed, term: int, say: Callable[[Owed], Awaitable[bool]]
) -> None:
    """Say the message of a row that was claimed in `term` of the lease, and settle the row.

    `say` returns False or raises NotYet for another try.
    """
    is_done = False
    pause = timedelta(seconds=min(60, 2 ** min(owed.tries + 1, 6)))
    try:
        with base.lease.acting(term):
            is_done = await say(owed)
    except ClaimLost:
        pause = OTHERS_TURN
    except (NotYet, StoreRefused) as error:
        log.info("a message waits for its facts or the database: %r", error)
    except Exception:
        log.exception("a message failed because of a bug; it is tried again later")
    if not is_done and owed.tries >= MOST_TRIES:
        log.error("a message (%s) is given up after %d tries", owed.kind, owed.tries)
        is_done = True
    if is_done:
        await until_written(rows.note_sent, owed)
    else:
        await until_written(rows.postpone, owed, base.now + pause)


@dataclass(eq=False)
class MessageSender:
    """Sends the rows of some kinds. After an unknown outcome it sends a row again.

    `word` returns the present text of a row, None if nothing is left to say. It may raise NotYet and
    StoreRefused. With `cards` a text with buttons goes as a card.
    """

    at_once = 64

    base: Base
    rows: Outbox
    word: Callable[[Owed], Awaitable[Reply | None]]
    cards: CardDesk | None = None

    async def claim(self, room: int) -> Sequence[Job]:
        term = self.base.lease.term
        due = await self.rows.take_due(self.base.now, room)
        return [Job(say_row(self.base, self.rows, row, term, self._say)) for row in due]

    async def _say(self, owed: Owed) -> bool:
        """Say it as a card or a message.

        Return False for another try. Raises ClaimLost, NotYet, StoreRefused.
        """
        reply = await self.word(owed)
        if reply is None:
            return True
        if self.cards is not None:
            try:
                missed = await self.cards.send([owed.recipient], reply, owed.kind, owed.about)
            except UpstreamError as error:
                log.warning("a card could not be sent: %s", error)
                return False
            if not missed:
                return True
        return await self.base.speaker.say(owed.recipient, reply, None)


@dataclass(slots=True)
class _Expected:
    punch: Punch
    term: int  # of the lease, in which punch and receipt were recorded
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    in_hand: bool = False


class ReceiptDesk:
    """Sends the receipt of each punch, and a follow-up if the first receipt was not final."""

    at_once = 256

    def __init__(self, base: Base, days: PeopleDays, worker: OutboxWorker) -> None:
        self._base = base
        self._receipts = base.store.receipts
        self._days = days
        self._worker = worker
        self._expected: dict[str, _Expected] = {}

    def expect(self, punch: Punch, term: int) -> None:
        """Expect answers of the targets for a punch that was recorded in `term` of the lease."""
        self._expected[punch.punch_id] = _Expected(punch, term)

    def on_settled(self, punch: Punch) -> None:
        expected = self._expected.get(punch.punch_id)
        if expected is not None:
            expected.punch = punch
            if punch.settled:
                expected.settled.set()
        elif punch.settled:
            self._worker.wake(self)

    async def complete(
        self, punch: Punch, language: Language, way: Way | None, *, in_group: bool = False
    ) -> None:
        """Wait a few seconds for the targets, then send the receipt. A later state is sent as a
        follow-up.

        A message that came twice gets one receipt, from its row.
        """
        expected = self._expected.get(punch.punch_id)
        if expected is None or expected.in_hand:
            return
        expected.in_hand = True
        await wait_at_most(self._base.patience.receipt_s, expected.settled)
        first = expected.punch
        say = partial(self._say, way=way, in_group=in_group and way is not None)
        receipt = receipt_of(first, language)
        await say_row(self._base, self._receipts, receipt, expected.term, say)
        self._expected.pop(first.punch_id, None)
        if expected.punch is not first:
            self._worker.wake(self)  # a new state came while the receipt was on its way

    async def wait_until_settled(self, punch: Punch) -> Punch:
        """Wait a few seconds for the targets of a punch on the page.

        Return the punch with its new state.
        """
        expected = self._expected.get(punch.punch_id)
        if expected is None:
            return punch
        try:
            await wait_at_most(self._base.patience.receipt_s, expected.settled)
            return expected.punch
        finally:
            self._expected.pop(punch.punch_id, None)
            self._worker.wake(self)

    async def claim(self, room: int) -> Sequence[Job]:
        term = self._base.lease.term
        due = await self._receipts.take_due(self._base.now, room)
        return [Job(say_row(self._base, self._receipts, row, term, self._say)) for row in due]

    async def _say(self, receipt: Owed, way: Way | None = None, *, in_group: bool = False) -> bool:
        """Say a receipt. Return False for another try. Raises ClaimLost, StoreRefused."""
        punch = receipt.punch
        texts = self._base.texts(receipt.payload)
        assert punch is not None, "a receipt is about a punch"
        is_on_page = punch.source is PunchSource.PAGE
        if punch.refused or (is_on_page and punch.status is not DeliveryState.REJECTED):
            return True  # the page shows it, or a note tells the refusal
        if receipt.state:
            reply = views.follow_up(punch, texts)
            is_new = False
        else:
            wishes = await self._base.store.wishes.get(punch.user_id)
            fix = punch.where.fix  # of a named site it has no coordinates of the person
            is_new = (
                fix is not None
                and fix.source is not LocationSource.NAMED
                and not wishes.knows_positions
            )
            more = [self.notice(texts).text] if is_new else []
            day = None
            if punch.time_result in WRONG and not in_group:  # its verdict may have changed
                dates = Days(punch.work_date, punch.work_date)
                days = await self._days.days_from_store(punch.user_id, dates)
                day = days[punch.work_date]
            leave = self._leave_of(punch, wishes)
            reply = views.receipt(punch, texts, in_group=in_group, more=more, day=day, leave=leave)
        again = views.again(reply, texts)  # an earlier try may have arrived
        wording = again if receipt.tries else reply
        was_said = await self._base.speaker.say(
            receipt.recipient,
            wording,
            way,
            alone=not_in_group(wording, texts) if in_group else None,
            again=again,
        )
        if was_said and is_new and in_group:  # no group reads the notice
            is_new = await self._base.speaker.say(punch.user_id, self.notice(texts), None)
        if was_said and is_new:
            await until_written(self.note_told, punch.user_id)
        return was_said

    def _leave_of(self, punch: Punch, wishes: Wishes) -> QuietTime | None:
        """Return the leave at the time of a clock-in, None if it is over by now."""
        if punch.check_type is not CheckType.ON_DUTY:
            return None  # people also clock out because their leave begins
        zone = self._base.zone
        leave = wishes.leave_at(punch.punched_at.astimezone(zone).replace(tzinfo=None))
        now = self._base.now.astimezone(zone).replace(tzinfo=None)
        return leave if leave is not None and now < leave.ends_at else None

    def notice(self, texts: Texts, data_url: str | None = None) -> Reply:
        """Return the notice about stored positions, with a link to all stored data."""
        url = data_url or self._base.page_link("#data")
        more = texts("place.more_words") if url is None else texts("place.more_page", url=url)
        return sentence(
            "place.first_use", texts, days=self._base.settings.retention.coordinates_days, more=more
        )

    async def note_told(self, user_id: str) -> None:
        """Store that a person had the notice about positions. Raises StoreRefused."""
        await self._base.store.wishes.change(user_id, partial(replace, knows_positions=True))
