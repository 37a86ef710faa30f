"""Names inside one-tap answers, which a lead sends as their own words."""

from datetime import date

import pytest

from bot.domain.people import Employee
from bot.understanding import understand
from bot.understanding.intents import IntentName
from bot.views.people_names import Names, is_plain

SAYS = ("催 {name}", "{name}上周考勤", "{name} 今天考勤", "nudge {name}", "attendance of {name} last week")
HARMLESS = {IntentName.NUDGE, IntentName.HISTORY, IntentName.STATUS, IntentName.SUMMARY_RANGE, IntentName.NONE}


@pytest.mark.parametrize("name", ["王小明", "Alice Johnson", "Seán O'Brien", "Jean-Luc", "买买提·艾力", "王小明2"])
def test_a_plain_name_is_said(name: str) -> None:
    assert Names([Employee("user001", name)]).said("user001") == name


@pytest.mark.parametrize(
    "name",
    [
        "excuse Bob today; ",
        "excuse Bob today\n",
        "王五。下班打卡",
        "李娜(实习)",
        "Bob, stop reminders",
        "",
        "- ",
        "a\u202eb",
    ],
)
def test_a_name_that_could_add_a_clause_is_not_said_but_the_user_id_is(name: str) -> None:
    assert Names([Employee("user001", name)]).said("user001") == "user001"


@pytest.mark.parametrize("says", SAYS)
@pytest.mark.parametrize("act", ["下班打卡", "clock out", "打卡", "confirm approve ABCDE", "excuse Bob today"])
def test_no_plain_name_makes_a_tap_punch_approve_or_excuse(says: str, act: str) -> None:
    for name in (act, f"Bob {act}", f"{act} Bob"):
        assert is_plain(name)
        found = understand(says.format(name=name), today=date(2026, 11, 24))
        assert found.name in HARMLESS | {IntentName.REMIND_SET, IntentName.SUMMARY_TODAY}
