"""Receipts on both databases: owed until the person knows, claimed once, taken over after a crash."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.domain.deliveries import APPROVE_CHECK, DeliveryState
from bot.domain.outbox import Kind, Owed
from bot.storage import Store
from bot.storage.deliveries import Delivery
from bot.storage.outbox import receipt_of
from bot.storage.statements import Statement
from bot.storage.tables import outbox
from bot.storage.urls import engine_of
from tests.storage.stage import ADDRESS, NOON, Stage, delivery, punched

TOLD = Statement(select(outbox.c.state).where(outbox.c.kind == Kind.RECEIPT.value))

ACCEPTED, SENT, UNKNOWN = DeliveryState.ACCEPTED, DeliveryState.SENT, DeliveryState.UNKNOWN


async def due(store: Store, stage: Stage, limit: int = 100) -> list[Owed]:
    return list(await store.receipts.take_due(stage.clock.now(), limit))


async def test_a_fresh_receipt_is_in_the_hands_of_who_recorded_the_punch(stage: Stage) -> None:
    store = await stage.open()
    await punched(store, "m1")
    assert await due(store, stage) == []


async def test_after_a_crash_a_receipt_is_taken_over_once(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1")
    punch = await store.deliveries.settle(delivery(punch), SENT)
    await stage.crash()
    again = await stage.open("two")
    assert await due(again, stage) == [receipt_of(punch, ADDRESS)]
    assert await due(again, stage) == []


async def test_nothing_is_owed_once_it_is_closed(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1")
    await store.deliveries.settle(delivery(punch), SENT)
    await store.receipts.told([receipt_of(punch, ADDRESS)], SENT)
    await store.receipts.postpone([receipt_of(punch, ADDRESS)], NOON)
    await stage.crash()
    assert await due(await stage.open("two"), stage) == []


async def test_after_the_first_word_the_second_is_due_when_every_target_has_answered(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1", "u1", "signed", "record_upload")
    await store.receipts.told([receipt_of(punch, ADDRESS)], ACCEPTED, is_over=False)
    assert await due(store, stage) == []
    await store.deliveries.settle(delivery(punch), SENT)
    assert await due(store, stage) == []
    punch = await store.deliveries.settle(delivery(punch, "record_upload"), SENT)
    assert await due(store, stage) == [replace(receipt_of(punch, ADDRESS), state=ACCEPTED)]


async def test_a_mark_that_is_still_looked_for_is_told_of_once_more_when_that_is_over(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1", "u1", "signed", APPROVE_CHECK)
    await store.deliveries.settle(delivery(punch), SENT)
    punch = await store.deliveries.settle(delivery(punch, APPROVE_CHECK), UNKNOWN)
    assert punch.settled
    await store.receipts.told([receipt_of(punch, ADDRESS)], SENT)
    assert await due(store, stage) == []
    punch = await store.deliveries.settle(Delivery(punch, APPROVE_CHECK, UNKNOWN), SENT, looked_up=True)
    assert await due(store, stage) == [replace(receipt_of(punch, ADDRESS), state=SENT)]
    await store.receipts.told([receipt_of(punch, ADDRESS)], SENT)
    stage.clock.move(10.1)
    assert await due(store, stage) == []


async def test_a_mark_that_nobody_looks_for_any_more_is_told_of_and_then_left(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1", "u1", "signed", APPROVE_CHECK)
    await store.deliveries.settle(delivery(punch), SENT)
    punch = await store.deliveries.settle(delivery(punch, APPROVE_CHECK), UNKNOWN, reason="no", is_over=True)
    assert await store.ledger.of_message("m1") == punch
    assert punch.reasons == {APPROVE_CHECK: "no"}
    await store.receipts.told([receipt_of(punch, ADDRESS)], SENT, is_over=punch.settled)
    stage.clock.move(10.1)
    assert await due(store, stage) == []


async def test_a_postponed_receipt_is_due_again_at_its_time_one_try_later(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1")
    await store.receipts.postpone([receipt_of(punch, ADDRESS)], NOON + timedelta(seconds=4))
    assert await due(store, stage) == []
    stage.clock.move(4)
    assert await due(store, stage) == [replace(receipt_of(punch, ADDRESS), tries=1)]


async def test_the_receipt_of_one_punch_is_taken_by_nobody_while_somebody_has_it(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1")
    assert await store.receipts.take(punch.punch_id, stage.clock.now()) is None
    await stage.crash()
    again = await stage.open("two")
    tasks = (again.receipts.take(punch.punch_id, stage.clock.now()) for _ in range(4))
    assert [found for found in await asyncio.gather(*tasks) if found] == [receipt_of(punch, ADDRESS)]
    assert await due(again, stage) == []
    await stage.crash()
    assert await due(await stage.open("three"), stage) == [receipt_of(punch, ADDRESS)]


async def test_the_receipt_of_one_punch_is_taken_when_it_is_due_and_has_something_new_to_say(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1")
    take = lambda: store.receipts.take(punch.punch_id, stage.clock.now())  # noqa: E731
    await store.receipts.postpone([receipt_of(punch, ADDRESS)], NOON + timedelta(seconds=4))
    assert await take() is None
    stage.clock.move(4)
    assert await take() == replace(receipt_of(punch, ADDRESS), tries=1)
    await store.receipts.told([receipt_of(punch, ADDRESS)], ACCEPTED, is_over=False)
    assert await take() is None
    punch = await store.deliveries.settle(delivery(punch), SENT)
    assert await take() == replace(receipt_of(punch, ADDRESS), state=ACCEPTED, tries=1)
    await store.receipts.told([receipt_of(punch, ADDRESS)], SENT)
    assert await take() is None


async def test_many_tasks_claim_each_receipt_once(stage: Stage) -> None:
    store = await stage.open()
    for number in range(20):
        punch = await punched(store, f"m{number}", f"u{number}")
        await store.receipts.postpone([receipt_of(punch, ADDRESS)], NOON - timedelta(minutes=30 - number))
    first = await due(store, stage, limit=3)
    assert [receipt.punch.message_id for receipt in first] == ["m0", "m1", "m2"]
    batches = await asyncio.gather(*(due(store, stage, limit=4) for _ in range(8)))
    claimed = [receipt.punch.message_id for batch in batches for receipt in batch]
    assert sorted(claimed) == sorted(f"m{number}" for number in range(3, 20))


async def test_a_clock_that_is_set_back_holds_no_receipt_up(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1")
    await store.receipts.postpone([receipt_of(punch, ADDRESS)], NOON + timedelta(seconds=5))
    stage.clock.move(-1800)
    assert await due(store, stage) == [replace(receipt_of(punch, ADDRESS), tries=1)]


async def test_what_was_said_late_does_not_change_what_is_closed(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1")
    await store.deliveries.settle(delivery(punch), SENT)
    await store.receipts.told([receipt_of(punch, ADDRESS)], SENT)
    await store.receipts.told([receipt_of(punch, ADDRESS)], ACCEPTED, is_over=False)
    connection = engine_of(stage.url).open_read_only()
    assert list(connection.rows(TOLD, {})) == [(SENT.value,)]
    connection.close()
