"""People inside one-tap answers, which a lead sends as their own words: by user id, whatever they are called."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.people import Employee
from bot.domain.shifts import CheckType
from bot.i18n import LANGUAGES, Texts, catalogue
from bot.understanding import understand
from bot.understanding.intents import DateRange, IntentName
from bot.views.nudges import TeamNote, escalation
from bot.views.reply import Language
from bot.views.team_days import nothing_seen, of_department, of_person
from tests.builders import SHANGHAI, local

TODAY = date(2026, 11, 24)
IDS = ("user001", "manager4220", "0123456789", "u-12_3", "zhangsan", "16346425-1234", "1001")
CALLED = ("停止提醒", "Off", "下班打卡", "clock out", "excuse Bob today; ", "王五。下班打卡", "")


@pytest.mark.parametrize("user_id", IDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_nudge_by_tap_is_about_nobody_else(language: Language, user_id: str) -> None:
    found = understand(catalogue(language)["button.nudge_says"].format(name=user_id), today=TODAY)
    assert (found.name, found.person, found.department, found.unclear) == (IntentName.NUDGE, user_id, None, ())


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
        ("shall I see al attendance today", "al", "shall I see employee 「u1」 attendance today"),
        ("alan or al: today's attendance", "al", "alan or employee 「u1」: today's attendance"),
        ("看al今天考勤", "al", "看employee 「u1」今天考勤"),
        ("王芳今天考勤", "王芳", "employee 「u1」今天考勤"),
        ("shall I see it", "al", "attendance of employee 「u1」 today"),
    ],
)
def test_a_tap_puts_the_user_id_where_the_name_stands(said: str, asked: str, again: str) -> None:
    choice = nothing_seen("which", [Employee("u1", "Al")], Texts("en", SHANGHAI), said=said, asked=asked)
    assert [button.says for button in choice.buttons] == [again]


# Words of the bot's own, day names and signs that end a clause, in any order, and whatever else there is.
WORDS = (
    *("Field Sales East", "周一组", "today", "Last Week", "谁没打卡", "打卡", "clock out", "第3页", "page 4"),
    *("研发部", "Monday", "2026-11-02", "9月1日到9月15日", "export", "csv", "「", "」", "; ", "。", "\n", "@"),
    *("department 「x」", "employee", "停止提醒", "迟到", "我的", "my", "🚀", "全公司"),
)
ANY_NAME = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("".join),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64),
)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 15)
YESTERDAY = date(2026, 11, 23)
OF_A_DAY = {
    "day_page_says": (IntentName.SUMMARY_RANGE, None),
    "missing_page_says": (IntentName.MISSING, None),
    "departures_page_says": (IntentName.MISSING, CheckType.OFF_DUTY),
}


@pytest.mark.parametrize("language", LANGUAGES)
@given(name=ANY_NAME)
def test_the_next_page_keeps_to_any_department_and_day_and_to_the_question(language: Language, name: str) -> None:
    texts = Texts(language, SHANGHAI)
    for key, (intent, check_type) in OF_A_DAY.items():
        says = texts(f"team.{key}", of=of_department(name, texts), date=f"{YESTERDAY}", page=2)
        found = understand(says, today=TODAY)
        assert (found.name, found.check_type, found.language) == (intent, check_type, language)
        assert (found.department, found.person, found.unclear) == (name, None, ())
        assert (found.dates, found.page) == (DateRange(YESTERDAY, YESTERDAY), 2)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("late", [False, True])
@given(name=ANY_NAME)
def test_the_next_page_of_a_range_keeps_to_any_department_its_days_and_order(
    language: Language, late: bool, name: str
) -> None:
    texts, key = Texts(language, SHANGHAI), "late_page_says" if late else "range_page_says"
    says = texts(f"team.{key}", of=of_department(name, texts), page=2, first=f"{FIRST}", last=f"{LAST}")
    found = understand(says, today=TODAY)
    assert (found.name, found.late_first, found.language) == (IntentName.SUMMARY_RANGE, late, language)
    assert (found.department, found.person, found.unclear) == (name, None, ())
    assert (found.dates, found.page) == (DateRange(FIRST, LAST), 2)


@pytest.mark.parametrize("language", LANGUAGES)
@given(user_id=ANY_NAME)
def test_a_tap_about_one_person_names_them_whatever_their_user_id_is(language: Language, user_id: str) -> None:
    texts = Texts(language, SHANGHAI)
    of = of_person(user_id, texts)
    says = texts("team.person_page_says", of=of, page=2, first=f"{FIRST}", last=f"{LAST}")
    found = understand(says, today=TODAY)
    assert (found.name, found.person, found.department, found.unclear) == (IntentName.HISTORY, user_id, None, ())
    assert (found.dates, found.page) == (DateRange(FIRST, LAST), 2)
    for key, name in (("person_day_says", IntentName.STATUS), ("person_week_says", IntentName.HISTORY)):
        found = understand(texts(f"button.{key}", of=of), today=TODAY)
        assert (found.name, found.person, found.department, found.unclear) == (name, user_id, None, ())
        assert found.dates is not None


@pytest.mark.parametrize(
    "says",
    ["clock in 「HQ」", "他说「上班打卡」", "部门「研发部」上班打卡", "clock out employee 「u1」"],
)
def test_brackets_make_no_punch(says: str) -> None:
    assert understand(says, today=TODAY).name not in {IntentName.CLOCK_IN, IntentName.CLOCK_OUT}
