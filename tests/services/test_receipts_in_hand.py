"""Receipts in hand: before a pause of the process, and when something fails that nobody foresaw."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.dingtalk.robot import SendResult
from bot.domain.day import DayFacts, PersonDay, Standing, person_day
from bot.domain.deliveries import DeliveryState
from bot.domain.messages import SessionWebhook
from bot.domain.punches import Punch
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.domain.results import TimeResult
from bot.errors import NotSent, OutcomeUnknown, StoreRefused
from bot.i18n import Texts
from bot.services.outbox.missed import MissedChecks
from bot.services.outbox.receipts import ReceiptDesk
from bot.services.outbox.worker import LASTS_S, OTHERS_TURN, Lease, OutboxWorker
from bot.services.position_notices import PositionNotices
from bot.services.speaking import Speaker
from bot.storage import Store
from bot.storage.deliveries import Delivery
from bot.storage.outbox import ReceiptAddress
from bot.views.reply import Reply
from tests.builders import SHANGHAI, TUESDAY, a_plan, local
from tests.faults.a_store import StillClock, a_message, an_open_store, punched
from tests.waiting import until

AGAIN = "You may have had this message already: both are of one punch."
ADDRESS = ReceiptAddress("u1", is_group=False, language="en")


@dataclass
class Ears:
    """Hears what is said."""

    heard: list[str] = field(default_factory=list)
    bugs: int = 0
    may: asyncio.Event | None = None  # hear what is under way
    speaking: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, webhook: object, reply: Reply) -> None:
        raise AssertionError("nobody has a webhook")

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        if self.bugs:
            self.bugs -= 1
            raise RuntimeError("nobody foresaw this")
        self.speaking.set()
        if self.may is not None:
            await self.may.wait()
        self.heard.append(reply.text)
        return SendResult()


class NothingElse:
    """Days of which nothing is known but the punches."""

    async def known_day(self, user_id: str, work_date: date) -> PersonDay:
        return PersonDay(user_id, work_date, Standing.UNKNOWN)


async def planned(user_id: str, work_date: date) -> PersonDay:
    return person_day(DayFacts(user_id, work_date, a_plan(day=work_date)), local("23:59", work_date))


async def a_taken_punch(store: Store) -> Punch:
    recorded = await punched(store, a_message("m1", "u1"))
    assert recorded.punch is not None
    return await settled(store, recorded.punch)


async def settled(store: Store, punch: Punch) -> Punch:
    return await store.deliveries.settle(Delivery(punch, "signed", DeliveryState.ACCEPTED), DeliveryState.SENT)


async def miss_mondays_clock_out(store: Store, clock: StillClock) -> None:
    monday, now = TUESDAY - timedelta(days=1), clock.now()
    due, kind = local("18:00", monday), ReminderKind.MISSED
    held = Reminder("u1", monday, "OffDuty/0", "missed", kind, now, due, state=ReminderState.HELD)
    await store.reminders.claim([held])


def a_desk(
    store: Store,
    clock: StillClock,
    ears: Ears,
    lease: Lease,
    missed: MissedChecks | None = None,
    own: NothingElse | None = None,
    patience_s: float = 0,
) -> ReceiptDesk:
    return ReceiptDesk(
        store.receipts,
        Speaker(ears, lease),
        clock,
        lambda language: Texts("en", SHANGHAI),
        lease=lease,
        missed=missed or MissedChecks(store.reminders, clock, planned),
        notices=PositionNotices(
            store.position_notices, lambda language: Texts("en", SHANGHAI), keep=timedelta(days=60)
        ),
        known_day=(own or NothingElse()).known_day,
        worker=OutboxWorker(round_s=2),
        patience_s=patience_s,
    )


async def first_word(desk: ReceiptDesk, punch: Punch, term: int, webhook: SessionWebhook | None = None) -> None:
    """Give the receipt of a punch that was recorded in `term` of the lease."""
    desk.expect(punch, term)
    await desk.complete(punch, ADDRESS, webhook)


async def given_later(desk: ReceiptDesk, ears: Ears) -> None:
    """Let the desk look once what is owed, until it is heard."""
    running = asyncio.create_task(OutboxWorker([desk], round_s=2).run())
    await until(lambda: bool(ears.heard))
    await until(lambda: not desk._in_hand)
    running.cancel()


async def test_a_receipt_from_before_a_pause_is_left_to_the_others_and_given_if_nobody_did(tmp_path: Path) -> None:
    clock, ears = StillClock(), Ears()
    lease = Lease(clock)
    lease.renewed(clock.monotonic())
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        desk = a_desk(store, clock, ears, lease)
        term = lease.term
        punch = await a_taken_punch(store)
        clock.advance(LASTS_S)
        lease.renewed(clock.monotonic())
        await first_word(desk, punch, term)
        assert ears.heard == []
        assert await store.receipts.take_due(clock.now(), 9) == []
        clock.advance(OTHERS_TURN.total_seconds())
        lease.renewed(clock.monotonic())
        await given_later(desk, ears)
        assert len(ears.heard) == 1
        assert await store.receipts.take_due(clock.now(), 9) == []


async def test_what_a_lost_claim_kept_from_being_told_waits_for_the_next_clock_in(tmp_path: Path) -> None:
    clock, ears = StillClock(), Ears()
    lease = Lease(clock)
    lease.renewed(clock.monotonic())

    class Paused(MissedChecks):
        async def take(self, punch: Punch) -> Sequence[Reminder]:
            taken = await super().take(punch)
            assert taken
            clock.advance(LASTS_S)
            lease.renewed(clock.monotonic())
            return taken

    async with an_open_store(tmp_path / "bot.db", clock) as store:
        await miss_mondays_clock_out(store, clock)
        missed = Paused(store.reminders, clock, planned)
        await missed.follow()
        desk, term = a_desk(store, clock, ears, lease, missed), lease.term
        punch = await a_taken_punch(store)
        await first_word(desk, punch, term)
        assert ears.heard == []
        assert [one.which for one in await store.reminders.held("u1")] == ["missed"]


async def test_a_database_that_refuses_once_costs_no_line_about_a_missed_check(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, ears = StillClock(), Ears()
    lease = Lease(clock)
    lease.renewed(clock.monotonic())

    class RefusedOnce(NothingElse):
        refusals = 1

        async def known_day(self, *asked: Any) -> PersonDay:
            if self.refusals:
                self.refusals -= 1
                raise StoreRefused("busy")
            return await super().known_day(*asked)

    async with an_open_store(tmp_path / "bot.db", clock) as store:
        await miss_mondays_clock_out(store, clock)
        missed = MissedChecks(store.reminders, clock, planned)
        await missed.follow()
        desk = a_desk(store, clock, ears, lease, missed, RefusedOnce())
        punch = replace(await a_taken_punch(store), time_result=TimeResult.LATE, late_minutes=5)
        await first_word(desk, punch, lease.term)
        assert ears.heard == []
        assert "busy" in caplog.text and "nobody foresaw" not in caplog.text
        clock.advance(60)
        await store.beat()
        lease.renewed(clock.monotonic())
        await given_later(desk, ears)
        (heard,) = ears.heard
        assert "no Clock-out" in heard


async def test_an_answer_that_a_pause_makes_look_lost_is_not_said_the_other_way(tmp_path: Path) -> None:
    """The process sleeps while its answer is on the way, and wakes to a call that took too long."""
    clock = StillClock()
    lease = Lease(clock)
    lease.renewed(clock.monotonic())

    class Asleep(Ears):
        async def answer(self, webhook: object, reply: Reply) -> None:
            clock.advance(LASTS_S)
            raise OutcomeUnknown("webhook", "took too long")

    ears = Asleep()
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        desk = a_desk(store, clock, ears, lease)
        punch = await a_taken_punch(store)
        await first_word(desk, punch, lease.term, SessionWebhook("https://webhook", clock.now()))
        assert ears.heard == []
        clock.advance(OTHERS_TURN.total_seconds())
        assert len(await store.receipts.take_due(clock.now(), 9)) == 1, "it is still owed"


async def test_an_answer_that_is_lost_is_said_the_other_way_by_whoever_still_has_the_claim(tmp_path: Path) -> None:
    clock = StillClock()
    lease = Lease(clock)
    lease.renewed(clock.monotonic())

    class Deaf(Ears):
        async def answer(self, webhook: object, reply: Reply) -> None:
            raise OutcomeUnknown("webhook", "took too long")

    ears = Deaf()
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        desk = a_desk(store, clock, ears, lease)
        punch = await a_taken_punch(store)
        await first_word(desk, punch, lease.term, SessionWebhook("https://webhook", clock.now()))
        (heard,) = ears.heard
        assert heard.endswith(AGAIN)
        assert await store.receipts.take_due(clock.now(), 9) == []


async def test_a_receipt_that_surely_did_not_come_does_not_say_that_it_may_have(tmp_path: Path) -> None:
    clock = StillClock()
    lease = Lease(clock)
    lease.renewed(clock.monotonic())

    class Expired(Ears):
        async def answer(self, webhook: object, reply: Reply) -> None:
            raise NotSent("webhook", "expired")

    ears = Expired()
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        desk = a_desk(store, clock, ears, lease)
        punch = await a_taken_punch(store)
        await first_word(desk, punch, lease.term, SessionWebhook("https://webhook", clock.now()))
        (heard,) = ears.heard
        assert AGAIN not in heard


async def test_a_receipt_that_was_tried_before_says_that_it_may_have_come(tmp_path: Path) -> None:
    clock = StillClock()
    lease = Lease(clock)
    lease.renewed(clock.monotonic())

    class Silent(Ears):
        tries = 0

        async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
            self.tries += 1
            if self.tries == 1:
                raise OutcomeUnknown("robot", "took too long")
            return await super().send(user_ids, reply, urgent=urgent)

    ears = Silent()
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        desk = a_desk(store, clock, ears, lease)
        punch = await a_taken_punch(store)
        await first_word(desk, punch, lease.term)
        clock.advance(60)
        await store.beat()
        lease.renewed(clock.monotonic())
        await given_later(desk, ears)
        (heard,) = ears.heard
        assert heard.endswith(AGAIN)


async def test_after_a_bug_the_first_word_is_owed_and_given_without_a_restart(tmp_path: Path) -> None:
    clock, ears = StillClock(), Ears(bugs=1)
    lease = Lease(clock)
    lease.renewed(clock.monotonic())
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        desk = a_desk(store, clock, ears, lease)
        punch = await a_taken_punch(store)
        await first_word(desk, punch, lease.term)
        assert ears.heard == []
        clock.advance(60)
        await store.beat()
        lease.renewed(clock.monotonic())
        await given_later(desk, ears)
        assert len(ears.heard) == 1
