"""The outbox on both databases: one process at a time works on a row until its message is sent."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.messages import Kind, Owed
from bot.domain.punches import DeliveryState
from bot.storage import Store
from tests.storage.stage import NOON, PostgresqlStage, Stage, punched

ACCEPTED, SENT, UNKNOWN = DeliveryState.ACCEPTED, DeliveryState.SENT, DeliveryState.UNKNOWN
LAMP = [
    Owed(Kind.ALERT, "lamp", who, ["Alert", "The lamp is out."]) for who in ("admin1", "admin2")
]
EARLIER = NOON - timedelta(hours=12)


async def test_a_postponed_row_comes_again_with_its_tries(store: Store, stage: Stage) -> None:
    await store.alerts.raise_anew(LAMP[:1], EARLIER)
    [first] = await store.alerts.take_due(NOON, 10)
    await store.alerts.postpone(first, NOON + timedelta(seconds=30))
    assert list(await store.alerts.take_due(NOON + timedelta(seconds=29), 10)) == []
    stage.clock.move(31)
    [again] = await store.alerts.take_due(stage.clock.now(), 10)
    assert again == replace(LAMP[0], tries=1)
    await store.alerts.note_sent(again)
    await store.alerts.postpone(again, NOON)  # too late
    assert list(await store.alerts.take_due(stage.clock.now(), 10)) == []


async def test_a_row_taken_over_ignores_its_former_process(
    postgresql_stage: PostgresqlStage,
) -> None:
    stage = postgresql_stage
    one, two = await stage.open("one"), await stage.open("two")
    await one.alerts.raise_anew(LAMP[:1], EARLIER)
    [first] = await one.alerts.take_due(NOON, 10)
    stage.clock.move(10.1)  # "one" pauses until its claims end
    await two.database.beat()
    [second] = await two.alerts.take_due(stage.clock.now(), 10)
    await one.alerts.postpone(first, NOON)  # it goes on, and another process has the row
    await one.alerts.note_sent(first)
    await two.alerts.note_sent(second)
    stage.clock.move(60)
    await two.database.beat()
    assert list(await two.alerts.take_due(stage.clock.now(), 10)) == []


async def test_only_a_newer_alert_is_raised_again(store: Store, stage: Stage) -> None:
    await store.alerts.raise_anew(LAMP, EARLIER)
    for one in await store.alerts.take_due(NOON, 10):
        await store.alerts.note_sent(one)
    stage.clock.move(60)
    await store.alerts.raise_anew(LAMP, NOON)  # raised by a restarted or another process
    assert list(await store.alerts.take_due(stage.clock.now(), 10)) == []
    other = [replace(one, payload=["Alert", "The lamp is out again."]) for one in LAMP]
    # the trouble ended in between
    await store.alerts.raise_anew(other, stage.clock.now() - timedelta(seconds=1))
    again = await store.alerts.take_due(stage.clock.now(), 10)
    assert sorted(again, key=lambda one: one.recipient) == other


# --- receipts ---


async def due(store: Store, stage: Stage, limit: int = 100) -> list[Owed]:
    return list(await store.receipts.take_due(stage.clock.now(), limit))


async def test_the_recording_process_has_the_receipt(store: Store, stage: Stage) -> None:
    await punched(store, "m1")
    assert await due(store, stage) == []
