"""What was begun to be read earlier and ends later takes nothing from what another process read meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.actions import Whom
from bot.domain.people import Department, Employee
from bot.services.organisation.visibility import Visibility
from tests.services.directory_stage import BOB, ROOT, names
from tests.services.directory_stage import Stage as DirectoryStage
from tests.services.test_leavers_of_processes import (
    Meanwhile,
    Process,
    a_process,
    crawl,
    read_anew,
    reading_bob,
)
from tests.storage.stage import PostgresqlStage, Stage

FIVE = Department(5, "five", 1)
ANN = Employee("ann", "Ann", department_ids=(5,), leads=(5,))
IN_FIVE, MOVED = replace(BOB, department_ids=(5,)), replace(BOB, department_ids=(1,))


async def two_processes(
    stage: PostgresqlStage, *departments: Department, ann: Employee = ANN
) -> tuple[Process, Process]:
    """Start two that know whose Bob is."""
    one, two = [await a_process(stage, name, ann, IN_FIVE) for name in ("one", "two")]
    for process in (one, two):
        process.contacts.departments = departments
    await one.directory.crawl()
    await two.directory.follow()
    stage.clock.move(1)
    return one, two


def seen_by_ann(process: Process) -> list[str]:
    """Return whom Ann is shown when she asks for Bob."""
    return [one.user_id for one in Visibility(process.directory, []).of("ann", Whom(person="bob")).people]


@pytest.mark.parametrize("read", [crawl, read_anew])
async def test_an_older_reading_of_somebody_brings_them_back_to_no_former_lead(
    postgresql_stage: PostgresqlStage, read: Callable[[Process, Meanwhile], Awaitable[None]]
) -> None:
    stage = postgresql_stage
    one, two = await two_processes(stage, ROOT, FIVE)
    assert seen_by_ann(one) == ["bob"]

    async def move() -> None:
        two.contacts.people["bob"] = MOVED
        await reading_bob(two, stage)

    await read(one, move)
    assert seen_by_ann(one) == [], "at once, before it looks what others read"
    three = await a_process(stage, "three", ANN, MOVED)
    for process in (one, two, three):
        await process.directory.follow()
        assert process.directory.employee("bob") == MOVED
        assert seen_by_ann(process) == []


async def test_an_older_tree_makes_nobody_a_manager_again(postgresql_stage: PostgresqlStage) -> None:
    stage = postgresql_stage
    former = replace(FIVE, managers=("ann",))
    one, two = await two_processes(stage, ROOT, former, ann=replace(ANN, leads=()))
    one.directory.crawl_wanted.clear()

    async def step_down() -> None:
        stage.clock.move(5)
        two.contacts.departments = (ROOT, FIVE)
        two.directory.departments_changed([5])
        await two.directory.crawl()
        stage.clock.move(5)

    await crawl(one, step_down)
    three = await a_process(stage, "three", ANN, BOB)
    for process in (one, two, three):
        assert seen_by_ann(process) == []
        await process.directory.follow()
        assert seen_by_ann(process) == []
        assert process.directory.departments() == (ROOT, FIVE)
    assert not one.directory.crawl_wanted.is_set(), "the newer walk knew all whom the older one found"


async def test_whom_an_older_walk_alone_found_is_not_known(postgresql_stage: PostgresqlStage) -> None:
    stage = postgresql_stage
    one, two = await two_processes(stage, ROOT, FIVE)
    one.contacts.people["cat"] = Employee("cat", "Cat", department_ids=(5,))

    async def walk() -> None:
        stage.clock.move(5)
        await two.directory.crawl()

    await crawl(one, walk)
    await two.directory.follow()
    assert names(one.directory) == names(two.directory) == ["ann", "bob"]


async def test_a_walk_that_is_older_for_all_of_very_many_takes_over_the_newer_one(
    postgresql_stage: PostgresqlStage,
) -> None:
    stage = postgresql_stage
    many = [Employee(f"u{number:03}", "", department_ids=(5,)) for number in range(201)]
    one, two = [await a_process(stage, name, *many) for name in ("one", "two")]
    two.contacts.people = {who.user_id: replace(who, name="new") for who in many}

    async def walk() -> None:
        stage.clock.move(5)
        await two.directory.crawl()

    await crawl(one, walk)
    assert {who.name for who in one.directory.known()} == {"new"}


async def test_a_tree_that_was_read_during_a_look_stays() -> None:
    stage = DirectoryStage(ANN)
    stage.contacts.departments = (ROOT, FIVE)
    await stage.directory.crawl()
    looks = stage.database.whole_reads
    stage.database.gate.clear()
    looking = asyncio.create_task(stage.directory.load())
    await stage.board.until(lambda: stage.database.whole_reads > looks)
    stage.clock.pass_by(timedelta(seconds=1))
    stage.contacts.departments = (ROOT,)
    crawling = asyncio.create_task(stage.directory.crawl())
    await stage.board.until(lambda: stage.contacts.walks == 2)
    stage.database.gate.set()
    await asyncio.gather(looking, crawling)
    assert stage.directory.departments() == (ROOT,)


async def test_what_was_read_while_the_clock_was_ahead_is_read_anew_once_it_is_right(stage: Stage) -> None:
    ahead = timedelta(days=2).total_seconds()
    one = await a_process(stage, "one", ANN, IN_FIVE)
    one.contacts.departments = (ROOT, replace(FIVE, managers=("ann",)))
    stage.clock.move(ahead)
    await one.directory.crawl()
    stage.clock.move(60 - ahead)
    one.contacts.people["bob"] = MOVED
    await reading_bob(one, stage)
    assert one.directory.employee("bob") == MOVED
    one.contacts.departments = (ROOT, FIVE)
    await one.directory.crawl()
    await stage.close()
    for process in (one, await a_process(stage, "two")):
        assert process.directory.departments() == (ROOT, FIVE)
        assert process.directory.employee("bob") == MOVED
