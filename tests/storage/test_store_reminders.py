"""Reminders on both databases: one process claims, begins and settles each."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.domain.slots import Days
from bot.storage import Store
from tests.builders import TUESDAY
from tests.storage.stage import NOON, PostgresqlStage, Stage

CLAIMED, SENT = ReminderState.CLAIMED, ReminderState.SENT
DROPPED, UNKNOWN = ReminderState.DROPPED, ReminderState.UNKNOWN
WEDNESDAY = TUESDAY + timedelta(days=1)


def a_reminder(
    person: str = "u1",
    which: str = "10",
    *,
    kind: ReminderKind = ReminderKind.BEFORE,
    moment: datetime = NOON,
    day: date = TUESDAY,
    check_point: str = "OnDuty/0",
) -> Reminder:
    return Reminder(person, kind, day, check_point, NOON + timedelta(minutes=10), moment, which)


def many(count: int) -> list[Reminder]:
    return [a_reminder(f"u{number:05}") for number in range(count)]


async def all_of(store: Store) -> list[Reminder]:
    return list(await store.reminders.between(Days(TUESDAY, WEDNESDAY)))


async def states(store: Store) -> list[ReminderState]:
    return [reminder.state for reminder in await all_of(store)]


async def test_reminders_are_ordered_by_their_moments(store: Store) -> None:
    late = a_reminder(
        "小\0明", "0910", kind=ReminderKind.SNOOZE, moment=NOON + timedelta(milliseconds=1)
    )
    night = a_reminder("u3", day=WEDNESDAY, check_point="OffDuty/1")
    night = replace(night, as_ding=True)
    nudge = replace(a_reminder("u2", "", kind=ReminderKind.NUDGE), asked_by="lead01")
    await store.reminders.claim([late, night, nudge])
    assert await all_of(store) == [nudge, night, late]
    assert await store.reminders.between(Days(WEDNESDAY, WEDNESDAY)) == [night]


async def test_a_begun_reminder_is_never_begun_again(store: Store) -> None:
    wanted = many(3)
    await store.reminders.claim(wanted)
    assert await store.reminders.begin(wanted[:2]) == wanted[:2]
    assert await store.reminders.begin(wanted) == wanted[2:], (
        "two hands of one process do not both send"
    )
    await store.reminders.settle(wanted[:1], SENT)
    await store.reminders.settle(wanted[1:2], UNKNOWN)
    await store.reminders.settle(wanted[1:2], DROPPED)
    assert await store.reminders.take_over() == []
    assert await store.reminders.begin(wanted) == []
    await store.reminders.settle(wanted[:1], DROPPED)
    await store.reminders.settle(wanted[:1], CLAIMED)
    assert await states(store) == [SENT, UNKNOWN, UNKNOWN]


async def test_a_postponed_reminder_is_free_for_any_process(store: Store) -> None:
    first, second = many(2)
    await store.reminders.claim([first, second])
    await store.reminders.begin([first])
    await store.reminders.settle([first, second], CLAIMED)
    assert await store.reminders.begin([first, second]) == []
    assert await store.reminders.take_over() == [first, second]
    assert await store.reminders.take_over() == [], "it is claimed now"
    assert await store.reminders.begin([first, second]) == [first, second]


async def test_a_begun_reminder_is_unknown_after_a_crash(store: Store, stage: Stage) -> None:
    begun, waiting, sent = many(3)
    await store.reminders.claim([begun, waiting, sent])
    await store.reminders.begin([begun, sent])
    await store.reminders.settle([sent], SENT)
    await stage.crash()
    again = await stage.open("two")
    assert await again.reminders.take_over() == [waiting]
    assert await again.reminders.take_over() == []
    assert await states(again) == [UNKNOWN, CLAIMED, SENT]
    assert await again.reminders.begin([begun, waiting, sent]) == [waiting]


async def test_the_last_look_ignores_a_clock_a_little_behind(store: Store) -> None:
    assert await store.reminders.claimed_until() is None
    for seconds, then in ((0, 0), (60, 60), (5, 60), (120, 120)):
        await store.reminders.note_claimed_until(NOON + timedelta(seconds=seconds))
        assert await store.reminders.claimed_until() == NOON + timedelta(seconds=then)


async def test_two_processes_claim_each_reminder_once(postgresql_stage: PostgresqlStage) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    wanted = many(2500)
    mine, theirs = await asyncio.gather(
        one.reminders.claim(wanted), two.reminders.claim(wanted[::-1])
    )
    assert sorted([*mine, *theirs], key=lambda reminder: reminder.key) == wanted
    assert await one.reminders.begin(wanted) == mine
    assert await two.reminders.begin(wanted) == sorted(theirs, key=lambda reminder: reminder.key)


async def test_a_living_process_keeps_its_reminders(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    begun, second, third = wanted = many(3)
    await one.reminders.claim(wanted)
    await one.reminders.begin([begun])
    for _ in range(3):
        postgresql_stage.clock.move(9)
        await one.database.beat()
        await two.database.beat()
        assert await two.reminders.take_over() == []
    assert await two.reminders.begin(wanted) == []
    await two.reminders.settle(wanted, DROPPED)
    await two.reminders.settle(wanted, CLAIMED)
    assert await states(two) == [UNKNOWN, CLAIMED, CLAIMED]
    assert await one.reminders.begin([second]) == [second]
    postgresql_stage.clock.move(11)  # the first process pauses
    await two.database.beat()
    assert await two.reminders.take_over() == [third]
    assert await one.reminders.begin(wanted) == []
    await one.reminders.settle([third], DROPPED)
    assert await two.reminders.begin([third]) == [third]
    await one.reminders.settle([begun], SENT)
    assert await states(two) == [SENT, UNKNOWN, UNKNOWN]
