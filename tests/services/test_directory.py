"""The directory follows walks, events, look-ups and other processes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.people import GONE_FOR, Department, Employee
from bot.errors import NotSent, Rejected, UserError
from tests.services.directory_stage import ANN, BOB, CAT, ROOT, a_stage, names, said_by
from tests.waiting import until

AWAY = NotSent("user", "HTTP 503")
MOVED = replace(BOB, department_ids=(2,))

# --- walks


async def test_a_walk_replaces_everybody_the_directory_knows(tmp_path: Path) -> None:
    async with a_stage(tmp_path, BOB, ANN, replace(CAT, active=False)) as stage:
        assert await stage.directory.crawl()
        assert names(stage) == ["ann", "bob"]
        assert len(stage.directory.view.people) == 3
        stage.clock.move(3600)
        del stage.contacts.people["bob"]
        await stage.directory.crawl()
        assert names(stage) == ["ann"]
        assert await stage.stored() == {"ann": ANN, "cat": replace(CAT, active=False)}
        again = await stage.another()
        assert names(again) == ["ann"], "a restart asks nobody"


async def test_a_failed_walk_changes_nothing_and_is_tried_again(tmp_path: Path) -> None:
    async with a_stage(tmp_path, ANN, BOB) as stage:
        assert stage.directory.crawl_wanted.is_set()
        await stage.directory.crawl()
        assert not stage.directory.crawl_wanted.is_set()
        before = stage.directory.changes
        del stage.contacts.people["bob"]
        stage.contacts.down = AWAY
        assert not await stage.directory.crawl()
        assert (names(stage), stage.directory.changes) == (["ann", "bob"], before)
        assert stage.directory.crawl_wanted.is_set()


async def test_a_look_up_outranks_an_earlier_walk(tmp_path: Path) -> None:
    async with a_stage(tmp_path, ANN) as stage:
        stage.contacts.walk_gate.clear()
        walking = asyncio.create_task(stage.directory.crawl())
        await until(lambda: stage.contacts.walks == 1, what="a walk")
        stage.clock.move(5)
        stage.contacts.people.update(ann=replace(ANN, name="Ann Lee"), bob=BOB)
        await stage.directory.mark_people_changed(["ann", "bob"])
        await stage.settled()
        stage.contacts.walk_gate.set()
        await walking
        assert stage.directory.name_of("ann") == "Ann Lee"
        assert names(stage) == ["ann", "bob"]


# --- events


async def test_changed_people_are_read_although_others_fail(tmp_path: Path) -> None:
    async with a_stage(tmp_path, ANN, BOB, CAT) as stage:
        await stage.directory.crawl()
        stage.contacts.people |= {
            "ann": replace(ANN, name="Ann Lee"),
            "cat": replace(CAT, name="Cat Lee"),
        }
        stage.contacts.refusals = {"ann": RuntimeError("a bug"), "bob": Rejected("user", "400002")}
        await stage.directory.mark_people_changed(["ann", "bob", "cat"])
        assert (await stage.directory.identify(said_by("cat"))).name == "Cat Lee", (
            "who writes is read at once"
        )
        async with stage.running():
            await until(lambda: stage.contacts.asked.count("bob") > 2, what="bob is tried again")
            assert [stage.directory.is_doubted(user_id) for user_id in ("ann", "bob", "cat")] == [
                True,
                True,
                False,
            ]
        stage.contacts.refusals.clear()
        await stage.settled()
        assert (await stage.stored())["ann"].name == "Ann Lee"


async def test_a_thousand_changed_people_cause_one_walk(tmp_path: Path) -> None:
    async with a_stage(tmp_path, ANN, BOB) as stage:
        await stage.directory.crawl()
        stage.clock.move(1)
        await stage.directory.mark_people_changed([f"u{number}" for number in range(1000)])
        async with stage.running():
            await stage.directory.crawl_wanted.wait()
        assert stage.contacts.asked == []
        await stage.directory.crawl()
        assert not stage.directory.is_doubted("u7")


# --- doubts


async def test_a_doubt_survives_a_restart_and_reaches_other_processes(tmp_path: Path) -> None:
    async with a_stage(tmp_path, ANN, BOB) as stage:
        await stage.directory.crawl()
        other = await stage.another()
        stage.clock.move(1)
        stage.contacts.refusals["bob"] = AWAY
        await stage.directory.mark_people_changed(["bob"])
        await other.directory.catch_up()
        for one in (stage, other, await stage.another()):
            assert one.directory.is_doubted("bob")
            assert not one.directory.is_doubted("ann")
        stage.contacts.refusals.clear()
        stage.contacts.people["bob"] = MOVED
        await other.settled()
        await stage.directory.catch_up()
        assert not stage.directory.is_doubted("bob")
        assert stage.directory.employee("bob") == MOVED


async def test_only_a_read_begun_after_an_event_ends_its_doubt(tmp_path: Path) -> None:
    async with a_stage(tmp_path, ANN, BOB) as stage:
        await stage.directory.crawl()
        stage.contacts.walk_gate.clear()
        walking = asyncio.create_task(stage.directory.crawl())
        await until(lambda: stage.contacts.walks == 2, what="a walk")
        stage.clock.move(1)
        await stage.directory.mark_people_changed(["bob"])
        await stage.directory.mark_departments_changed()
        stage.contacts.walk_gate.set()
        await walking
        assert stage.directory.is_doubted("bob")
        assert stage.directory.crawl_wanted.is_set()
        await stage.directory.crawl()
        assert not stage.directory.is_doubted("bob")


# --- people who left


@pytest.mark.parametrize("by", ["walk", "event"])
async def test_a_read_that_still_shows_a_leaver_changes_nothing(tmp_path: Path, by: str) -> None:
    async with a_stage(tmp_path, ANN, BOB) as stage:
        await stage.directory.crawl()
        other = await stage.another()
        reads: dict[str, Callable[[], Awaitable[object]]] = {
            "walk": other.directory.crawl,
            "event": lambda: other.directory.read_role("bob"),
        }
        stage.contacts.gate.clear()
        stage.contacts.walk_gate.clear()
        stage.clock.move(timedelta(days=2).total_seconds())
        reading = asyncio.create_task(reads[by]())
        await until(lambda: bool(stage.contacts.asked) or stage.contacts.walks == 2, what="a read")
        await stage.directory.remove_people(["bob"])
        stage.contacts.gate.set()
        stage.contacts.walk_gate.set()
        await reading
        await reads[by]()
        for one in (stage, other):
            await one.directory.catch_up()
            assert names(one) == ["ann"]
        stage.clock.move(GONE_FOR.total_seconds())
        await stage.directory.crawl()
        assert names(stage) == ["ann", "bob"], "who is still known long after is back"


# --- senders


async def test_unknown_senders_are_refused_but_not_during_an_outage(
    tmp_path: Path,
) -> None:
    async with a_stage(tmp_path, ANN) as stage:
        with pytest.raises(UserError, match=r"who\.left"):
            await stage.directory.identify(said_by("bob"))
        with pytest.raises(UserError, match=r"who\.stranger"):
            await stage.directory.identify(said_by(None))
        await stage.directory.remove_people(["leaver"])
        stage.contacts.refusals = dict.fromkeys(("union", "u1", "leaver"), AWAY)
        with pytest.raises(UserError, match=r"who\.try_again"):
            await stage.directory.identify(said_by(None))
        with pytest.raises(UserError, match=r"who\.left"):
            await stage.directory.identify(said_by("leaver"))
        assert await stage.directory.identify(said_by("u1")) == Employee("u1", "", known=False)


# --- other processes


async def test_the_newest_read_of_any_process_counts(tmp_path: Path) -> None:
    five = Department(5, "five", 1)
    lead = replace(ANN, department_ids=(5,), leads=(5,))
    async with a_stage(tmp_path, lead, replace(BOB, department_ids=(5,))) as stage:
        stage.contacts.departments = (ROOT, five)
        await stage.directory.crawl()
        other = await stage.another(lead, MOVED, CAT)
        other.contacts.departments = (ROOT, replace(five, managers=("cat",)))
        assert stage.directory.view.teams.leads_of("bob") == {"ann"}
        stage.clock.move(1)
        stage.contacts.walk_gate.clear()
        walking = asyncio.create_task(stage.directory.crawl())
        await until(lambda: stage.contacts.walks == 2, what="a walk")
        stage.clock.move(5)
        await other.directory.crawl()
        stage.contacts.walk_gate.set()
        await walking
        for one in (stage, other):
            await one.directory.catch_up()
            assert one.directory.employee("bob") == MOVED
            assert one.directory.view.departments == other.contacts.departments
            assert names(one) == ["ann", "bob", "cat"]
