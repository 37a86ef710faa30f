"""Times that a clock ahead of time stored count as old after its correction, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.messages import Kind, Owed
from bot.domain.people import Department, Employee
from bot.domain.punches import DeliveryState
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.storage import Store
from tests.builders import ON_TUESDAY, TUESDAY
from tests.storage.stage import NOON, PostgresqlStage, Stage, a_message, delivery, punched

HOUR = timedelta(hours=1)
LI = Employee("u1", "Li", None, (2,), (2,), active=True)
HAN = Employee("u2", "Han", None, (2,), (), active=True)
TEAM = Department(2, "Team", 1)
AHEAD = [3 * HOUR, 24 * HOUR]


@contextmanager
def ahead(stage: Stage, jump: timedelta) -> Iterator[None]:
    """Let the clock be ahead inside the block."""
    stage.clock.move(jump.total_seconds())
    yield
    stage.clock.move(-jump.total_seconds())


@pytest.mark.parametrize("jump", AHEAD)
async def test_a_later_read_of_people_counts(store: Store, stage: Stage, jump: timedelta) -> None:
    with ahead(stage, jump):
        await store.people.replace((LI, HAN), (TEAM,), stage.clock.now())
        await store.people.doubt(["u1", ""])
    stage.clock.move(300)
    await store.people.store([replace(LI, leads=())], stage.clock.now(), gone=["u2"])
    _, stored = await store.people.load_changes(-1)
    assert stored is not None
    assert stored.employees == [replace(LI, leads=())]
    stage.clock.move(1)
    await store.people.replace((HAN,), (), stage.clock.now())
    doubted, stored = await store.people.load_changes(-1)
    assert stored is not None
    assert (doubted, stored.employees, stored.departments) == (frozenset(), [HAN], [])


async def test_a_walk_that_began_ahead_of_time_removes_nobody(store: Store, stage: Stage) -> None:
    await store.people.replace((LI, HAN), (TEAM,), stage.clock.now() + 3 * HOUR)
    await store.people.replace((LI, HAN), (TEAM,), stage.clock.now() + 3 * HOUR)
    _, stored = await store.people.load_changes(-1)
    assert stored is not None
    assert stored.employees == [LI, HAN]


async def test_a_read_that_began_ahead_of_time_ends_no_doubt(store: Store, stage: Stage) -> None:
    await store.people.doubt(["u1"])
    await store.people.store([LI], stage.clock.now() + 3 * HOUR)
    assert (await store.people.load_changes(-1))[0] == {"u1"}


async def test_a_day_read_ahead_of_time_is_unread(store: Store, stage: Stage) -> None:
    with ahead(stage, 24 * HOUR):
        await store.days.note_read(["u1"], ON_TUESDAY, stage.clock.now())
    assert await store.days.read_until(["u1"], ON_TUESDAY) == {}
    await store.days.note_read(["u1"], ON_TUESDAY, NOON)
    assert await store.days.read_until(["u1"], ON_TUESDAY) == {"u1": {TUESDAY: NOON}}


@pytest.mark.parametrize("jump", AHEAD)
async def test_the_last_look_goes_back(store: Store, stage: Stage, jump: timedelta) -> None:
    with ahead(stage, jump):
        await store.reminders.note_claimed_until(stage.clock.now())
    await store.reminders.note_claimed_until(NOON)
    assert await store.reminders.claimed_until() == NOON


async def test_a_reminder_claimed_ahead_of_time_waits_for_its_moment(
    store: Store, stage: Stage
) -> None:
    due_at = NOON + 3 * HOUR
    early = Reminder("u1", ReminderKind.BEFORE, TUESDAY, "OnDuty/0", due_at, due_at, "10")
    with ahead(stage, 3 * HOUR):
        await store.reminders.claim([early])
        await store.reminders.settle([early], ReminderState.CLAIMED)
    await store.figures.shorten_waits()
    assert await store.reminders.take_over() == []
    stage.clock.move(3 * 3600)
    assert await store.reminders.take_over() == [early]


@pytest.mark.parametrize("jump", AHEAD)
async def test_rows_postponed_ahead_of_time_are_due(
    store: Store, stage: Stage, jump: timedelta
) -> None:
    punch = await punched(store, "m0")
    await store.inbox.accept(a_message("m1", "u2"))
    with ahead(stage, jump):
        later = stage.clock.now() + timedelta(seconds=30)
        await store.deliveries.settle(delivery(punch), DeliveryState.ACCEPTED, next_at=later)
        await store.inbox.release("m1", later)
    await store.figures.shorten_waits()
    assert [due.punch.punch_id for due in await store.deliveries.take_due(NOON, 9)] == [
        punch.punch_id
    ]
    assert [message.message_id for message in await store.inbox.take_over(9)] == ["m1"]


async def test_a_usual_wait_goes_on(store: Store) -> None:
    punch = await punched(store, "m0")
    later = NOON + timedelta(minutes=5)
    await store.deliveries.settle(delivery(punch), DeliveryState.ACCEPTED, next_at=later)
    await store.figures.shorten_waits()
    assert await store.deliveries.take_due(NOON, 9) == []


async def test_an_alert_raised_ahead_of_time_is_raised_again(store: Store, stage: Stage) -> None:
    alert = Owed(Kind.ALERT, "trouble", "admin", ["title", "text"])
    with ahead(stage, 3 * HOUR):
        await store.alerts.raise_anew([alert], stage.clock.now() - HOUR)
        (row,) = await store.alerts.take_due(stage.clock.now(), 9)
        await store.alerts.note_sent(row)
    await store.alerts.raise_anew([alert], NOON - HOUR)
    assert len(await store.alerts.take_due(NOON, 9)) == 1


async def test_a_dead_process_does_not_live_on(postgresql_stage: PostgresqlStage) -> None:
    one = await postgresql_stage.open("one")
    two = await postgresql_stage.open("two")
    assert await one.inbox.accept(a_message("m1"))
    with ahead(postgresql_stage, 3 * HOUR):
        await one.database.beat()
        await two.database.beat()
    await two.database.beat()
    assert await two.inbox.take_over(9) == [], "it may still live"
    postgresql_stage.clock.move(10.1)
    await two.database.beat()
    assert [message.message_id for message in await two.inbox.take_over(9)] == ["m1"]
