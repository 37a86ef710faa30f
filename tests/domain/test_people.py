"""Leads and their people, and finding people by name."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.people import Department, Employee, people_called
from bot.domain.teams import Teams
from tests.tables import cases

ROOT, EAST, DESK = Department(1, "all"), Department(10, "east", 1), Department(11, "desk", 10)
TREE = (ROOT, EAST, DESK)


def person(user_id: str, *department_ids: int, leads: tuple[int, ...] = ()) -> Employee:
    return Employee(user_id, "", department_ids=department_ids, leads=leads)


WORKER = person("worker", 11)
BOSS = person("boss", 1, leads=(1,))
EAST_LEAD = person("east-lead", 10, leads=(10,))
DESK_LEAD = person("desk-lead", 11, leads=(11,))
MANAGED = replace(DESK, managers=("manager",))
GONE = replace(EAST_LEAD, active=False)
MANAGER, EXTRA = person("manager", 1), person("extra", 1)
NAMED = [
    *(Employee("user001", "李晓"), Employee("user002", "李晓天"), Employee("user003", "Alice Wu")),
    *(
        Employee("user004", "Alice Wu"),
        Employee("user006", "Tom Baker"),
        Employee("off", "user006"),
    ),
]


@cases
def test_the_nearest_lead_upward_is_a_persons_lead(
    people: list[Employee], desk: Department, extra: dict[str, list[int]], expected: set[str]
) -> None:
    assert Teams([WORKER, *people], [ROOT, EAST, desk], extra).leads_of("worker") == expected


def test_a_lead_reports_to_another_lead() -> None:
    teams = Teams([BOSS, EAST_LEAD, DESK_LEAD, WORKER], TREE)
    assert teams.leads_of("desk-lead") == {"east-lead"}
    assert teams.leads_of("boss") == frozenset()
    both = Teams([DESK_LEAD, person("second", 11, leads=(11,)), EAST_LEAD, WORKER], TREE)
    assert both.leads_of("worker") == {"desk-lead", "second"}
    assert both.leads_of("second") == {"desk-lead"}


def test_a_person_in_several_departments_has_the_leads_of_each() -> None:
    teams = Teams([person("both", 11, 20), BOSS, DESK_LEAD], [*TREE, Department(20, "west", 1)])
    assert teams.leads_of("both") == {"desk-lead", "boss"}


@cases
def test_the_leads_above_see_a_person(viewer: str, led: set[int], sees: bool) -> None:
    people = [
        WORKER,
        DESK_LEAD,
        EAST_LEAD,
        BOSS,
        person("west", 20, leads=(20,)),
        person("peer", 11),
    ]
    teams = Teams(people, [*TREE, Department(20, "west", 1)])
    assert teams.departments_led(viewer) == led
    assert (viewer in teams.leads_above("worker")) is sees
    assert any(member.user_id == "worker" for member in teams.members(viewer)) is sees
    assert all(member.user_id != viewer for member in teams.members(viewer))


_ids = st.integers(1, 8)
_some_ids = st.lists(_ids, max_size=3).map(tuple)
_managers = st.lists(st.sampled_from(["p1", "p2", "gone"]), max_size=2).map(tuple)
_departments = st.lists(
    st.builds(Department, _ids, st.just(""), st.none() | _ids, _managers), max_size=8
)
_user_ids = st.sampled_from(["p1", "p2", "p3", "p4"])
_people = st.lists(
    st.builds(Employee, _user_ids, st.just(""), st.none(), _some_ids, _some_ids, st.booleans()),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(
    _people,
    _departments,
    st.dictionaries(st.sampled_from(["p3", "gone"]), st.lists(_ids, max_size=2)),
)
def test_a_lead_is_another_person_and_sees_their_people(
    people: list[Employee], departments: list[Department], extra: dict[str, list[int]]
) -> None:
    teams = Teams(people, departments, extra)
    known = {employee.user_id: employee for employee in people}
    for user_id in ("p1", "p2", "p3", "p4", "gone"):
        for lead in teams.leads_of(user_id):
            assert lead != user_id
            assert known[lead].active
            assert lead in teams.leads_above(user_id)
            assert known[user_id] in teams.members(lead)


@cases
def test_a_user_id_outranks_a_name(named: str, found: list[str]) -> None:
    assert [employee.user_id for employee in people_called(named, NAMED)] == found
