"""People inside one-tap answers, which a lead sends as their own words: by user id, whatever they are called."""

from datetime import date

import pytest

from bot.domain.people import Employee
from bot.i18n import LANGUAGES, Texts, catalogue
from bot.understanding import understand
from bot.understanding.intents import IntentName
from bot.views.nudges import TeamNote, escalation
from bot.views.people_names import is_plain
from bot.views.reply import Language
from bot.views.team_days import nothing_seen, of_department
from tests.builders import SHANGHAI, local

TODAY = date(2026, 11, 24)
IDS = ("user001", "manager4220", "0123456789", "u-12_3", "zhangsan", "16346425-1234", "1001")
CALLED = ("停止提醒", "Off", "下班打卡", "clock out", "excuse Bob today; ", "王五。下班打卡", "")


@pytest.mark.parametrize(
    "name", ["王小明", "Alice Johnson", "Seán O'Brien", "Jean-Luc", "买买提·艾力", "研发部 Engineering"]
)
def test_a_plain_name_ends_no_clause(name: str) -> None:
    assert is_plain(name)


@pytest.mark.parametrize("name", ["a; b", "a\n", "王五。下班", "李娜(实习)", "Bob, stop", "", "- ", "a\u202eb"])
def test_a_name_with_a_sign_that_may_end_a_clause_is_not_plain(name: str) -> None:
    assert not is_plain(name)


@pytest.mark.parametrize("user_id", IDS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("key", "dated"), [("person_day_says", True), ("person_week_says", True), ("nudge_says", False)]
)
def test_a_tap_with_a_user_id_is_about_nobody_else(
    language: Language, key: str, dated: bool, user_id: str
) -> None:
    found = understand(catalogue(language)[f"button.{key}"].format(name=user_id), today=TODAY)
    assert user_id in (found.person, *found.unclear)
    assert len({found.person, found.department, *found.unclear} - {None}) == 1
    assert (found.dates is not None) is dated
    assert (found.name is IntentName.NUDGE) is (key == "nudge_says")


@pytest.mark.parametrize("name", CALLED)
def test_no_tap_says_a_name(name: str) -> None:
    texts = Texts("zh", SHANGHAI)
    one = Employee("user001", name)
    note = escalation(TeamNote(local("09:00"), local("09:30"), [one]), texts)
    assert note is not None
    choice = nothing_seen("which", [one, Employee("user002", name)], texts, said=f"{name}今天考勤", asked=name)
    says = [button.says for button in (*note.buttons, *choice.buttons)]
    assert says[0] == "催 user001"
    assert all("user00" in said and (not name or name not in said) for said in says)


@pytest.mark.parametrize(
    ("said", "asked", "again"),
    [
        ("shall I see al attendance today", "al", "shall I see u1 attendance today"),
        ("alan or al: today's attendance", "al", "alan or u1: today's attendance"),
        ("看al今天考勤", "al", "看u1今天考勤"),
        ("王芳今天考勤", "王芳", "u1今天考勤"),
        ("shall I see it", "al", "attendance of u1 today"),
    ],
)
def test_a_tap_puts_the_user_id_where_the_name_stands(said: str, asked: str, again: str) -> None:
    choice = nothing_seen("which", [Employee("u1", "Al")], Texts("en", SHANGHAI), said=said, asked=asked)
    assert [button.says for button in choice.buttons] == [again]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["day_page_says", "missing_page_says", "range_page_says"])
@pytest.mark.parametrize(
    "title", ["研发部", "Customer Support", "研发部 Engineering", "华东大区", "Asia Sales East"]
)
def test_the_next_page_keeps_to_the_department(language: Language, key: str, title: str) -> None:
    texts = Texts(language, SHANGHAI)
    says = texts(f"team.{key}", of=of_department(title, texts), page=2, first="2026-11-01", last="2026-11-15")
    found = understand(says, today=TODAY)
    named = [one for one in (found.person, found.department, *found.unclear) if one]
    assert named and all(one.lower() in title.lower() for one in named)
    assert title in says
    assert found.page == 2
