"""Who and which department go by a name, of those whom the asker may see."""

import pytest

from bot.domain.naming import (
    MOST_COMPARED,
    departments_called,
    joined_in,
    names_joined,
    people_called,
    people_near,
)
from bot.domain.people import Department, Employee

PEOPLE = tuple(
    Employee(user_id, name)
    for user_id, name in (
        ("user001", "李晓"), ("user002", "李晓天"), ("user003", "Alice Johnson"), ("user004", "Alice Wu"),
        ("user005", "吴刚"), ("user006", "Tom Baker"), ("off", "Off"), ("wei", "吴伟"),
    )
)  # fmt: skip
DEPARTMENTS = tuple(
    Department(number, name)
    for number, name in enumerate(
        (
            "研发部 Engineering",
            "Customer Support",
            "Support East",
            "华东大区",
            "销售一部",
            "销售一部",
            "Legal Team",
            "市场",
        ),
        1,
    )
)


def ids(named: str, said: str = "") -> list[str]:
    return [one.user_id for one in people_called(named, PEOPLE, said)]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("user001", ["user001"]),
        ("USER001", ["user001"]),
        ("tom baker", ["user006"]),
        ("Tom  Baker", ["user006"]),
        ("tom", ["user006"]),
        ("alice", ["user003", "user004"]),
        ("alice johnson", ["user003"]),
        ("off", ["off"]),
        ("李晓", ["user001"]),
        ("吴", []),
        ("bob", []),
        ("", []),
    ],
)
def test_a_user_id_goes_before_a_name_and_a_whole_name_before_a_word_of_it(named: str, found: list[str]) -> None:
    assert ids(named) == found


@pytest.mark.parametrize(
    ("named", "said", "found"),
    [
        ("李晓", "李晓天今天考勤", ["user002"]),  # no piece of a longer name that was said
        ("李晓", "李晓今天考勤", ["user001"]),
        ("吴", "吴刚今天考勤", ["user005"]),
        ("alice", "Alice Wu today", ["user004"]),
        ("alice", "alice wunderlich today", ["user003", "user004"]),  # "Alice Wu" ends inside a word there
    ],
)
def test_the_longest_name_that_was_said_is_meant(named: str, said: str, found: list[str]) -> None:
    assert ids(named, said) == found


@pytest.mark.parametrize(
    ("named", "said", "found"),
    [
        ("Engineering", "", [1]),
        ("研发部", "", [1]),
        ("engineering", "研发部 Engineering今天考勤", [1]),
        ("support", "Customer Support department summary", [2]),
        ("support", "", []),  # of two names it may be either
        ("华东大区", "", [4]),
        ("销售一部", "", [5, 6]),
        ("legal", "", [7]),
        ("市场部", "", [8]),
        ("市场组", "", [8]),
        ("销售", "", []),
        ("", "", []),
    ],
)
def test_a_department_goes_by_its_name_or_an_unmistakable_part(named: str, said: str, found: list[int]) -> None:
    assert [one.department_id for one in departments_called(named, DEPARTMENTS, said)] == found


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("alcie", ["user003", "user004"]),
        ("吴钢", ["user005", "wei"]),
        ("李晓大", ["user001", "user002"]),
        ("Zoe", []),
    ],
)
def test_near_names_are_the_few_that_look_alike(written: str, near: list[str]) -> None:
    assert sorted(one.user_id for one in people_near(written, PEOPLE)) == near


def test_in_a_crowd_nobody_is_near() -> None:
    assert not people_near("alcie", PEOPLE * (MOST_COMPARED // len(PEOPLE) + 1))


@pytest.mark.parametrize(
    ("said", "names", "expected"),
    [
        ("导出李晓和吴刚本月考勤", ("李晓", "吴刚"), "李晓和吴刚"),
        ("alice and Tom, Off last week", ("Tom", "off", "Alice"), "alice and Tom, Off"),
        ("李晓本月考勤，还有吴刚", ("李晓", "吴刚"), None),
        ("compare Tom with Off", ("Tom", "Off"), None),
        ("本月考勤", ("李晓", "吴刚"), None),
    ],
)
def test_names_joined_by_an_and_are_one_part_of_a_message(
    said: str, names: tuple[str, ...], expected: str | None
) -> None:
    assert joined_in(said, names) == expected


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("李晓 和 吴刚", ("李晓", "吴刚")),
        ("Tom Baker, Off and user003", ("Tom Baker", "Off", "user003")),
        ("Andy Sand", ("Andy Sand",)),
    ],
)
def test_several_names_written_as_one_are_told_apart(written: str, names: tuple[str, ...]) -> None:
    assert names_joined(written) == names
