"""A department that comes back from a crawl without anybody: half an answer, until it is said again."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.people import Employee
from tests.services.directory_stage import ANN, Stage, names

TEAM = tuple(Employee(f"u{number}", f"U{number}", department_ids=(7,)) for number in range(5))


async def a_department_emptied(*more: Employee) -> Stage:
    stage = Stage(ANN, *TEAM, *more)
    await stage.directory.crawl()
    for one in (*TEAM, *more):
        del stage.contacts.people[one.user_id]
    stage.clock.pass_by(timedelta(hours=1))
    await stage.directory.crawl()
    return stage


async def test_a_department_that_comes_back_empty_is_kept_and_read_again() -> None:
    stage = await a_department_emptied()
    assert names(stage.directory) == ["ann", *(one.user_id for one in TEAM)]
    assert set(stage.database.rows) == {"ann", *(one.user_id for one in TEAM)}
    assert stage.directory.emptied.doubted == {7}
    assert stage.directory.crawl_wanted.is_set()
    stage.contacts.people.update((one.user_id, one) for one in TEAM)
    stage.clock.pass_by(timedelta(minutes=1))
    await stage.directory.crawl()
    assert stage.directory.emptied.doubted == frozenset()
    assert not stage.directory.crawl_wanted.is_set()


async def test_a_department_that_comes_back_empty_twice_is_believed() -> None:
    stage = await a_department_emptied()
    stage.clock.pass_by(timedelta(minutes=1))
    await stage.directory.crawl()
    assert names(stage.directory) == ["ann"]
    assert stage.directory.emptied.doubted == frozenset()


async def test_who_left_by_an_event_is_gone_at_once_however_many() -> None:
    stage = Stage(ANN, *TEAM)
    await stage.directory.crawl()
    await stage.directory.left([one.user_id for one in TEAM], stage.clock.now())
    for one in TEAM:
        del stage.contacts.people[one.user_id]
    stage.clock.pass_by(timedelta(hours=1))
    await stage.directory.crawl()
    assert names(stage.directory) == ["ann"]
    assert stage.directory.emptied.doubted == frozenset()


async def test_people_of_a_department_who_are_in_others_now_are_where_they_are_now() -> None:
    stage = Stage(ANN, *TEAM)
    await stage.directory.crawl()
    stage.contacts.people.update((one.user_id, replace(one, department_ids=(1,))) for one in TEAM)
    stage.clock.pass_by(timedelta(hours=1))
    await stage.directory.crawl()
    assert stage.directory.emptied.doubted == frozenset()
    assert stage.directory.employee("u0") == replace(TEAM[0], department_ids=(1,))
