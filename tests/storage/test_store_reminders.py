"""Reminders on both databases: each claimed by one process, begun once, settled for good."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.storage import Store
from tests.builders import TUESDAY
from tests.storage.stage import NOON, PostgresqlStage, Stage

CLAIMED, SENT, SHADOW = ReminderState.CLAIMED, ReminderState.SENT, ReminderState.SHADOW
DROPPED, UNKNOWN = ReminderState.DROPPED, ReminderState.UNKNOWN
WEDNESDAY = TUESDAY + timedelta(days=1)


def a_reminder(
    person: str = "u1",
    which: str = "before:10",
    *,
    kind: ReminderKind = ReminderKind.BEFORE,
    state: ReminderState = CLAIMED,
    moment: datetime = NOON,
    day: date = TUESDAY,
    check_point: str = "OnDuty/0",
) -> Reminder:
    return Reminder(person, day, check_point, which, kind, moment, NOON + timedelta(minutes=10), state)


def many(count: int) -> list[Reminder]:
    return [a_reminder(f"u{number:05}") for number in range(count)]


async def all_of(store: Store) -> list[Reminder]:
    return list(await store.reminders.between(TUESDAY, WEDNESDAY))


async def states(store: Store) -> list[ReminderState]:
    return [reminder.state for reminder in await all_of(store)]


async def due(store: Store, stage: Stage) -> list[Reminder]:
    return list(await store.reminders.take_over(stage.clock.now(), 100))


async def test_a_reminder_is_claimed_once(stage: Stage) -> None:
    store = await stage.open()
    first, second, third = a_reminder("u1"), a_reminder("u2"), a_reminder("u1", "after:5")
    again = replace(first, moment=NOON - timedelta(minutes=1))
    assert await store.reminders.claim([second, first, again]) == [second, again]
    assert await store.reminders.claim([first, third, second]) == [third]
    assert await store.reminders.claim([]) == []


async def test_a_claim_of_thousands_is_whole_and_in_the_order_asked_for(stage: Stage) -> None:
    store = await stage.open()
    wanted = many(1201)
    assert await store.reminders.claim(wanted[500:700]) == wanted[500:700]
    assert await store.reminders.claim(wanted[::-1]) == [*wanted[:500], *wanted[700:]][::-1]
    assert await all_of(store) == wanted


async def test_reminders_are_read_back_in_the_order_of_their_moments(stage: Stage) -> None:
    store = await stage.open()
    late = a_reminder("小\0明", "snooze:1", kind=ReminderKind.SNOOZE, moment=NOON + timedelta(milliseconds=1))
    night = a_reminder("u3", day=WEDNESDAY, check_point="OffDuty/1", state=DROPPED)
    night = replace(night, reason="half \ud800 a pair")
    nudge = replace(a_reminder("u2", "nudge", kind=ReminderKind.NUDGE), asked_by="a lead")
    await store.reminders.claim([late, night, nudge])
    night = replace(night, reason="half \ufffd a pair")
    assert await all_of(store) == [nudge, night, replace(late, user_id="小\ufffd明")]
    assert await store.reminders.between(WEDNESDAY, WEDNESDAY) == [night]


async def test_what_is_stored_settled_waits_for_nobody(stage: Stage) -> None:
    store = await stage.open()
    wanted = [a_reminder(state.value, state=state) for state in (SHADOW, DROPPED)]
    assert await store.reminders.claim(wanted) == wanted
    await stage.crash()
    again = await stage.open("two")
    assert await due(again, stage) == []
    assert sorted(await states(again)) == [DROPPED, SHADOW]


async def test_a_begun_reminder_is_settled_and_never_begun_again(stage: Stage) -> None:
    store = await stage.open()
    wanted = many(3)
    await store.reminders.claim(wanted)
    assert await store.reminders.begin(wanted[:2]) == wanted[:2]
    assert await store.reminders.begin(wanted) == wanted[2:], "two hands of one process do not both send"
    await store.reminders.settle(wanted[:1], SENT)
    await store.reminders.settle(wanted[1:2], UNKNOWN, "timed out")
    assert await due(store, stage) == []
    await store.reminders.settle(wanted[1:2], DROPPED, "no app\0")
    assert await store.reminders.begin(wanted) == []
    await store.reminders.settle(wanted[:1], DROPPED, "punched")
    await store.reminders.again(wanted[:1], NOON)
    assert [(found.state, found.reason) for found in await all_of(store)] == [
        (SENT, ""),
        (DROPPED, "no app\ufffd"),
        (CLAIMED, ""),
    ]


async def test_what_is_to_be_tried_again_is_nobodys_until_then(stage: Stage) -> None:
    store = await stage.open()
    first, second = many(2)
    await store.reminders.claim([first, second])
    await store.reminders.begin([first])
    await store.reminders.again([second], NOON + timedelta(seconds=20))
    await store.reminders.again([first], NOON + timedelta(seconds=30))
    assert await store.reminders.begin([first, second]) == []
    assert await due(store, stage) == []
    stage.clock.move(20)
    assert await due(store, stage) == [second]
    assert await due(store, stage) == [], "it is claimed now"
    stage.clock.move(10)
    assert await due(store, stage) == [first]
    assert await store.reminders.begin([first, second]) == [first, second]


async def test_after_a_crash_what_was_begun_is_unknown_and_the_rest_is_taken_over(stage: Stage) -> None:
    store = await stage.open()
    begun, waiting, sent, ahead = many(4)
    ahead = replace(ahead, moment=NOON + timedelta(hours=1))
    await store.reminders.claim([begun, waiting, sent, ahead])
    await store.reminders.begin([begun, sent])
    await store.reminders.settle([sent], SENT)
    await stage.crash()
    again = await stage.open("two")
    assert await again.reminders.take_over(stage.clock.now(), 2) == [waiting, ahead]
    assert await due(again, stage) == []
    assert await states(again) == [UNKNOWN, CLAIMED, SENT, CLAIMED]
    assert await again.reminders.begin([begun, waiting, sent]) == [waiting]


async def test_what_was_dropped_does_not_count_as_spoken(stage: Stage) -> None:
    store = await stage.open()
    kinds = (ReminderKind.BEFORE, ReminderKind.AFTER, ReminderKind.SNOOZE, ReminderKind.NUDGE)
    wanted = [
        a_reminder("u1", f"{kind}:{state}", kind=kind, state=state) for kind in kinds for state in ReminderState
    ]
    await store.reminders.claim([*wanted, a_reminder("u1", check_point="OffDuty/0"), a_reminder(day=WEDNESDAY)])
    said = 2 * (len(ReminderState) - 1)
    assert await store.reminders.spoken(TUESDAY, TUESDAY, 1) == {
        a_reminder().check: said,
        a_reminder(check_point="OffDuty/0").check: 1,
    }
    assert await store.reminders.spoken(TUESDAY, TUESDAY, said) == {a_reminder().check: said}
    await store.reminders.settle([a_reminder(day=WEDNESDAY)], DROPPED)
    assert await store.reminders.spoken(WEDNESDAY, WEDNESDAY, 1) == {}


async def test_the_moment_looked_at_never_goes_back(stage: Stage) -> None:
    store = await stage.open()
    assert await store.reminders.looked_at() is None
    for minutes, then in ((0, 0), (1, 1), (-5, 1), (2, 2)):
        await store.reminders.look_on(NOON + timedelta(minutes=minutes))
        assert await store.reminders.looked_at() == NOON + timedelta(minutes=then)
    assert await store.digests.looked_at() is None


async def test_two_processes_that_claim_the_same_get_each_one_once(postgresql_stage: PostgresqlStage) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    wanted = many(2500)
    mine, theirs = await asyncio.gather(one.reminders.claim(wanted), two.reminders.claim(wanted[::-1]))
    assert sorted([*mine, *theirs], key=lambda reminder: reminder.key) == wanted
    assert await one.reminders.begin(wanted) == mine
    assert await two.reminders.begin(wanted) == sorted(theirs, key=lambda reminder: reminder.key)


async def test_a_living_process_keeps_what_it_has_until_it_closes(postgresql_stage: PostgresqlStage) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    wanted = many(4)
    await one.reminders.claim(wanted)
    await one.reminders.begin(wanted[:1])
    for _ in range(3):
        postgresql_stage.clock.move(9)
        await one.beat()
        await two.beat()
        assert await due(two, postgresql_stage) == []
    assert await two.reminders.begin(wanted) == []
    await two.reminders.settle(wanted, DROPPED, "punched")
    await two.reminders.again(wanted, NOON)
    assert await states(two) == [CLAIMED] * 4
    assert await one.reminders.begin(wanted[1:2]) == wanted[1:2]
    await one.close()
    assert await due(two, postgresql_stage) == wanted[2:]
    assert await states(two) == [UNKNOWN, UNKNOWN, CLAIMED, CLAIMED]


async def test_a_process_that_stood_still_sends_nothing_that_was_taken_from_it(
    postgresql_stage: PostgresqlStage,
) -> None:
    stalled, two = await postgresql_stage.open("stalled"), await postgresql_stage.open("two")
    begun, waiting = many(2)
    await stalled.reminders.claim([begun, waiting])
    await stalled.reminders.begin([begun])
    postgresql_stage.clock.move(11)
    await two.beat()
    assert await due(two, postgresql_stage) == [waiting]
    assert await stalled.reminders.begin([begun, waiting]) == []
    await stalled.reminders.settle([waiting], DROPPED, "punched")
    assert await states(two) == [UNKNOWN, CLAIMED]
    assert await two.reminders.begin([waiting]) == [waiting]
    await stalled.reminders.settle([begun], SENT)
    assert await states(two) == [SENT, CLAIMED]
