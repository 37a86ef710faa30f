"""Whom a role shows: a lead is read at DingTalk when they ask, and refused when that fails."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.actions import Whom
from bot.domain.people import Department, Employee
from bot.errors import NotSent
from bot.services.organisation.visibility import Sight, Sighted, Visibility
from tests.services.directory_stage import ANN, BOB, CAT, ROOT, Stage

LEAD = replace(ANN, leads=(1,))
DAN = Employee("dan", "Dan", department_ids=(2,))
EAST = Department(2, "east", 1, managers=("bob",))
AWAY = NotSent("user", "HTTP 503")
QUESTIONS = (Whom(), Whom(person="bob"), Whom(person="nobody"), Whom(department="all"))


async def seen_by(stage: Stage, viewer: str, whom: Whom = QUESTIONS[0]) -> Sight:
    return await Visibility(stage.directory, ["cat"]).seen_by(viewer, whom)


async def test_a_lead_who_lost_the_role_without_an_event_is_shown_nobody() -> None:
    stage = Stage(LEAD, BOB, CAT)
    await stage.directory.crawl()
    assert (await seen_by(stage, "ann")).user_ids == ("bob", "cat")
    stage.contacts.people["ann"] = ANN
    assert await seen_by(stage, "ann") == Sight(Sighted.NO_LEAD)
    assert stage.contacts.asked == ["ann", "ann"]


async def test_a_manager_who_was_named_before_and_is_no_more_is_shown_nobody() -> None:
    stage = Stage(ANN, replace(BOB, department_ids=(2,)), DAN)
    stage.contacts.departments = (ROOT, EAST)
    await stage.directory.crawl()
    assert (await seen_by(stage, "bob")).user_ids == ("dan",)
    stage.contacts.departments = (ROOT, replace(EAST, managers=()))
    assert await seen_by(stage, "bob") == Sight(Sighted.NO_LEAD)
    assert stage.directory.crawl_wanted.is_set()


async def test_a_lead_who_cannot_be_read_sees_only_themselves() -> None:
    stage = Stage(LEAD, BOB, CAT)
    await stage.directory.crawl()
    stage.contacts.refusals = {"ann": AWAY, "bob": AWAY, "cat": AWAY}
    for whom in QUESTIONS:
        assert await seen_by(stage, "ann", whom) == Sight(Sighted.NOT_READ)
    visibility = Visibility(stage.directory, ["cat"])
    assert await visibility.led_by("ann", "bob") is None
    assert await visibility.decided_by("ann", ["bob"]) is None
    assert (await seen_by(stage, "ann", Whom(person="ann"))).user_ids == ("ann",)
    assert (await seen_by(stage, "cat")).user_ids == ("ann", "bob"), "an admin, by the configuration"
    assert await seen_by(stage, "bob") == Sight(Sighted.NO_LEAD)


async def test_a_lead_whom_dingtalk_knows_no_more_is_shown_nobody() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.clock.pass_by(timedelta(seconds=1))
    del stage.contacts.people["ann"]
    assert await seen_by(stage, "ann") == Sight(Sighted.NO_LEAD)
    assert stage.directory.employee("ann") is None


async def test_who_leads_nobody_costs_no_call() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    assert await seen_by(stage, "bob") == Sight(Sighted.NO_LEAD)
    assert stage.contacts.asked == []


@pytest.mark.parametrize("lead", ["ann", "cat"])  # by DingTalk, and an admin by the configuration
async def test_no_role_is_known_before_the_first_walk(lead: str) -> None:
    stage = Stage(LEAD, BOB, CAT)
    visibility = Visibility(stage.directory, ["cat"])
    assert not await visibility.is_role_known(lead)
    assert await visibility.seen_by(lead, Whom(person="bob")) == Sight(Sighted.NOT_READ)
    await stage.directory.crawl()
    assert await visibility.is_role_known(lead)


# --- what an event says


async def test_from_the_event_on_a_lead_is_told_nothing_until_they_are_read() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.contacts.refusals = {"ann": AWAY}
    stage.directory.changed(["ann"])
    visibility = Visibility(stage.directory, ["cat"])
    async with stage.running():
        await stage.until(lambda: bool(stage.naps))  # the look-up failed
        assert not await visibility.is_role_settled("ann")
        assert await visibility.to_be_told("ann", ["bob"]) is None
        assert await visibility.is_led_by("bob", "ann") is None
        stage.contacts.refusals.clear()
        stage.contacts.people["ann"] = ANN
        await stage.until(lambda: stage.database.rows["ann"][0] == ANN)
    assert await visibility.to_be_told("ann", ["bob"]) == (frozenset(), 0)


async def test_a_walk_that_was_on_its_way_before_the_event_settles_nothing() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.contacts.walk_gate.clear()
    crawling = asyncio.create_task(stage.directory.crawl())
    await stage.until(lambda: stage.contacts.walks == 2)
    stage.directory.changed(["bob"])
    stage.directory.departments_changed([1])
    stage.contacts.walk_gate.set()
    await crawling
    assert await seen_by(stage, "ann") == Sight(Sighted.NOT_READ)
    assert stage.directory.may_have_moved("bob")
    await stage.directory.crawl()
    assert not stage.directory.may_have_moved("bob")
    assert (await seen_by(stage, "ann")).user_ids == ("bob",)


async def test_whoever_leads_a_department_that_changed_is_in_doubt_until_the_tree_is_read() -> None:
    stage = Stage(ANN, BOB, replace(CAT, department_ids=(2,)), DAN)
    stage.contacts.departments = (ROOT, EAST)
    await stage.directory.crawl()
    stage.directory.departments_changed([7])
    assert (await seen_by(stage, "bob")).user_ids == ("cat", "dan")
    stage.directory.departments_changed([2])
    assert await seen_by(stage, "bob") == Sight(Sighted.NOT_READ)
    assert await seen_by(stage, "ann") == Sight(Sighted.NO_LEAD)
    stage.contacts.departments = (ROOT, replace(EAST, managers=("dan",)))
    await stage.directory.crawl()
    assert await seen_by(stage, "bob") == Sight(Sighted.NO_LEAD)
    assert (await seen_by(stage, "dan")).user_ids == ("cat",)


async def test_an_event_that_names_no_department_is_about_all() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.directory.departments_changed()
    assert await seen_by(stage, "ann") == Sight(Sighted.NOT_READ)
    await stage.directory.crawl()
    assert (await seen_by(stage, "ann")).user_ids == ("bob",)


async def test_who_changed_is_shown_to_no_lead_until_they_are_read_and_an_admin_sees_them_all_the_same() -> None:
    stage = Stage(LEAD, BOB, CAT, replace(DAN, department_ids=(1,)))
    await stage.directory.crawl()
    stage.directory.changed(["bob"])
    for whom in (Whom(), Whom(department="all")):
        found = await seen_by(stage, "ann", whom)
        assert (found.user_ids, found.left_out) == (("cat", "dan"), 1)
    assert await seen_by(stage, "ann", Whom(person="bob")) == Sight(Sighted.NOT_READ)
    assert (await seen_by(stage, "cat", Whom(person="bob"))).user_ids == ("bob",)
    assert (await seen_by(stage, "cat")).user_ids == ("ann", "bob", "dan")
    visibility = Visibility(stage.directory, ["cat"])
    assert await visibility.led_by("ann", "bob") is None
    assert await visibility.to_be_told("ann", ["bob", "dan", "zoe"]) == ({"dan"}, 1)


async def test_a_team_of_which_everybody_changed_is_not_read_rather_than_empty() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.directory.changed(["bob"])
    assert await seen_by(stage, "ann") == Sight(Sighted.NOT_READ)


async def test_a_sight_stands_until_somebody_of_it_may_not_be_seen_any_more() -> None:
    stage = Stage(LEAD, BOB, replace(DAN, department_ids=(1,)))
    await stage.directory.crawl()
    visibility = Visibility(stage.directory, ())
    whole, one = await visibility.seen_by("ann"), await visibility.seen_by("ann", Whom(person="dan"))
    assert await visibility.now(whole) == whole
    stage.directory.changed(["bob"])
    now = await visibility.now(whole)
    assert (now.outcome, now.user_ids) == (Sighted.NOT_READ, ())
    assert await visibility.now(one) == one


# --- what other processes know


async def test_a_question_goes_by_what_another_process_has_read() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    assert (await Visibility(other, ()).seen_by("ann")).user_ids == ("bob",)
    stage.clock.pass_by(timedelta(seconds=1))
    stage.directory.changed(["bob"])
    stage.contacts.people["bob"] = replace(BOB, department_ids=(2,))
    async with stage.running():
        await stage.until(lambda: not stage.directory.may_have_moved("bob"))
    assert await Visibility(other, ()).seen_by("ann") == Sight(Sighted.NOBODY)


async def test_a_question_goes_by_the_departments_that_another_process_has_read() -> None:
    stage = Stage(ANN, BOB)
    stage.contacts.departments = (replace(ROOT, managers=("ann",)),)
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    assert (await Visibility(other, ()).seen_by("ann")).user_ids == ("bob",)
    stage.contacts.departments = (ROOT,)
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.crawl()
    assert await Visibility(other, ()).seen_by("ann") == Sight(Sighted.NO_LEAD)


async def test_what_another_process_heard_and_read_between_two_questions_holds_for_the_second() -> None:
    stage = Stage(LEAD, BOB, replace(DAN, department_ids=(1,)))
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    visibility = Visibility(other, ())
    before = await visibility.seen_by("ann")
    assert before.user_ids == ("bob", "dan")
    stage.clock.pass_by(timedelta(seconds=1))
    stage.directory.changed(["bob"])
    stage.contacts.people["bob"] = replace(BOB, department_ids=(2,))
    async with stage.running():
        await stage.until(lambda: not stage.directory.may_have_moved("bob"))
    await stage.directory.left(["dan"], stage.clock.now())
    assert await visibility.to_be_told("ann", ["bob", "dan"]) == (frozenset(), 0)
    assert await visibility.now(before) == Sight(Sighted.NOBODY)
    assert await visibility.led_by("ann", "bob") == ()


async def test_an_admin_whom_another_process_heard_leave_sees_nobody() -> None:
    stage = Stage(ANN, BOB, CAT)
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    stage.clock.pass_by(timedelta(minutes=2))
    assert (await Visibility(other, ["cat"]).seen_by("cat")).user_ids == ("ann", "bob")
    await stage.directory.left(["cat"], stage.clock.now())
    assert await Visibility(other, ["cat"]).seen_by("cat") == Sight(Sighted.NOT_READ)
    assert not Visibility(other, ["cat"]).may_decide("cat", "ann")
