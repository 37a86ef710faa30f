"""Whom a role shows while it is not known whether somebody still has it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.actions import Whom
from bot.domain.people import Department, Employee
from bot.errors import NotSent, StoreRefused
from bot.services.organisation.directory import LEFT_BEHIND, Directory
from bot.services.organisation.visibility import Sight, Sighted, Visibility
from tests.services.directory_stage import ANN, BOB, CAT, ROOT, Stage, said_by

LEAD = replace(ANN, leads=(1,))
DAN = Employee("dan", "Dan", department_ids=(2,))
EAST = Department(2, "east", 1, managers=("bob",))
QUESTIONS = (Whom(), Whom(person="bob"), Whom(person="nobody"), Whom(department="all"))


def seen_by(directory: Directory, viewer: str, whom: Whom = QUESTIONS[0]) -> Sight:
    return Visibility(directory, ["cat"]).of(viewer, whom)


async def test_from_the_event_on_nobody_is_shown_by_a_role_that_was_not_read_since() -> None:
    stage = Stage(LEAD, BOB, CAT)
    await stage.directory.crawl()
    assert seen_by(stage.directory, "ann").user_ids == ("bob", "cat")
    stage.contacts.refusals = {"ann": NotSent("user", "HTTP 503")}
    await stage.directory.changed(["ann"])
    async with stage.running():
        await stage.until(lambda: bool(stage.naps))  # the look-up failed
        assert (await stage.directory.identify(said_by("ann"))).leads == (1,)  # all that is known
        for whom in QUESTIONS:
            assert seen_by(stage.directory, "ann", whom) == Sight(Sighted.NOT_READ)
        assert seen_by(stage.directory, "ann", Whom(person="ann")).user_ids == ("ann",)
        assert seen_by(stage.directory, "cat").user_ids == ("ann", "bob")  # an admin, by the configuration
        stage.contacts.refusals.clear()
        stage.contacts.people["ann"] = ANN
        await stage.until(lambda: stage.database.rows["ann"][0] == ANN)
    assert seen_by(stage.directory, "ann") == Sight(Sighted.NO_LEAD)


async def test_a_reading_that_was_on_its_way_before_the_event_settles_nothing() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.contacts.walk_gate.clear()
    crawling = asyncio.create_task(stage.directory.crawl())
    await stage.until(lambda: stage.contacts.walks == 2)
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["ann"])
    stage.contacts.walk_gate.set()
    await crawling
    assert seen_by(stage.directory, "ann") == Sight(Sighted.NOT_READ)


async def test_whoever_leads_a_department_that_changed_is_in_doubt_until_the_tree_is_read() -> None:
    stage = Stage(ANN, BOB, replace(CAT, department_ids=(2,)), DAN)
    stage.contacts.departments = (ROOT, EAST)
    await stage.directory.crawl()
    stage.contacts.departments = (ROOT, replace(EAST, managers=("dan",)))
    await stage.directory.departments_changed([7])
    assert seen_by(stage.directory, "bob").user_ids == ("cat", "dan")
    await stage.directory.departments_changed([2])
    assert seen_by(stage.directory, "bob") == Sight(Sighted.NOT_READ)
    assert seen_by(stage.directory, "ann") == Sight(Sighted.NO_LEAD)
    await stage.directory.crawl()
    assert seen_by(stage.directory, "bob") == Sight(Sighted.NO_LEAD)
    assert seen_by(stage.directory, "dan").user_ids == ("cat",)


async def test_an_event_that_names_no_department_is_about_all() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    await stage.directory.departments_changed()
    assert seen_by(stage.directory, "ann") == Sight(Sighted.NOT_READ)
    await stage.directory.crawl()
    assert seen_by(stage.directory, "ann").user_ids == ("bob",)


async def test_a_question_goes_by_what_another_process_has_read_of_the_asker() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    stage.contacts.people["ann"] = ANN
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["ann"])
    async with stage.running():
        await stage.until(lambda: stage.database.rows["ann"][0] == ANN)
    assert await Visibility(other, ()).seen_by("ann") == Sight(Sighted.NO_LEAD)


async def test_whether_a_role_is_known_goes_by_what_another_process_has_read_too() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    stage.clock.pass_by(timedelta(seconds=1))
    await other.changed(["ann"])  # its own look-up never runs
    assert not await Visibility(other, ()).is_role_known("ann")
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["ann"])
    async with stage.running():
        await stage.until(lambda: not stage.directory.may_have_lost_a_role("ann"))
    assert await Visibility(other, ()).is_role_known("ann")


@pytest.mark.parametrize("lead", ["ann", "cat"])  # by DingTalk, and an admin by the configuration
async def test_no_role_is_known_before_the_first_crawl(lead: str) -> None:
    stage = Stage(LEAD, BOB, CAT)
    visibility = Visibility(stage.directory, ["cat"])
    assert not await visibility.is_role_known(lead)
    assert visibility.of(lead, Whom(person="bob")) == Sight(Sighted.NOT_READ)
    await stage.directory.crawl()
    assert await visibility.is_role_known(lead)


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


# --- what other processes and the next start know


async def test_a_process_that_is_started_anew_doubts_what_the_one_before_heard_of() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["ann"])  # and then it dies
    started = stage.process()
    await started.load()
    assert seen_by(started, "ann") == Sight(Sighted.NOT_READ)
    stage.contacts.people["ann"] = ANN
    await started.crawl()
    assert seen_by(started, "ann") == Sight(Sighted.NO_LEAD)
    assert stage.database.doubted == {}


async def test_a_start_doubts_the_departments_of_which_the_process_before_heard() -> None:
    for departments in ([1], []):
        stage = Stage(LEAD, BOB)
        await stage.directory.crawl()
        stage.clock.pass_by(timedelta(seconds=1))
        await stage.directory.departments_changed(departments)
        started = stage.process()
        await started.load()
        assert seen_by(started, "ann") == Sight(Sighted.NOT_READ)
        await started.crawl()
        assert seen_by(started, "ann").user_ids == ("bob",)
        again = stage.process()
        await again.load()
        assert seen_by(again, "ann").user_ids == ("bob",)


async def test_what_was_read_since_the_event_is_not_doubted_after_a_restart() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["ann"])
    async with stage.running():
        await stage.until(lambda: stage.database.rows["ann"][1] == stage.clock.now())
    started = stage.process()
    await started.load()
    assert seen_by(started, "ann").user_ids == ("bob",)


async def test_of_what_another_process_heard_the_next_question_knows() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["ann"])
    assert await Visibility(other, ()).seen_by("ann") == Sight(Sighted.NOT_READ)
    assert not await Visibility(other, ()).is_role_known("ann")


async def test_what_a_process_that_died_had_to_read_is_read_by_another_one() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    other = stage.process()
    await other.crawl()
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["ann"])  # and then it dies
    await other.follow()
    assert other.may_have_lost_a_role("ann") and not other.crawl_wanted.is_set()
    stage.clock.pass_by(LEFT_BEHIND + timedelta(seconds=1))
    await other.follow()
    assert other.crawl_wanted.is_set()
    await other.crawl()
    await other.follow()
    assert not other.crawl_wanted.is_set() and seen_by(other, "ann").user_ids == ("bob",)


async def test_an_event_that_cannot_be_kept_is_doubted_all_the_same_and_has_to_come_again() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.database.refusing = True
    with pytest.raises(StoreRefused):
        await stage.directory.changed(["ann"])
    with pytest.raises(StoreRefused):
        await stage.directory.departments_changed()
    assert seen_by(stage.directory, "ann") == Sight(Sighted.NOT_READ)


async def test_who_changed_is_shown_to_no_lead_until_they_are_read_and_an_admin_sees_them_all_the_same() -> None:
    stage = Stage(LEAD, BOB, CAT, replace(DAN, department_ids=(1,)))
    await stage.directory.crawl()
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["bob"])
    for whom in (Whom(), Whom(department="all")):
        found = seen_by(stage.directory, "ann", whom)
        assert (found.user_ids, found.left_out) == (("cat", "dan"), 1)
    assert seen_by(stage.directory, "ann", Whom(person="bob")) == Sight(Sighted.NOT_READ)
    assert seen_by(stage.directory, "cat", Whom(person="bob")).user_ids == ("bob",)
    assert seen_by(stage.directory, "cat").user_ids == ("ann", "bob", "dan")
    visibility = Visibility(stage.directory, ["cat"])
    assert await visibility.led_by("ann", "bob") is None
    assert await visibility.to_be_told("ann", ["bob", "dan", "zoe"]) == ({"dan"}, 1)


async def test_a_team_of_which_everybody_changed_is_not_read_rather_than_empty() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["bob"])
    assert seen_by(stage.directory, "ann") == Sight(Sighted.NOT_READ)


async def test_a_sight_stands_until_somebody_of_it_may_not_be_seen_any_more() -> None:
    stage = Stage(LEAD, BOB, replace(DAN, department_ids=(1,)))
    await stage.directory.crawl()
    visibility = Visibility(stage.directory, ())
    whole, one = await visibility.seen_by("ann"), await visibility.seen_by("ann", Whom(person="dan"))
    assert await visibility.now(whole) == whole
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["bob"])
    now = await visibility.now(whole)
    assert (now.outcome, now.user_ids) == (Sighted.NOT_READ, ())
    assert await visibility.now(one) == one


async def test_what_another_process_read_of_who_changed_settles_it_with_the_next_question() -> None:
    stage = Stage(LEAD, BOB)
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["bob"])
    assert await Visibility(other, ()).seen_by("ann") == Sight(Sighted.NOT_READ)
    stage.contacts.people["bob"] = replace(BOB, department_ids=(2,))
    async with stage.running():
        await stage.until(lambda: not stage.directory.may_have_moved("bob"))
    assert await Visibility(other, ()).seen_by("ann") == Sight(Sighted.NOBODY)


async def test_what_another_process_heard_and_read_between_two_questions_holds_for_the_second() -> None:
    stage = Stage(LEAD, BOB, replace(DAN, department_ids=(1,)))
    await stage.directory.crawl()
    other = stage.process()
    await other.load()
    visibility = Visibility(other, ())
    before = await visibility.seen_by("ann")
    assert before.user_ids == ("bob", "dan")
    stage.clock.pass_by(timedelta(seconds=1))
    await stage.directory.changed(["bob"])
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
