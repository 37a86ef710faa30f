"""Who and which department go by a name, of those whom the asker may see."""

import pytest

from bot.domain.people import Department, Employee, departments_called, people_called

PEOPLE = tuple(
    Employee(user_id, name)
    for user_id, name in (
        ("user001", "李晓"),
        ("user002", "李晓天"),
        ("user003", "Alice Wu"),
        ("user004", "Alice Wu"),
        ("user006", "Tom Baker"),
        ("off", "user006"),
    )
)
NAMES = (
    "研发部 Engineering",
    "Support East",
    "Support",
    "销售一部",
    "销售一部",
    "Legal Team",
    "市场",
    "设计部",
    "设计组",
)
DEPARTMENTS = tuple(Department(number, name) for number, name in enumerate(NAMES, 1))


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("user001", ["user001"]),
        ("user006", ["user006"]),  # though somebody is called so
        ("tom baker", ["user006"]),
        ("ＴＯＭ  Baker", ["user006"]),
        ("李晓", ["user001"]),
        ("alice wu", ["user003", "user004"]),
        ("tom", []),
        ("李", []),
        ("", []),
    ],
)
def test_a_user_id_goes_before_a_name_and_a_name_is_named_whole(named: str, found: list[str]) -> None:
    assert [one.user_id for one in people_called(named, PEOPLE)] == found


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("研发部 engineering", [1]),
        ("support", [3]),
        ("support team", [3]),
        ("legal", [6]),
        ("市场部", [7]),
        ("销售一部", [4, 5]),
        ("设计", []),  # of two names it may be either
        ("销售", []),
        ("", []),
    ],
)
def test_a_department_goes_by_its_name_with_or_without_its_ending(named: str, found: list[int]) -> None:
    assert [one.department_id for one in departments_called(named, DEPARTMENTS)] == found
