"""Who sees whom: a lead's role is read at each question, and no lead sees doubted people."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.people import Department, Employee
from bot.domain.slots import Days, Whom
from bot.domain.stand_ins import Appointment
from bot.errors import NotSent
from bot.services.organisation.sights import Scope, Sight, ViewResult, WhoSees
from tests.services.directory_stage import ANN, BOB, CAT, ROOT, a_stage
from tests.storage.stage import NOON
from tests.waiting import until

LEAD = replace(ANN, leads=(1,))
ADMIN = {"admins": ["cat"]}
DAN = Employee("dan", "Dan", department_ids=(1,))
EAST = Department(2, "east", 1, managers=("bob",))
IN_EAST = replace(BOB, department_ids=(2,))
AWAY = NotSent("user", "HTTP 503")
QUESTIONS = (Whom(), Whom(person="bob"), Whom(person="nobody"), Whom(department=1))


async def test_a_lead_who_lost_the_role_sees_nobody(tmp_path: Path) -> None:
    async with a_stage(tmp_path, LEAD, BOB, **ADMIN) as stage:
        await stage.directory.crawl()
        assert await stage.visibility.read_sight("bob") == Sight(ViewResult.NO_LEAD)
        assert stage.contacts.asked == [], "who leads nobody costs no call"
        assert (await stage.visibility.read_sight("ann")).user_ids == ("bob",)
        stage.contacts.people["ann"] = ANN
        assert await stage.visibility.read_sight("ann") == Sight(ViewResult.NO_LEAD)
        stage.clock.move(1)
        del stage.contacts.people["ann"]
        await stage.directory.mark_people_changed(["ann"])
        assert await stage.visibility.read_sight("ann") == Sight(ViewResult.NO_LEAD)
        assert stage.directory.employee("ann") is None


async def test_a_former_manager_sees_nobody(tmp_path: Path) -> None:
    async with a_stage(tmp_path, ANN, IN_EAST, replace(DAN, department_ids=(2,))) as stage:
        stage.contacts.departments = (ROOT, EAST)
        await stage.directory.crawl()
        assert (await stage.visibility.read_sight("bob")).user_ids == ("dan",)
        stage.contacts.departments = (ROOT, replace(EAST, managers=()))
        assert await stage.visibility.read_sight("bob") == Sight(ViewResult.NOT_READ)
        stage.clock.move(1)
        await stage.directory.crawl()
        assert await stage.visibility.read_sight("bob") == Sight(ViewResult.NO_LEAD)


async def test_an_event_about_a_former_manager_ends_the_role(tmp_path: Path) -> None:
    async with a_stage(tmp_path, ANN, IN_EAST, replace(DAN, department_ids=(2,))) as stage:
        stage.contacts.departments = (ROOT, EAST)
        await stage.directory.crawl()
        stage.clock.move(1)
        stage.contacts.departments = (ROOT, replace(EAST, managers=()))
        before = len(stage.contacts.asked)
        async with stage.running():
            await stage.directory.mark_people_changed(["bob"])
            await until(lambda: not stage.directory.is_doubted("bob"), what="bob is read")
        assert stage.contacts.asked[before:] == ["bob"]
        assert stage.visibility.of("bob") == Sight(ViewResult.NOT_READ)
        assert await stage.visibility.is_led_by("dan", "bob") is None


async def test_an_unreadable_lead_sees_only_their_own_days(tmp_path: Path) -> None:
    async with a_stage(tmp_path, LEAD, BOB, CAT, **ADMIN) as stage:
        await stage.directory.crawl()
        stage.contacts.refusals = dict.fromkeys(("ann", "bob", "cat"), AWAY)
        for whom in QUESTIONS:
            assert await stage.visibility.read_sight("ann", whom) == Sight(ViewResult.NOT_READ)
        assert await stage.visibility.people_led_by("ann", "bob") is None
        assert await stage.visibility.askers_decided_by("ann", ["bob"]) is None
        assert (await stage.visibility.read_sight("ann", Whom(person="ann"))).user_ids == ("ann",)
        assert await stage.visibility.read_sight("cat") == Sight(ViewResult.NO_TEAM), (
            "an admin, by the configuration"
        )
        assert (await stage.visibility.read_sight("cat", Whom(company=True))).user_ids == (
            "ann",
            "bob",
            "cat",
        )
        await stage.directory.mark_people_changed(["ann"])
        assert (await stage.visibility.read_sight("ann", Whom(own=True))).user_ids == ("ann",)


@pytest.mark.parametrize("lead", ["ann", "cat"])  # by DingTalk, and an admin by the configuration
async def test_no_lead_sees_anybody_before_the_first_walk(tmp_path: Path, lead: str) -> None:
    async with a_stage(tmp_path, LEAD, BOB, CAT, **ADMIN) as stage:
        assert not await stage.visibility.is_role_known(lead)
        assert await stage.visibility.read_sight(lead, Whom(person="bob")) == Sight(
            ViewResult.NOT_READ
        )
        await stage.directory.crawl()
        assert await stage.visibility.is_role_known(lead)


async def test_a_first_name_finds_one_person_and_offers_several(tmp_path: Path) -> None:
    people = (replace(BOB, name="Bob Baker"), replace(BOB, user_id="rob", name="Bob Miller Dan"))
    async with a_stage(tmp_path, LEAD, *people, replace(DAN, department_ids=()), **ADMIN) as stage:
        await stage.directory.crawl()
        read_sight = stage.visibility.read_sight
        assert (await read_sight("ann", Whom(person="baker"))).user_ids == ("bob",)
        assert await stage.visibility.people_led_by("ann", "miller") == people[1:]
        assert await stage.visibility.people_led_by("ann", "dan") == ()  # an id is no first name
        found = await read_sight("ann", Whom(person="Bob"))
        assert (found.outcome, found.user_ids) == (ViewResult.WHICH, ())
        assert [whom.person for _, whom in found.choices] == ["bob", "rob"]
        assert await stage.visibility.read_sight("dan", Whom(person="baker")) == Sight(
            ViewResult.NO_LEAD
        )
        await stage.directory.mark_people_changed(["bob"])
        assert await stage.visibility.read_sight("ann", Whom(person="baker")) == Sight(
            ViewResult.NOT_READ
        )


@pytest.mark.parametrize("role", ["admins", "hr"])
async def test_only_hr_and_admins_see_doubted_people(tmp_path: Path, role: str) -> None:
    async with a_stage(tmp_path, LEAD, BOB, CAT, DAN, **{role: ["cat"]}) as stage:
        await stage.directory.crawl()
        before = await stage.visibility.read_sight("ann")
        dan = await stage.visibility.read_sight("ann", Whom(person="dan"))
        await stage.directory.mark_people_changed(["bob"])
        found = await stage.visibility.read_sight("ann")
        assert (found.user_ids, found.left_out) == (("cat", "dan"), 1)
        found = await stage.visibility.read_sight("ann", Whom(department=1))
        assert (found.user_ids, found.left_out) == (("ann", "cat", "dan"), 1)
        assert await stage.visibility.read_sight("ann", Whom(person="bob")) == Sight(
            ViewResult.NOT_READ
        )
        assert (await stage.visibility.read_sight("cat", Whom(person="bob"))).user_ids == ("bob",)
        assert await stage.visibility.people_led_by("ann", "bob") is None
        assert await stage.visibility.people_for_note("ann", ["bob", "dan", "zoe"]) == ({"dan"}, 1)
        assert await stage.visibility.askers_decided_by("ann", ["bob", "dan"]) == {"dan"}
        refusal = await stage.visibility.recheck(before)
        assert (refusal.outcome, refusal.people) == (ViewResult.NOT_READ, ())
        own = await stage.visibility.read_sight("dan", Whom(own=True))
        assert own.user_ids == ("dan",)
        assert await stage.visibility.recheck(own) == own
        assert await stage.visibility.recheck(dan) == dan
        await stage.directory.mark_people_changed(["cat", "dan"])
        assert await stage.visibility.read_sight("ann") == Sight(ViewResult.NOT_READ), (
            "rather than an empty team"
        )
        stage.contacts.refusals = {"cat": AWAY}
        everybody = await stage.visibility.read_sight("cat", Whom(company=True))
        assert everybody.user_ids == ("ann", "bob", "cat", "dan")
        assert everybody.shows_kinds is (role == "hr")
        assert stage.visibility.of("cat", Whom(company=True)) == everybody


async def test_an_admin_who_leads_sees_doubted_people_and_a_doubted_lead_themselves(
    tmp_path: Path,
) -> None:
    async with a_stage(tmp_path, LEAD, BOB, replace(CAT, leads=(1,)), **ADMIN) as stage:
        await stage.directory.crawl()
        await stage.directory.mark_people_changed(["ann", "bob"])
        rules = stage.visibility
        team = await rules.read_sight("cat")
        assert (team.user_ids, team.left_out) == (("ann", "bob"), 0)
        for whom in (Whom(company=True), Whom(department=1)):
            sight = await rules.read_sight("cat", whom)
            assert (sight.user_ids, sight.left_out) == (("ann", "bob", "cat"), 0)
        assert await rules.people_led_by("cat", "bob") == (BOB,)
        assert await rules.people_for_note("cat", ["ann", "bob"]) == ({"ann", "bob"}, 0)
        own = await rules.read_sight("ann", Whom(department=1))
        assert (own.user_ids, own.left_out) == (("ann", "cat"), 1)


async def test_who_sees_names_leads_and_admins_and_counts_their_people(tmp_path: Path) -> None:
    async with a_stage(tmp_path, LEAD, BOB, CAT, DAN, **ADMIN) as stage:
        await stage.directory.crawl()
        of_admin = WhoSees(leads=(LEAD,), hr=(), admins=(), departments={}, people=4, all=True)
        assert stage.visibility.who_sees("cat") == of_admin
        of_lead = WhoSees(
            leads=(), hr=(), admins=(CAT,), departments={1: "all"}, people=3, all=False
        )
        assert stage.visibility.who_sees("ann") == of_lead


@pytest.mark.parametrize(
    ("viewer", "seen", "led", "decides", "noted"),
    [
        (
            "ann",
            {"bob": None, "dan": True, "ann": False},
            True,
            {"bob": None, "dan": True},
            ({"dan"}, 1),
        ),
        ("cat", {"bob": True, "dan": True}, True, {"bob": True, "dan": True}, (set(), 0)),
        ("dan", {"bob": None, "ann": False}, True, {"bob": False, "ann": False}, (set(), 0)),
    ],
)
async def test_leads_decide_about_certain_people_admins_about_all_and_hr_about_nobody(
    tmp_path: Path,
    viewer: str,
    seen: dict[str, bool | None],
    led: bool,
    decides: dict[str, bool | None],
    noted: tuple[set[str], int],
) -> None:
    async with a_stage(tmp_path, LEAD, BOB, CAT, DAN, **ADMIN, hr=["dan"]) as stage:
        rules = stage.visibility
        assert not await rules.is_team_known("dan")
        await stage.directory.crawl()
        await stage.directory.mark_people_changed(["bob"])
        assert (await rules.is_team_known("bob"), await rules.is_team_known("dan")) == (False, True)
        assert {who: await rules.is_led_by(who, viewer) for who in seen} == seen
        assert rules.leads(viewer) is led
        assert {who: await rules.may_decide(viewer, who) for who in decides} == decides
        certain = {who for who, may in decides.items() if may}
        assert await rules.askers_decided_by(viewer, [*decides, viewer]) == certain
        assert await rules.people_for_note(viewer, ["bob", "dan"]) == noted
        nudged = {"ann": {"cat", "dan"}, "cat": {"ann", "bob", "dan"}, "dan": set()}
        sight = await rules.read_sight(viewer, Whom(department=1))
        assert rules.team_in(sight) == nudged[viewer]


async def test_a_sight_says_what_was_asked_for(tmp_path: Path) -> None:
    nameless = Employee("eve", "", department_ids=(1,))
    namesake = replace(DAN, user_id="dan2")
    people = (LEAD, DAN, namesake, nameless)
    async with a_stage(tmp_path, *people) as stage:
        await stage.directory.crawl()
        read_sight = stage.visibility.read_sight
        assert await read_sight("ann") == Sight(ViewResult.SEEN, people[1:], name="all")
        assert Sight(ViewResult.NOT_READ, people).user_ids == ()
        everybody = Sight(ViewResult.SEEN, people, Scope.DEPARTMENT, "all")
        assert await read_sight("ann", Whom(department=1)) == everybody
        assert await read_sight("ann", Whom(department=9)) == Sight(ViewResult.NOT_YOURS)
        alone = Sight(ViewResult.SEEN, (nameless,), Scope.PERSON, "eve")
        assert await read_sight("ann", Whom(person="eve")) == alone
        assert (await read_sight("ann", Whom(person="dan2"))).name == "Dan"
        labels = (("Dan (dan)", Whom(person="dan")), ("Dan (dan2)", Whom(person="dan2")))
        both = await read_sight("ann", Whom(people=("dan", "dan2")))
        assert both == Sight(ViewResult.WHICH, choices=labels)
        assert await read_sight("ann", Whom(person="zoe")) == Sight(ViewResult.NOT_YOURS)
        for nobody in ("dan", "zoe"):  # a colleague, and a stranger
            assert await read_sight(nobody, Whom(person="eve")) == Sight(ViewResult.NO_LEAD)


async def test_a_lead_sees_the_departments_below_and_an_admin_all(tmp_path: Path) -> None:
    below = replace(DAN, department_ids=(2,))
    async with a_stage(tmp_path, ANN, BOB, CAT, below, **ADMIN) as stage:
        stage.contacts.departments = (ROOT, EAST)
        await stage.directory.crawl()
        rules = stage.visibility
        assert await rules.read_sight("bob", Whom(department=1)) == Sight(ViewResult.NOT_YOURS)
        assert await rules.read_sight("bob", Whom(company=True)) == Sight(ViewResult.NOT_COMPANY)
        either = Whom(departments=(1, 2))
        assert (await rules.read_sight("bob", either)).name == "east"
        labels = (("all", Whom(department=1)), ("east", Whom(department=2)))
        both = await rules.read_sight("cat", either)
        assert both == Sight(ViewResult.WHICH_DEPARTMENT, choices=labels)
        stage.contacts.people["ann"] = replace(ANN, leads=(1, 2))
        stage.clock.move(1)
        await stage.directory.crawl()
        both = await rules.read_sight("ann")
        assert (both.outcome, both.name) == (ViewResult.SEEN, "")
        stage.contacts.people["ann"] = replace(ANN, leads=(9,))
        stage.contacts.people["dan"] = replace(DAN, department_ids=(9,))
        await stage.directory.mark_people_changed(["ann", "dan"])
        await stage.settled()
        unknown = await rules.read_sight("ann")
        assert (unknown.user_ids, unknown.name) == (("dan",), ""), "a new department"
        company = await rules.read_sight("cat", Whom(company=True))
        assert (company.scope, company.name) == (Scope.COMPANY, "")
        assert company.user_ids == ("ann", "bob", "cat", "dan")


async def test_a_doubted_lead_gets_no_notes(tmp_path: Path) -> None:
    async with a_stage(tmp_path, LEAD, BOB) as stage:
        await stage.directory.crawl()
        stage.contacts.refusals = {"ann": AWAY}
        await stage.directory.mark_people_changed(["ann"])
        assert not await stage.visibility.is_role_settled("ann")
        assert await stage.visibility.people_for_note("ann", ["bob"]) is None
        assert await stage.visibility.is_led_by("bob", "ann") is None
        stage.contacts.refusals.clear()
        stage.contacts.people["ann"] = ANN
        await stage.settled()
        assert await stage.visibility.people_for_note("ann", ["bob"]) == (frozenset(), 0)


async def test_a_department_event_doubts_leads_until_the_next_walk(tmp_path: Path) -> None:
    async with a_stage(
        tmp_path, ANN, BOB, replace(CAT, department_ids=(2,)), replace(DAN, department_ids=(2,))
    ) as stage:
        stage.contacts.departments = (ROOT, EAST)
        await stage.directory.crawl()
        stage.clock.move(1)
        await stage.directory.mark_departments_changed()
        assert await stage.visibility.read_sight("bob") == Sight(ViewResult.NOT_READ)
        assert await stage.visibility.read_sight("ann") == Sight(ViewResult.NO_LEAD)
        stage.contacts.departments = (ROOT, replace(EAST, managers=("dan",)))
        await stage.directory.crawl()
        assert await stage.visibility.read_sight("bob") == Sight(ViewResult.NO_LEAD)
        assert (await stage.visibility.read_sight("dan")).user_ids == ("cat",)


async def test_a_stand_in_sees_no_past_days_of_a_lead_who_moved(tmp_path: Path) -> None:
    people = (replace(who, department_ids=(2,)) for who in (ANN, BOB, DAN))
    async with a_stage(tmp_path, *people) as stage:
        stage.contacts.departments = (ROOT, replace(EAST, managers=("ann",)))
        await stage.directory.crawl()
        yesterday = stage.directory.today
        stage.clock.move(86_400)
        stage.contacts.people["ann"] = ANN
        await stage.directory.crawl()
        week = (yesterday, yesterday + timedelta(days=6))
        await stage.store.stand_ins.appoint(Appointment("S-1", "ann", "bob", *week, NOON))
        for whom, seen in (
            (Whom(), ("dan",)),
            (Whom(department=2), ("bob", "dan")),
            (Whom(person="ann"), ()),
        ):
            sight = await stage.visibility.read_sight("bob", whom, Days(yesterday, yesterday))
            assert sight.user_ids == seen


async def test_a_question_uses_changes_that_another_process_read(tmp_path: Path) -> None:
    async with a_stage(tmp_path, LEAD, BOB, CAT, DAN, **ADMIN) as stage:
        await stage.directory.crawl()
        other = await stage.another()
        before = await other.visibility.read_sight("ann")
        assert before.user_ids == ("bob", "cat", "dan")
        stage.clock.move(1)
        await stage.directory.mark_people_changed(["bob"])
        assert (await other.visibility.read_sight("ann")).user_ids == ("cat", "dan")
        stage.contacts.people["bob"] = IN_EAST
        await stage.settled()
        await stage.directory.remove_people(["dan", "cat"])
        assert await other.visibility.people_for_note("ann", ["bob", "dan"]) == (frozenset(), 0)
        assert await other.visibility.recheck(before) == Sight(ViewResult.NOBODY)
        assert await other.visibility.people_led_by("ann", "bob") == ()
        assert await other.visibility.read_sight("cat") == Sight(ViewResult.NOT_READ), (
            "an admin who left"
        )
        assert await other.visibility.may_decide("cat", "ann") is None


async def test_administrators_decide_where_there_is_no_lead(tmp_path: Path) -> None:
    async with a_stage(tmp_path, LEAD, BOB, CAT, **ADMIN) as stage:
        await stage.directory.crawl()
        assert stage.visibility.deciders("bob") == {"ann"}
        assert stage.visibility.deciders("ann") == {"cat"}
        stage.contacts.people["ann"] = ANN
        stage.clock.move(1)
        await stage.directory.crawl()
        assert stage.visibility.deciders("cat") == frozenset()
