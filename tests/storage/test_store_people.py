"""People and departments on both databases: readings and events count in the order in which they began."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.domain.people import Department, Employee, Organisation
from bot.storage import Store
from tests.storage.stage import LATER, NOON, PostgresqlStage, Stage

LI = Employee("u1", "李雷", "union-1", (1, 22), (22,), active=True)
HAN = Employee("u2", "韩\0梅梅", active=False)
ROOT, SALES = Department(1, "公司"), Department(22, "销\0售", 1, ("u1", "u2"))
BEFORE = NOON - timedelta(minutes=1)


async def ids(store: Store) -> list[str]:
    return [employee.user_id for employee, _ in await store.people.all()]


async def test_people_are_read_back_with_the_time_they_were_read(stage: Stage) -> None:
    store = await stage.open()
    assert await store.people.put([LI, HAN], NOON) == frozenset()
    assert await store.people.get("u1") == (LI, NOON)
    assert await store.people.get("u3") is None
    assert [employee.name for employee, _ in await store.people.all()] == ["李雷", "韩\ufffd梅梅"]
    moved = Employee("u1", "李雷", None, (3,), (), active=False)
    await store.people.put([moved], LATER)
    assert await store.people.get("u1") == (moved, LATER)


async def test_of_two_readings_the_one_that_began_later_is_kept(stage: Stage) -> None:
    store = await stage.open()
    assert await store.people.put([LI], NOON) == frozenset()
    assert await store.people.put([replace(LI, name="older"), replace(HAN, name="new")], BEFORE) == {"u1"}
    assert await store.people.all() == [(LI, NOON), (replace(HAN, name="new"), BEFORE)]
    stage.clock.move(60)
    await store.people.remove(["u1", "nobody"], stage.clock.now())
    assert await store.people.put([LI], NOON + timedelta(seconds=59)) == {"u1"}
    assert await ids(store) == ["u2"]
    stage.clock.move(1)
    assert await store.people.put([LI], stage.clock.now()) == frozenset()


async def test_no_reading_shows_a_leaver_within_ten_minutes(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI], NOON)
    await store.people.left(["u1", "u2", "u1"])  # one of them was never read
    await store.people.remove(["u1"], NOON + timedelta(minutes=1))  # a reading misses them, too
    assert await store.people.has_left("u1")
    stage.clock.move(595)
    assert await store.people.put([LI, HAN], stage.clock.now()) == {"u1", "u2"}
    assert await store.people.all() == []
    stage.clock.move(10)
    assert await store.people.put([LI, HAN], NOON + timedelta(minutes=9)) == {"u1", "u2"}, "begun before"
    assert await store.people.put([LI, HAN], stage.clock.now()) == frozenset()
    assert not await store.people.has_left("u1")


async def test_who_joins_again_is_shown_by_the_next_reading(stage: Stage) -> None:
    store = await stage.open()
    await store.people.left(["u1", "u2"])
    await store.people.joined(["u1", "nobody"])
    assert await store.people.get("u1") is None, "nothing was read of them yet"
    assert await store.people.put([LI, HAN], stage.clock.now()) == {"u2"}


async def test_what_changed_since_a_moment_comes_again(stage: Stage) -> None:
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


async def test_a_walk_replaces_people_and_tree_unless_a_later_one_is_there(stage: Stage) -> None:
    store = await stage.open()
    assert await store.people.tree() == ([], None)
    await store.people.put([LI, HAN], NOON)
    stage.clock.move(60)
    later = stage.clock.now()
    await store.people.replace(Organisation((HAN,), (SALES, ROOT)), later)
    await store.people.replace(Organisation((LI, HAN), ()), NOON + timedelta(seconds=1))
    assert await ids(store) == ["u2"]
    assert await store.people.tree() == ([ROOT, replace(SALES, name="销\ufffd售")], later)
    assert await store.people.put([LI], NOON + timedelta(seconds=59)) == {"u1"}, "begun before the walk"
    await store.people.replace(Organisation((), (ROOT,)), later)
    assert await store.people.tree() == ([ROOT], later)


async def test_a_walk_leaves_people_who_were_read_later_or_whose_department_came_back_empty(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI], NOON)
    stage.clock.move(60)
    await store.people.put([HAN], stage.clock.now())
    await store.people.replace(
        Organisation((), (), unsure=frozenset({22})), stage.clock.now() - timedelta(seconds=1)
    )
    assert await ids(store) == ["u1", "u2"]
    await store.people.replace(Organisation((HAN,), ()), stage.clock.now())
    assert await ids(store) == ["u2"]


async def test_two_processes_that_store_a_walk_at_once_leave_one_whole_tree(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    trees = [tuple(Department(number, str(tree), 1) for number in range(2, 40)) for tree in range(6)]
    stores = zip((one, two) * 3, trees, strict=True)
    await asyncio.gather(*(store.people.replace(Organisation((), tree), NOON) for store, tree in stores))
    found, _ = await one.people.tree()
    assert tuple(found) in trees


async def test_a_reading_of_a_clock_that_was_ahead_is_replaced(stage: Stage) -> None:
    store, right = await stage.open(), replace(LI, name="right")
    await store.people.replace(Organisation((LI,), (SALES,)), LATER)
    assert await store.people.put([right], NOON) == frozenset()
    await store.people.replace(Organisation((right,), (ROOT,)), NOON)
    assert await store.people.all() == [(right, NOON)]
    assert await store.people.tree() == ([ROOT], NOON)


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
