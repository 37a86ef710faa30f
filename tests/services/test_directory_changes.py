"""How the directory is kept in step: crawls, events, other processes."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.people import GONE_FOR, Department, Employee
from bot.errors import NotSent, Rejected, StoreRefused, UserError
from bot.services.organisation.directory import AGAIN_S, IN_FLIGHT, MANY
from tests.services.directory_stage import ANN, BOB, CAT, NINE, ROOT, Stage, names, said_by

# --- crawls


async def test_a_crawl_gives_everybody_who_can_be_spoken_to_and_the_tree() -> None:
    stage = Stage(BOB, ANN, replace(CAT, active=False))
    assert await stage.directory.crawl() == 3
    assert names(stage.directory) == ["ann", "bob"]
    assert stage.directory.active() == {"ann", "bob"}
    assert not stage.directory.is_active("cat")
    assert len(stage.directory) == 3
    assert stage.database.departments == ((ROOT,), NINE)


async def test_whoever_is_missing_in_a_crawl_left() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.crawl()
    del stage.contacts.people["bob"]
    stage.clock.pass_by(timedelta(hours=1))
    await stage.directory.crawl()
    assert names(stage.directory) == ["ann"]
    assert list(stage.database.rows) == ["ann"]


async def test_a_crawl_that_fails_changes_nothing_and_is_still_wanted() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.crawl()
    del stage.contacts.people["bob"]
    stage.contacts.down = NotSent("members", "HTTP 503")
    before = stage.directory.changes
    with pytest.raises(NotSent):
        await stage.directory.crawl()
    assert names(stage.directory) == ["ann", "bob"]
    assert stage.directory.changes == before
    assert stage.directory.crawl_wanted.is_set()


async def test_what_was_read_of_a_person_during_a_crawl_is_newer_than_the_crawl() -> None:
    stage = Stage(ANN)
    stage.contacts.walk_gate.clear()
    crawling = asyncio.create_task(stage.directory.crawl())
    await stage.until(lambda: stage.contacts.walks == 1)
    stage.clock.pass_by(timedelta(seconds=5))
    stage.contacts.people.update(ann=replace(ANN, name="Ann Lee"), bob=BOB)
    stage.directory.changed(["ann", "bob"])
    async with stage.running():
        await stage.until(lambda: {"ann", "bob"} <= set(stage.database.rows))
    stage.contacts.walk_gate.set()
    await crawling
    assert stage.directory.name_of("ann") == stage.database.rows["ann"][0].name == "Ann Lee"
    assert names(stage.directory) == ["ann", "bob"]


async def test_a_crawl_is_wanted_at_the_start_and_once_for_however_many_departments_changed() -> None:
    stage = Stage(ANN)
    assert stage.directory.crawl_wanted.is_set()
    await stage.directory.crawl()
    assert not stage.directory.crawl_wanted.is_set()
    for _ in range(50):
        stage.directory.departments_changed()
    assert stage.directory.crawl_wanted.is_set()
    await stage.directory.crawl()
    assert not stage.directory.crawl_wanted.is_set()


async def test_a_department_that_changes_while_the_crawl_reads_asks_for_another() -> None:
    stage = Stage(ANN)
    stage.contacts.walk_gate.clear()
    crawling = asyncio.create_task(stage.directory.crawl())
    await stage.until(lambda: stage.contacts.walks == 1)
    stage.directory.departments_changed()
    stage.contacts.walk_gate.set()
    await crawling
    assert stage.directory.crawl_wanted.is_set()


# --- events


async def test_whoever_changed_is_read_at_once() -> None:
    stage = Stage(ANN)
    await stage.directory.crawl()
    stage.contacts.people["ann"] = replace(ANN, name="Ann Lee", department_ids=(1, 2))
    stage.directory.changed(["ann"])
    async with stage.running():
        await stage.until(lambda: stage.database.rows["ann"][0].name == "Ann Lee")
    assert stage.directory.employee("ann") == stage.contacts.people["ann"]


async def test_whoever_changed_and_writes_before_that_was_read_is_read_for_it() -> None:
    stage = Stage(ANN)
    await stage.directory.crawl()
    stage.contacts.people["ann"] = replace(ANN, name="Ann Lee")
    stage.directory.changed(["ann"])
    assert (await stage.directory.identify(said_by("ann"))).name == "Ann Lee"


async def test_one_bad_answer_keeps_nobody_else_from_being_read() -> None:
    stage = Stage(ANN, BOB, CAT)
    stage.contacts.refusals = {"ann": RuntimeError("a bug"), "bob": Rejected("user", "400002")}
    stage.directory.changed(["ann", "bob", "cat"])
    async with stage.running():
        await stage.until(lambda: "cat" in stage.database.rows)
    assert names(stage.directory) == ["cat"]


async def test_whoever_could_not_be_read_is_asked_for_again_after_a_pause() -> None:
    stage = Stage(ANN, BOB)
    stage.contacts.refusals = {"ann": NotSent("user", "HTTP 503")}
    stage.directory.changed(["ann", "bob"])
    async with stage.running():
        await stage.until(lambda: len(stage.naps) >= 3)
        assert names(stage.directory) == ["bob"]
        stage.contacts.refusals.clear()
        await stage.until(lambda: "ann" in stage.database.rows)
    assert set(stage.naps) == {AGAIN_S}


async def test_a_database_that_refuses_a_person_has_them_read_again() -> None:
    stage = Stage(ANN)
    stage.directory.changed(["ann"])
    stage.database.refusing = True
    async with stage.running():
        await stage.until(lambda: bool(stage.naps))
        stage.database.refusing = False
        await stage.until(lambda: "ann" in stage.database.rows)


async def test_those_who_changed_are_read_a_few_at_a_time() -> None:
    people = [Employee(f"u{number}", "", department_ids=(1,)) for number in range(MANY)]
    stage = Stage(*people)
    stage.directory.crawl_wanted.clear()
    stage.directory.changed([person.user_id for person in people])
    async with stage.running():
        await stage.until(lambda: len(stage.database.rows) == MANY)
    assert stage.contacts.most == IN_FLIGHT
    assert not stage.directory.crawl_wanted.is_set()


async def test_of_a_thousand_who_changed_the_organisation_is_read_instead() -> None:
    stage = Stage(ANN, BOB)
    stage.directory.crawl_wanted.clear()
    stage.directory.changed([f"u{number}" for number in range(1000)])
    async with stage.running():
        assert stage.directory.crawl_wanted.is_set()
        assert stage.directory.may_have_moved("u7")
        await stage.directory.crawl()
        assert not stage.directory.may_have_moved("u7")
        stage.directory.changed(["ann"])
        await stage.until(lambda: bool(stage.contacts.asked))
    assert stage.contacts.asked == ["ann"]


# --- leavers


async def test_whoever_left_is_gone_at_once() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.crawl()
    await stage.directory.left(["bob", "who?"], NINE)
    assert names(stage.directory) == ["ann"]
    assert not stage.directory.is_active("bob")
    assert list(stage.database.rows) == ["ann"]


async def test_a_leaver_whom_the_database_does_not_forget_is_gone_and_the_event_has_to_come_again() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.crawl()
    stage.database.refusing = True
    with pytest.raises(StoreRefused):
        await stage.directory.left(["bob"], NINE)
    assert names(stage.directory) == ["ann"]
    stage.database.refusing = False
    await stage.directory.left(["bob"], NINE)
    assert list(stage.database.rows) == ["ann"]


async def test_whoever_left_is_not_asked_for_any_more() -> None:
    stage = Stage(ANN, BOB)
    stage.directory.changed(["bob"])
    await stage.directory.left(["bob"], NINE)
    stage.directory.changed(["ann"])
    async with stage.running():
        await stage.until(lambda: "ann" in stage.database.rows)
    assert stage.contacts.asked == ["ann"]


async def test_a_look_up_that_still_knows_a_leaver_brings_nobody_back() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.crawl()
    await stage.directory.left(["bob"], NINE)
    stage.directory.changed(["bob", "ann"])
    async with stage.running():
        await stage.until(lambda: {"bob", "ann"} <= set(stage.contacts.asked))
    assert (await stage.directory.identify(said_by("bob"))) == BOB  # may finish what they said
    await stage.directory.crawl()
    assert names(stage.directory) == ["ann"]
    assert list(stage.database.rows) == ["ann"]


async def test_a_look_up_on_its_way_when_somebody_leaves_brings_nobody_back() -> None:
    stage = Stage(ANN, BOB)
    stage.contacts.gate.clear()
    stage.directory.changed(["bob"])
    async with stage.running():
        await stage.until(lambda: stage.contacts.asked == ["bob"])
        await stage.directory.left(["bob"], NINE)
        stage.contacts.gate.set()
        stage.directory.changed(["ann"])
        await stage.until(lambda: "ann" in stage.database.rows)
    assert names(stage.directory) == ["ann"]


async def test_somebody_whom_dingtalk_does_not_know_is_told_so() -> None:
    stage = Stage(ANN)
    with pytest.raises(UserError, match=r"who\.left"):
        await stage.directory.identify(said_by("bob"))


async def test_whoever_joins_again_is_somebody_at_once() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.left(["bob"], NINE)
    await stage.directory.joined(["bob"], NINE + timedelta(minutes=1))
    async with stage.running():
        await stage.until(lambda: "bob" in stage.database.rows)
    assert names(stage.directory) == ["bob"]


async def test_an_event_of_joining_that_comes_after_the_one_of_leaving_but_is_older_brings_nobody_back() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.left(["bob"], NINE)
    await stage.directory.joined(["bob", "ann"], NINE - timedelta(minutes=1))
    async with stage.running():
        await stage.until(lambda: "ann" in stage.database.rows)
    assert names(stage.directory) == ["ann"]


async def test_whoever_is_still_known_long_after_is_back() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.left(["bob"], NINE)
    stage.clock.pass_by(GONE_FOR)
    await stage.directory.crawl()
    assert names(stage.directory) == ["ann", "bob"]


# --- other processes, and noticing changes


async def test_what_another_process_crawled_is_followed_and_costs_nothing_while_there_is_nothing_new() -> None:
    stage = Stage(ANN)
    other = stage.process()
    await other.load()
    await stage.directory.crawl()
    await other.follow()
    assert names(other) == ["ann"]
    reads = stage.database.whole_reads
    await other.follow()
    assert stage.database.whole_reads == reads


async def test_a_crawl_of_ones_own_is_not_read_back_and_keeps_who_did_not_change_once() -> None:
    stage = Stage(ANN)
    await stage.directory.load()
    stage.clock.pass_by(timedelta(microseconds=1_700))  # no database keeps it so exactly
    await stage.directory.crawl()
    ann, reads = stage.directory.employee("ann"), stage.database.whole_reads
    await stage.directory.follow()
    assert (stage.database.whole_reads, stage.database.passed_on) == (reads, [])
    stage.contacts.people["ann"] = replace(ANN)
    await stage.directory.crawl()
    assert stage.directory.employee("ann") is ann


async def test_what_another_process_heard_of_single_people_is_known_at_the_next_look() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    reads = stage.database.whole_reads
    await stage.directory.left(["bob"], NINE)
    stage.clock.pass_by(timedelta(minutes=1))
    await stage.database.put([CAT], stage.clock.now())
    await other.follow()
    assert names(other) == ["ann", "cat"]
    assert other.active() == {"ann", "cat"}
    assert stage.database.whole_reads == reads, "not everybody is read for them"


async def test_who_came_back_after_another_process_forgot_them_stays() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.crawl()
    await stage.database.remove(["bob"], NINE)
    stage.clock.pass_by(timedelta(minutes=1))
    await stage.directory.crawl()  # read after they were forgotten
    await stage.directory.follow()
    assert names(stage.directory) == ["ann", "bob"]


async def test_who_leaves_while_the_database_is_being_read_is_not_brought_back_by_their_row() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.crawl()
    stage.database.gate.clear()
    loading = asyncio.create_task(stage.directory.load())
    await stage.until(lambda: stage.database.whole_reads == 2)
    leaving = asyncio.create_task(stage.directory.left(["bob"], NINE))
    stage.database.gate.set()
    await asyncio.gather(loading, leaving)
    assert names(stage.directory) == ["ann"]


async def test_the_change_number_moves_only_when_something_changed() -> None:
    stage = Stage(ANN, BOB)
    await stage.directory.crawl()
    before, teams, known = stage.directory.changes, stage.directory.teams(), stage.directory.known()
    stage.clock.pass_by(timedelta(hours=1))
    await stage.directory.crawl()
    assert stage.directory.changes == before
    assert stage.directory.teams() is teams
    assert stage.directory.known() is known
    stage.contacts.departments = (ROOT, Department(2, "new", 1))
    stage.clock.pass_by(timedelta(hours=1))
    await stage.directory.crawl()
    assert stage.directory.changes > before
    assert stage.directory.teams() is not teams


async def test_teams_know_the_leads_of_the_tree_and_the_extra_ones() -> None:
    lead = replace(BOB, leads=(1,))
    stage = Stage(ANN, lead, CAT)
    await stage.directory.crawl()
    assert stage.directory.teams().leads_of("ann") == {"bob", "cat"}
    await stage.directory.left(["bob"], NINE)
    assert stage.directory.teams().leads_of("ann") == {"cat"}


async def test_a_restart_knows_people_and_tree_without_asking() -> None:
    stage = Stage(ANN, replace(BOB, leads=(1,)))
    await stage.directory.crawl()
    again = stage.process()
    await again.load()
    assert names(again) == ["ann", "bob"]
    assert again.teams().leads_of("ann") == {"bob"}
    assert stage.contacts.walks == 1
