"""People and plans on both databases."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Any

import psycopg

from bot.domain.people import Department, Employee, Organisation
from bot.domain.shifts import CheckPoint, CheckType, DayPlan
from bot.storage import open_store
from tests.builders import TUESDAY, a_plan, a_shift
from tests.storage.stage import LATER, NOON, HandClock, PostgresqlStage, Stage
from tests.waiting import until

LI = Employee("u1", "李雷", "union-1", (1, 22), (22,), active=True)
HAN = Employee("u2", "韩\0梅梅", active=False)


async def test_people_are_read_back_with_the_time_they_were_read(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI, HAN], NOON)
    assert await store.people.get("u1") == (LI, NOON)
    assert await store.people.get("u3") is None
    found = await store.people.all()
    assert [employee.name for employee, _ in found] == ["李雷", "韩\ufffd梅梅"]


async def test_a_person_read_again_replaces_what_was_known(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI], NOON)
    moved = Employee("u1", "李雷", None, (3,), (), active=False)
    await store.people.put([moved], LATER)
    assert await store.people.all() == [(moved, LATER)]


async def test_somebody_who_left_is_forgotten_and_may_come_back(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI], NOON)
    await store.people.remove(["u1", "nobody"], NOON)
    assert await store.people.get("u1") is None
    assert await store.people.all() == []
    await store.people.put([LI], LATER)
    assert await store.people.get("u1") == (LI, LATER)


async def test_a_reading_of_before_somebody_was_missed_brings_them_back_no_more(stage: Stage) -> None:
    store = await stage.open()
    assert await store.people.put([LI, HAN], NOON) == frozenset()
    stage.clock.move(60)
    await store.people.remove(["u1"], stage.clock.now())
    assert await store.people.put([LI, HAN], NOON + timedelta(seconds=59)) == {"u1"}
    assert [employee.user_id for employee, _ in await store.people.all()] == ["u2"]
    stage.clock.move(1)
    assert await store.people.put([LI], stage.clock.now()) == frozenset()
    assert await store.people.get("u1") == (LI, NOON + timedelta(seconds=61))


async def test_nothing_that_is_read_brings_back_within_ten_minutes_who_left(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI], NOON)
    await store.people.left(["u1", "u2", "u1"], NOON)  # one of them was never read
    await store.people.remove(["u1"], NOON + timedelta(minutes=1))  # a reading misses them, too
    assert await store.people.has_left("u1")
    stage.clock.move(595)
    assert await store.people.put([LI, HAN], stage.clock.now()) == {"u1", "u2"}
    assert await store.people.all() == []
    stage.clock.move(10)
    assert await store.people.put([LI, HAN], NOON + timedelta(minutes=9)) == {"u1", "u2"}, "begun before"
    assert await store.people.put([LI, HAN], stage.clock.now()) == frozenset()
    assert len(await store.people.all()) == 2


async def test_who_joined_after_they_left_is_brought_back_and_who_joined_before_is_not(
    stage: Stage,
) -> None:
    store = await stage.open()
    await store.people.left(["u1", "u2"], NOON)
    await store.people.joined(["u1", "nobody"], NOON)
    await store.people.joined(["u2"], NOON - timedelta(milliseconds=1))
    assert await store.people.get("u1") is None, "nothing was read of them yet"
    assert await store.people.put([LI, HAN], stage.clock.now()) == {"u2"}
    stage.clock.move((LATER - NOON).total_seconds())
    await store.people.left(["u1"], LATER)
    await store.people.joined(["u1"], NOON)  # told once more
    assert await store.people.put([LI], stage.clock.now()) == {"u1"}


async def test_the_clock_of_a_process_does_not_tell_who_is_gone(postgresql_stage: PostgresqlStage) -> None:
    store = await postgresql_stage.open()
    for wrong in (timedelta(hours=-3), timedelta(hours=3)):
        ahead = HandClock()
        ahead.move(wrong.total_seconds())
        other = open_store(postgresql_stage.url, clock=ahead, owner="two", random=Random(2))
        postgresql_stage.adopt(other)
        await other.open()
        begun = ahead.now()
        ahead.move(1)
        await store.people.left(["u1"], NOON)
        assert await other.people.put([LI, HAN], begun) == {"u1"}
        await other.people.joined(["u1"], NOON)
        assert await other.people.put([LI, HAN], begun) == frozenset()
        assert await store.people.get("u1") == (LI, begun)


async def test_who_leaves_while_they_are_being_put_is_gone(postgresql_stage: PostgresqlStage) -> None:
    """The event is written and not yet confirmed when another process puts what it read: the put waits for it."""
    store = await postgresql_stage.open()
    await store.people.put([LI, HAN], NOON)
    with psycopg.connect(postgresql_stage.url) as event:
        event.execute("UPDATE people SET left_ms = %s WHERE user_id = 'u1'", [2**52])
        putting = asyncio.create_task(store.people.put([HAN, LI], NOON))
        await until(lambda: bool(waiting(postgresql_stage.url)), what="the put to wait for the row")
    assert await putting == {"u1"}
    assert await store.people.get("u1") is None


def waiting(url: str) -> list[tuple[Any, ...]]:
    """Return which sessions of the database wait for a lock."""
    with psycopg.connect(url) as server:
        return server.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchall()


async def test_who_was_read_or_forgotten_lately_is_told_apart_from_all_others(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([HAN, Employee("u3", "Gone")], NOON - timedelta(days=1))
    await store.people.put([LI], NOON)
    await store.people.remove(["u3"], NOON)
    assert await store.people.changed(NOON, walked_at=None) == ([(LI, NOON)], ["u3"])
    assert await store.people.changed(LATER, walked_at=None) == ([], [])
    assert await store.people.changed(NOON, walked_at=NOON) is None
    await store.people.replace(Organisation((LI,), ()), LATER)
    assert await store.people.changed(NOON, walked_at=None) is None
    assert await store.people.changed(NOON, walked_at=LATER) == ([], ["u3"])


async def test_a_walk_replaces_everybody_and_a_later_walk_stays(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI, HAN], NOON)
    stage.clock.move(60)
    later = stage.clock.now()
    await store.people.replace(Organisation((HAN,), (Department(1, "all"),)), later)
    await store.people.replace(Organisation((LI, HAN), ()), NOON + timedelta(seconds=1))
    assert [employee.user_id for employee, _ in await store.people.all()] == ["u2"]
    assert await store.people.tree() == ([Department(1, "all")], later)
    assert await store.people.put([LI], NOON + timedelta(seconds=59)) == {"u1"}, "begun before the walk"
    assert await store.people.put([LI], later) == frozenset()


async def test_people_of_a_department_that_came_back_empty_by_mistake_stay(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI, HAN], NOON)
    stage.clock.move(60)
    await store.people.replace(Organisation((), (), unsure=frozenset({22})), stage.clock.now())
    assert await store.people.all() == [(LI, NOON)]


async def test_who_was_read_while_others_were_walked_stays(stage: Stage) -> None:
    store = await stage.open()
    stage.clock.move(60)
    await store.people.put([LI], stage.clock.now())
    await store.people.replace(Organisation((HAN,), ()), NOON)
    assert [employee.user_id for employee, _ in await store.people.all()] == ["u1", "u2"]


async def test_more_people_than_one_transaction_takes_are_all_stored(stage: Stage) -> None:
    store = await stage.open()
    many = [Employee(f"u{number:04}", "Somebody", department_ids=(1,)) for number in range(1201)]
    await store.people.put(many, NOON)
    assert [employee for employee, _ in await store.people.all()] == many


async def test_nobody_can_be_put_and_removed(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([], NOON)
    await store.people.remove([], NOON)
    assert await store.people.all() == []


async def test_a_person_is_doubted_until_a_reading_that_begins_after_the_event(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI, HAN], NOON)
    stage.clock.move(60)
    await store.people.doubt(["u1", "u2", "new"])
    await stage.crash()
    again = await stage.open("two")
    assert await again.people.doubted() == (frozenset({"u1", "u2", "new"}), frozenset())
    await again.people.put([LI], NOON + timedelta(seconds=59))
    assert "u1" in (await again.people.doubted()).people, "this reading began before the event"
    await again.people.put([LI], stage.clock.now())
    await again.people.remove(["new"], stage.clock.now())
    assert (await again.people.doubted()).people == {"u2"}


async def test_departments_are_doubted_until_a_walk_that_begins_after_the_event(stage: Stage) -> None:
    store = await stage.open()
    walked_at = NOON + timedelta(seconds=1)
    stage.clock.move(2)
    await store.people.doubt(["u1"], [22, None])
    await store.people.replace(Organisation((LI,), ()), walked_at)
    assert await store.people.doubted() == (frozenset({"u1"}), frozenset({22, None}))
    await store.people.replace(Organisation((LI,), ()), stage.clock.now())
    assert await store.people.doubted() == (frozenset(), frozenset())


async def test_plans_are_read_back_whole(stage: Stage) -> None:
    store = await stage.open()
    split = a_shift(("09:00", "12:00"), ("22:00", "06:00"), grace_minutes=None, absenteeism_minutes=120)
    point = CheckPoint(TUESDAY, CheckType.ON_DUTY, 7, NOON, NOON, LATER, a_shift(serious_late_minutes=30))
    plans = [
        a_plan(split),
        DayPlan(TUESDAY + timedelta(days=1)),
        DayPlan(TUESDAY + timedelta(days=2), (*a_plan(split).points, point), "mixed"),
    ]
    await store.plans.put({"u1": plans, "u2": plans[:1]}, NOON)
    assert await store.plans.get("u1", TUESDAY, TUESDAY + timedelta(days=2)) == (plans, NOON)
    assert await store.plans.get("u2", TUESDAY, TUESDAY) == (plans[:1], NOON)


async def test_a_missing_day_makes_the_plans_missing(stage: Stage) -> None:
    store = await stage.open()
    await store.plans.put({"u1": [DayPlan(TUESDAY), DayPlan(TUESDAY + timedelta(days=2))]}, NOON)
    assert await store.plans.get("u1", TUESDAY, TUESDAY + timedelta(days=2)) is None
    assert await store.plans.get("u2", TUESDAY, TUESDAY) is None


async def test_plans_are_as_old_as_the_oldest_of_them(stage: Stage) -> None:
    store = await stage.open()
    days = [DayPlan(TUESDAY), DayPlan(TUESDAY + timedelta(days=1), (), "rest")]
    await store.plans.put({"u1": days}, NOON)
    await store.plans.put({"u1": days[1:]}, LATER)
    found = await store.plans.get("u1", TUESDAY, TUESDAY + timedelta(days=1))
    assert found == (days, NOON)


async def test_plans_of_long_ago_are_forgotten(stage: Stage) -> None:
    store = await stage.open()
    days = [DayPlan(TUESDAY + timedelta(days=offset)) for offset in range(-1, 2)]
    await store.plans.put({f"u{number}": days for number in range(1000)}, NOON)
    await store.plans.forget(TUESDAY)
    assert await store.plans.get("u7", TUESDAY - timedelta(days=1), TUESDAY - timedelta(days=1)) is None
    assert await store.plans.get("u7", TUESDAY, TUESDAY + timedelta(days=1)) == (days[1:], NOON)
    found = await store.plans.changed(TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=1), None)
    assert len(found) == 2000
