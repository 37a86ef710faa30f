"""Who leads whom."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.people import Department, Employee
from bot.domain.teams import Teams

ROOT, EAST, DESK = Department(1, "all"), Department(10, "east", 1), Department(11, "desk", 10)
TREE = (ROOT, EAST, DESK)
WORKER = Employee("worker", "", department_ids=(11,))


def person(user_id: str, *department_ids: int, leads: tuple[int, ...] = ()) -> Employee:
    return Employee(user_id, "", department_ids=department_ids, leads=leads)


BOSS = person("boss", 1, leads=(1,))
EAST_LEAD = person("east-lead", 10, leads=(10,))
DESK_LEAD = person("desk-lead", 11, leads=(11,))


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([BOSS, EAST_LEAD, DESK_LEAD], {"desk-lead"}),
        ([BOSS, EAST_LEAD], {"east-lead"}),
        ([BOSS], {"boss"}),
        ([], set()),
    ],
    ids=["own department", "one above", "the root", "nobody"],
)
def test_the_nearest_department_upward_with_a_lead_is_told(people: list[Employee], expected: set[str]) -> None:
    assert Teams([WORKER, *people], TREE).leads_of("worker") == expected


def test_a_lead_is_not_their_own_and_the_one_above_is_told() -> None:
    teams = Teams([BOSS, EAST_LEAD, DESK_LEAD, WORKER], TREE)
    assert teams.leads_of("desk-lead") == {"east-lead"}
    assert teams.leads_of("boss") == frozenset()


def test_two_leads_of_one_department_are_told_of_each_other() -> None:
    second = person("second", 11, leads=(11,))
    teams = Teams([DESK_LEAD, second, EAST_LEAD, WORKER], TREE)
    assert teams.leads_of("worker") == {"desk-lead", "second"}
    assert teams.leads_of("second") == {"desk-lead"}


def test_a_mark_goes_before_the_managers_of_the_department() -> None:
    managed = replace(DESK, managers=("manager",))
    manager = person("manager", 1)
    assert Teams([WORKER, DESK_LEAD, manager], [ROOT, EAST, managed]).leads_of("worker") == {"desk-lead"}
    assert Teams([WORKER, manager], [ROOT, EAST, managed]).leads_of("worker") == {"manager"}


@pytest.mark.parametrize("people", [[DESK_LEAD], []], ids=["besides a mark", "alone"])
def test_an_extra_lead_leads_in_addition(people: list[Employee]) -> None:
    teams = Teams([WORKER, person("extra", 1), *people], TREE, {"extra": [11]})
    assert teams.leads_of("worker") == {"extra", *(one.user_id for one in people)}


def test_an_extra_lead_does_not_push_the_managers_aside() -> None:
    managed = replace(DESK, managers=("manager",))
    people = [WORKER, person("extra", 1), person("manager", 1)]
    teams = Teams(people, [ROOT, EAST, managed], {"extra": [11]})
    assert teams.leads_of("worker") == {"extra", "manager"}


def test_whoever_is_in_several_departments_has_the_leads_of_each() -> None:
    west = Department(20, "west", 1)
    both = person("both", 11, 20)
    teams = Teams([both, BOSS, DESK_LEAD], [*TREE, west])
    assert teams.leads_of("both") == {"desk-lead", "boss"}


def test_leads_who_left_or_never_logged_in_are_passed_over() -> None:
    managed = replace(DESK, managers=("left",))
    asleep = replace(EAST_LEAD, active=False)
    teams = Teams([WORKER, asleep, BOSS], [ROOT, EAST, managed], {"left-too": [11]})
    assert teams.leads_of("worker") == {"boss"}


def test_what_somebody_leads_has_everything_below() -> None:
    teams = Teams([BOSS, EAST_LEAD, WORKER], TREE)
    assert teams.departments_led("east-lead") == {10, 11}
    assert teams.departments_led("boss") == {1, 10, 11}
    assert teams.departments_led("worker") == frozenset()
    assert teams.departments_led("nobody") == frozenset()


def test_members_are_those_of_the_departments_led_without_the_lead() -> None:
    teams = Teams([BOSS, EAST_LEAD, DESK_LEAD, WORKER], TREE)
    assert [one.user_id for one in teams.members("east-lead")] == ["desk-lead", "worker"]
    assert teams.members("worker") == ()


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        ("worker", False),
        ("desk-lead", True),
        ("east-lead", True),
        ("peer", False),
        ("west", False),
    ],
)
def test_a_day_is_seen_by_the_leads_above_from_both_sides(viewer: str, sees: bool) -> None:
    west = person("west", 20, leads=(20,))
    people = [WORKER, DESK_LEAD, EAST_LEAD, BOSS, west, person("peer", 11)]
    teams = Teams(people, [*TREE, Department(20, "west", 1)])
    assert (viewer in teams.seen_by("worker")) is sees
    assert any(one.user_id == "worker" for one in teams.members(viewer)) is sees


def test_no_lead_sees_a_person_who_is_not_known() -> None:
    teams = Teams([BOSS], TREE)
    assert teams.seen_by("stranger") == frozenset()
    assert teams.leads_of("stranger") == frozenset()


def test_departments_that_contain_each_other_and_missing_parents_end() -> None:
    ring = [Department(10, "", 11), Department(11, "", 10), Department(30, "", 99), Department(40, "", 40)]
    people = [WORKER, EAST_LEAD, person("lost", 30), person("alone", 40), person("nowhere"), person("gone", 77)]
    teams = Teams(people, ring)
    assert teams.leads_of("worker") == {"east-lead"}
    assert teams.departments_led("east-lead") == {10, 11}
    for user_id in ("lost", "alone", "nowhere", "gone"):
        assert teams.leads_of(user_id) == frozenset()


_ids = st.integers(1, 8)
_departments = st.lists(
    st.builds(
        Department,
        _ids,
        st.just(""),
        st.none() | _ids,
        st.lists(st.sampled_from(["p1", "p2", "gone"]), max_size=2).map(tuple),
    ),
    max_size=8,
)
_people = st.lists(
    st.builds(
        lambda user_id, inside, leads, active: Employee(
            user_id, "", department_ids=inside, leads=leads, active=active
        ),
        st.sampled_from(["p1", "p2", "p3", "p4"]),
        st.lists(_ids, max_size=3).map(tuple),
        st.lists(_ids, max_size=2).map(tuple),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(_people, _departments, st.dictionaries(st.sampled_from(["p3", "gone"]), st.lists(_ids, max_size=2)))
def test_whoever_is_told_of_somebody_is_another_and_may_see_their_days(
    people: list[Employee], departments: list[Department], extra: dict[str, list[int]]
) -> None:
    teams = Teams(people, departments, extra)
    known = {one.user_id: one for one in people}
    for user_id in ("p1", "p2", "p3", "p4", "gone"):
        leads = teams.leads_of(user_id)
        assert user_id not in leads
        for lead in leads:
            assert known[lead].active
            assert lead in teams.seen_by(user_id)
            assert known[user_id] in teams.members(lead)


def test_the_leads_of_100_000_people_are_found() -> None:
    departments = [ROOT, *(Department(number, "", max(1, number // 3)) for number in range(2, 3000))]
    people = [
        person(f"u{number}", number % 2999 + 1, leads=(number % 2999 + 1,) if number < 1500 else ())
        for number in range(100_000)
    ]
    teams = Teams(people, departments)
    found = sum(1 for one in people if teams.leads_of(one.user_id))
    assert found > 98_000
