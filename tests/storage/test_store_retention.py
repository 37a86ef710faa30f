"""Removing positions: what may go goes, what happened stays, on both databases."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.datum import Datum
from bot.domain.deliveries import DeliveryState
from bot.domain.people import Employee
from bot.domain.punches import Phone, Punch, PunchSource
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationResult, LocationSource, Whereabouts
from bot.services.upkeep import JOB, Purged, Tidying, purge
from bot.storage import Store, read_export
from bot.storage.chain import audit_ledger
from bot.storage.deliveries import Delivery
from bot.storage.tap_questions import TapQuestion
from tests.builders import SHANGHAI, TUESDAY
from tests.storage.stage import NOON, Stage, a_wish, always, record

FIX = Fix(39.908823, 116.39747, 12.0, Datum.GCJ02, LocationSource.TYPED)
HERE = Whereabouts(fix=FIX, site="HQ", distance_m=8.0, result=LocationResult.NORMAL)


async def punched_at_hq(store: Store, message_id: str, days_ago: float, *targets: str) -> Punch:
    at = NOON - timedelta(days=days_ago)
    wish = a_wish(message_id, message_id, at=at, where=HERE)
    recorded = await record(store, wish, always(None), targets=targets)
    assert recorded.punch is not None
    return recorded.punch


async def test_old_positions_go_and_the_ledger_stays_whole(stage: Stage) -> None:
    store = await stage.open()
    for message_id, days_ago in (("old", 61), ("just old", 60.01), ("young", 59.9)):
        await punched_at_hq(store, message_id, days_ago)
    await store.chain.seal(100)
    await store.inbox.quarantine("{half", "no JSON", NOON - timedelta(days=61))
    before = audit_ledger(stage.url)
    assert await purge(store.retention, stage.clock, keep=timedelta(days=60)) == Purged(2, 1)
    after = audit_ledger(stage.url)
    assert (after.broken, after.head) == (None, before.head)
    exported = {row.user_id: row for row in read_export(stage.url, TUESDAY, TUESDAY)}
    assert [row.latitude for _, row in sorted(exported.items())] == [None, None, FIX.latitude]
    assert {(row.site, row.location_result) for row in exported.values()} == {("HQ", LocationResult.NORMAL)}
    assert await purge(store.retention, stage.clock, keep=timedelta(days=60)) == Purged(0, 0)


async def test_who_asks_for_it_loses_their_positions_but_of_punches_still_to_be_sent(stage: Stage) -> None:
    store = await stage.open()
    sent, waits, other = [await punched_at_hq(store, message_id, 1, "signed") for message_id in ("m1", "m2", "m3")]
    for punch in (sent, other):
        await store.deliveries.settle(Delivery(punch, "signed", DeliveryState.ACCEPTED), DeliveryState.SENT)
    await store.chain.seal(100)
    before = audit_ledger(stage.url)
    assert [await store.retention.forget_positions_of(who) for who in ("m1", "m2", "nobody", "m1")] == [1, 0, 0, 0]
    kept = [await store.ledger.of_message(punch.message_id) for punch in (sent, waits)]
    assert [punch is not None and punch.where.fix is None for punch in kept] == [True, False]
    assert (audit_ledger(stage.url).broken, audit_ledger(stage.url).head) == (None, before.head)


async def test_the_position_of_a_punch_that_is_still_to_be_sent_goes_with_it_however_old(stage: Stage) -> None:
    store = await stage.open()
    waits = await punched_at_hq(store, "m1", 90, "signed")
    assert (await purge(store.retention, stage.clock, keep=timedelta(days=60))).positions == 0
    await store.deliveries.settle(Delivery(waits, "signed", DeliveryState.ACCEPTED), DeliveryState.SENT)
    assert (await purge(store.retention, stage.clock, keep=timedelta(days=60))).positions == 1


async def test_somebody_is_known_who_was_read_or_punched_also_after_they_left(stage: Stage) -> None:
    store = await stage.open()
    await punched_at_hq(store, "puncher", 1)
    await store.people.put([Employee("reader", "Li"), Employee("leaver", "Wu")], NOON)
    await store.people.remove(["leaver"], NOON)
    asked = ("puncher", "reader", "leaver", "nobody", "")
    assert [await store.retention.knows(who) for who in asked] == [True, True, True, False, False]


async def test_many_positions_go_in_steps(stage: Stage) -> None:
    store = await stage.open()
    for number in range(501):
        await punched_at_hq(store, f"m{number}", 90)
    assert (await purge(store.retention, stage.clock, keep=timedelta(days=60))).positions == 501


async def test_what_is_old_is_deleted_once_a_day_by_one_process(stage: Stage) -> None:
    store = await stage.open()
    await punched_at_hq(store, "old", 61)
    tidying = Tidying(store, stage.clock, SHANGHAI, keep_positions=timedelta(days=60))
    assert await store.jobs.take(JOB, TUESDAY.isoformat())
    await store.jobs.finish(JOB, TUESDAY.isoformat())
    await tidying.run()
    assert (await purge(store.retention, stage.clock, keep=timedelta(days=60))).positions == 1
    await punched_at_hq(store, "older", 70)
    stage.clock.move(24 * 3600)
    await tidying.run()
    assert (await purge(store.retention, stage.clock, keep=timedelta(days=60))).positions == 0


async def test_a_phone_goes_ninety_days_after_the_last_punch_from_it(stage: Stage) -> None:
    store = await stage.open()
    keep, seen = timedelta(days=60), (Phone("a", known=False, others=0), Phone("b", known=False, others=0))
    for phone in seen:
        tap = replace(a_wish(f"m {phone.digest}", "u1"), source=PunchSource.PAGE, phone=phone)
        await record(store, tap, always(None))
    stage.clock.move(timedelta(days=80).total_seconds())
    await record(store, replace(a_wish("m3", "u1"), source=PunchSource.PAGE, phone=seen[1]), always(None))
    assert (await purge(store.retention, stage.clock, keep=keep)).phones == 0
    stage.clock.move(timedelta(days=11).total_seconds())
    assert (await purge(store.retention, stage.clock, keep=keep)).phones == 1
    assert [await store.phones.holder(phone.digest) for phone in seen] == [None, "u1"]
    await store.retention.forget_positions_of("u1")
    assert await store.phones.holder("b") is None


async def test_a_tap_question_that_expired_goes_with_what_was_said_in_it(stage: Stage) -> None:
    store = await stage.open()
    for who, minutes in (("over", -1), ("open", 1), ("asks for it", 1)):
        until = NOON + timedelta(minutes=minutes)
        tap = TapQuestion(who, "m1", "1234", NOON, NOON, until, CheckType.ON_DUTY, "HQ", None, None, "a")
        await store.tap_questions.ask(tap)
    await purge(store.retention, stage.clock, keep=timedelta(days=60))
    await store.retention.forget_positions_of("asks for it")
    taps = {who: await store.tap_questions.answer(who, "1234") for who in ("over", "open", "asks for it")}
    assert [question is None for question in taps.values()] == [True, False, True]
