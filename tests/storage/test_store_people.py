"""People and departments on both databases: the later read or event counts."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.domain.people import Department, Employee
from bot.storage import Store
from bot.storage.people import Stored
from tests.storage.stage import LATER, NOON, PostgresqlStage, Stage

LI = Employee("u1", "李雷", "union-1", (1, 22), (22,), active=True)
HAN = Employee("u2", "韩\0梅梅", active=False)
ROOT = Department(1, "公司")


async def stored(store: Store) -> Stored:
    _, found = await store.people.load_changes(-1)
    assert found is not None
    return found


async def ids(store: Store) -> list[str]:
    return [employee.user_id for employee in (await stored(store)).employees]


async def doubted(store: Store) -> frozenset[str]:
    return (await store.people.load_changes(-1))[0]


async def test_the_later_read_of_a_person_counts(store: Store, stage: Stage) -> None:
    await store.people.store([LI, HAN], NOON)
    assert (await stored(store)).employees == [LI, replace(HAN, name="韩\ufffd梅梅")]
    moved = Employee("u1", "李雷", None, (3,), (), active=False)
    stage.clock.move((LATER - NOON).total_seconds() + 1)
    await store.people.store([moved, replace(HAN, name="new")], LATER)
    await store.people.store([replace(LI, name="older")], NOON, gone=["u2", "nobody"])
    assert (await stored(store)).employees == [moved, replace(HAN, name="new")]
    await store.people.store([], LATER + timedelta(seconds=1), gone=["u1"])
    await store.people.store([LI], LATER)
    assert await ids(store) == ["u2"]


async def test_the_version_grows_only_with_changes(store: Store) -> None:
    versions = [(await stored(store)).version]
    for employee, read_at in ((LI, NOON), (LI, LATER), (replace(LI, name="new"), LATER)):
        await store.people.store([employee], read_at)
        versions.append((await stored(store)).version)
    await store.people.remove(["u1"])
    assert versions == [0, 1, 1, 2]
    assert await store.people.load_changes(3) == (frozenset(), None)


async def test_departments_are_kept_with_their_times(store: Store, stage: Stage) -> None:
    async def walk(*people: Employee, sales: str = "销售") -> str:
        stage.clock.move(60)
        tree = (ROOT, Department(22, sales, 1), Department(3, "仓库", 1))
        await store.people.replace(people, tree, stage.clock.now())
        return f"{stage.clock.now():%H:%M}"

    li = Employee("u1", "李雷", department_ids=(22,))
    await walk(li, HAN)
    await walk(li, HAN)
    assert not (await stored(store)).changed, "nothing changed since the first walk"
    renamed = await walk(li, HAN, sales="市场")
    stage.clock.move(60)
    moved = f"{stage.clock.now():%H:%M}"
    await store.people.store([replace(li, department_ids=(3,))], stage.clock.now())
    stage.clock.move(60)
    await store.people.remove(["u1"])
    found = await stored(store)
    shown = [
        (row.department, f"{row.since_at:%H:%M}", row.until_at and f"{row.until_at:%H:%M}")
        for row in found.changed
    ]
    left = f"{stage.clock.now():%H:%M}"
    assert shown == [
        ("销售", "00:00", renamed),
        ("市场", renamed, moved),
        ("仓库", moved, left),
    ]
    assert [who.name for who in found.left] == ["李雷"]


async def test_a_doubt_ends_with_a_later_read(store: Store, stage: Stage) -> None:
    await store.people.store([LI, HAN], NOON)
    stage.clock.move(60)
    await store.people.doubt(["u1", "u2", "new", ""])
    await stage.crash()
    again = await stage.open("two")
    assert await doubted(again) == {"u1", "u2", "new", ""}
    await again.people.store([LI], NOON + timedelta(seconds=59))
    await again.people.replace((LI,), (), NOON + timedelta(seconds=59))
    assert await doubted(again) == {"u1", "u2", "new", ""}, "these reads began before the event"
    await again.people.store([LI], stage.clock.now(), gone=["new"])
    assert await doubted(again) == {"u2", ""}
    await again.people.replace((LI,), (), stage.clock.now())
    assert await doubted(again) == frozenset()


async def test_two_walks_at_once_leave_one_whole_tree(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    trees = [
        tuple(Department(number, str(tree), 1) for number in range(2, 40)) for tree in range(6)
    ]
    stores = zip((one, two) * 3, trees, strict=True)
    await asyncio.gather(*(store.people.replace((), tree, NOON) for store, tree in stores))
    found = await stored(one)
    assert (tuple(found.departments) in trees, found.version) == (True, 6)
