"""Whom a question about days names: every word of it is a name, a department's, known, or left to be looked up."""

import pytest

from bot.understanding import IntentName, understand
from bot.understanding.explain import as_dict
from bot.understanding.intents import Intent
from tests.understanding.figures import PUNCHES, TODAY


def of(text: str) -> Intent:
    return understand(text, today=TODAY)


@pytest.mark.parametrize(
    "name", ["吴刚", "张建国", "李天一", "张雨晨", "李晓天", "周强", "欧阳娜娜", "user006", "manager4220"]
)
@pytest.mark.parametrize(
    "form",
    [
        "{}今天考勤",
        "{}上周考勤",
        "{}打卡了吗",
        "{}今天",
        "{}上周",
        "看看{}今天考勤",
        "导出{}上个月考勤",
        "{}迟到了吗",
    ],
)
def test_a_person_is_understood_also_where_a_piece_of_the_name_is_a_word(form: str, name: str) -> None:
    intent = of(form.format(name))
    assert (intent.person, intent.unclear) == (name, ())
    assert intent.name in {IntentName.STATUS, IntentName.HISTORY, IntentName.EXPORT}


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("导出我本月考勤", True),
        ("把我这周的考勤导出来", True),
        ("导出我自己的考勤", True),
        ("我的打卡记录导出一下", True),
        ("export my attendance this month", True),
        ("export my own attendance", True),
        ("download my timesheet", True),
        ("我要导出本月考勤", False),
        ("我导出本月考勤", False),
        ("I want to export last month", False),
        ("can I export last week", False),
        ("把考勤表发给我", False),
        ("导出我团队本月考勤", False),
        ("导出我的团队本月考勤", False),
        ("导出我带的人的考勤", False),
        ("导出我的员工本月考勤", False),
        ("export my team's attendance", False),
        ("export my people last month", False),
    ],
)
def test_a_file_of_ones_own_days_is_told_from_one_of_ones_people(text: str, own: bool) -> None:
    intent = of(text)
    assert (intent.name, intent.own, intent.unclear) == (IntentName.EXPORT, own, ())


@pytest.mark.parametrize("name", ["吴刚", "张建国", "李天一", "user006", "0123456789"])
@pytest.mark.parametrize(
    ("form", "does"),
    [
        ("催{}", IntentName.NUDGE),
        ("nudge {}", IntentName.NUDGE),
        ("提醒{}打卡", IntentName.NUDGE),
        ("豁免{}今天", IntentName.EXCUSE),
        ("excuse {} today: doctor", IntentName.EXCUSE),
        ("取消豁免{}今天", IntentName.UNEXCUSE),
    ],
)
def test_a_lead_acts_on_a_person_by_such_a_name_and_by_user_id(form: str, does: IntentName, name: str) -> None:
    intent = of(form.format(name))
    assert (intent.name, intent.person) == (does, name)


@pytest.mark.parametrize(
    "text", ["attendance of user006 today", "did user006 clock in", "user006 last week", "is user006 late"]
)
def test_a_user_id_is_a_person(text: str) -> None:
    assert of(text).person == "user006"


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Tom Baker今天考勤", "Tom Baker"),
        ("tom今天考勤", "tom"),
        ("Alice上周考勤", "Alice"),
        ("查Tom昨天考勤", "Tom"),
    ],
)
def test_latin_letters_directly_before_chinese_are_a_name(text: str, person: str) -> None:
    assert of(text).person == person


@pytest.mark.parametrize(
    ("text", "department"),
    [
        ("销售一部今天考勤", "销售一部"),
        ("研发中心上周考勤", "研发中心"),
        ("研发中心谁没打卡", "研发中心"),
        ("客服二组谁没打卡", "客服二组"),
        ("研发部上周", "研发部"),
        ("全公司今天考勤", "全公司"),
        ("whole company attendance last week", "whole company"),
        ("Engineering attendance today", "Engineering"),
        ("who is late in Engineering", "Engineering"),
        ("summary of Sales last month", "Sales"),
        ("export Engineering this month", "Engineering"),
        ("Asia Sales East department summary today", "Asia Sales East"),
    ],
)
def test_a_department_is_understood(text: str, department: str) -> None:
    intent = of(text)
    assert (intent.department, intent.person, intent.unclear) == (department, None, ())


@pytest.mark.parametrize(
    ("text", "everybody"),
    [
        *(
            ("全公司今天考勤", True),
            ("whole company attendance last week", True),
            ("company attendance today", True),
        ),
        *(("attendance of the company today", True), ("公司今天考勤", False), ("everybody's attendance", False)),
        *(
            ("研发中心上周考勤", False),
            ("company and alice attendance today", False),
            ("clock in @company", False),
        ),
    ],
)
def test_what_may_name_the_whole_company_is_marked(text: str, everybody: bool) -> None:
    assert of(text).everybody is everybody


@pytest.mark.parametrize(
    ("text", "name", "unclear"),
    [
        ("alice today attendance", IntentName.SUMMARY_TODAY, ("alice",)),
        ("attendance of alice last week", IntentName.SUMMARY_RANGE, ("alice",)),
        ("export Tom Baker last month", IntentName.EXPORT, ("Tom Baker",)),
        ("export alice and bob last month", IntentName.EXPORT, ("alice", "bob")),
        ("华东大区今天考勤", IntentName.SUMMARY_TODAY, ("华东大区",)),
        ("总经办今天考勤", IntentName.SUMMARY_TODAY, ("总经办",)),
        ("attendance of 1001 today", IntentName.SUMMARY_TODAY, ("1001",)),
        ("who is late at Beijing office", IntentName.SUMMARY_TODAY, ("Beijing office",)),
        ("司机今天考勤", IntentName.SUMMARY_TODAY, ("司机",)),
        ("新员工上周考勤", IntentName.SUMMARY_RANGE, ("新员工",)),
        ("他今天考勤", IntentName.SUMMARY_TODAY, ("他",)),
        ("her attendance today", IntentName.SUMMARY_TODAY, ("her",)),
        ("attendance of the interns today", IntentName.SUMMARY_TODAY, ("interns",)),
        ("my boss attendance today", IntentName.STATUS, ("my boss",)),
        ("张三和李四今天考勤", IntentName.STATUS, ("李四",)),
    ],
)
def test_what_nothing_accounts_for_is_left_to_be_looked_up(
    text: str, name: IntentName, unclear: tuple[str]
) -> None:
    intent = of(text)
    assert (intent.name, intent.unclear) == (name, unclear)


@pytest.mark.parametrize(
    "text",
    [
        "summary", "今天考勤", "谁没打卡", "上周考勤汇总", "who still hasn't clocked in", "导出成excel",
        "overall attendance this month", "send me the daily summary", "export my hours for the mortgage",
        "who missed their clock out", "夜班都来了吗",
        "my attendance today", "大家都到了吗", "9月上旬考勤",
    ],
)  # fmt: skip
def test_a_question_about_all_or_about_oneself_leaves_nothing_over(text: str) -> None:
    intent = of(text)
    assert (intent.person, intent.department, intent.unclear) == (None, None, ())


@pytest.mark.parametrize("text", ["考勤周期", "考勤范围", "今天考勤方式"])
def test_an_ordinary_word_with_a_surname_in_front_is_nobody(text: str) -> None:
    assert of(text).person is None


@pytest.mark.parametrize(
    "text", ["quickly show me summary rq", "瞅瞅今天考勤", "今天考勤瞅瞅", "today's attendance rundown"]
)
def test_what_does_not_look_like_a_name_counts_only_if_somebody_is_called_so(text: str) -> None:
    intent = of(text)
    assert len(intent.unclear) == 1
    assert intent.loose == set(intent.unclear)


@pytest.mark.parametrize(
    "text",
    ["rq attendance today", "today's summary zorro", "今天考勤佐罗",
     "attendance of alice last week", "who is late in Blorf", "总经办今天考勤",
     "华东大区今天考勤", "show summary Grubnik", "Alice summary today", "export alice last month"],
)  # fmt: skip
def test_what_looks_like_a_name_or_stands_where_one_would_is_never_passed_over(text: str) -> None:
    intent = of(text)
    assert intent.unclear
    assert not intent.loose


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("今天的记录", IntentName.STATUS),
        ("今天的打卡记录", IntentName.STATUS),
        ("昨天的记录", IntentName.HISTORY),
        ("今天的考勤", IntentName.SUMMARY_TODAY),
    ],
)
def test_records_of_a_day_that_nobody_is_named_with_are_ones_own(text: str, name: IntentName) -> None:
    assert of(text).name is name


@pytest.mark.parametrize(
    "text", ["alice today", "Alice last week", "Engineering today", "Tom Baker today", "chart of Alice this month"]
)
def test_a_word_and_a_day_is_published_as_none_and_looked_up(text: str) -> None:
    intent = of(text)
    assert as_dict(intent)["intent"] == "none"
    assert intent.name is IntentName.SOMEBODY
    assert len(intent.unclear) == 1
    assert intent.dates is not None


@pytest.mark.parametrize(
    "text", ["last week", "today", "alice", "alice tomorrow", "alice hates my boss today", "my alice today"]
)
def test_what_says_more_or_less_than_that_is_not_looked_up(text: str) -> None:
    assert of(text).name is not IntentName.SOMEBODY


@pytest.mark.parametrize("name", ["吴刚", "张建国", "Tom Baker", "user006", "李天一"])
@pytest.mark.parametrize(
    "form", ["{}打卡", "{} 打卡", "打卡 {}", "clock in {}", "{}下班了", "{}到公司了", "clock in for {}"]
)
def test_a_name_beside_a_command_punches_nobody_without_asking(form: str, name: str) -> None:
    assert of(form.format(name)).name.value not in PUNCHES


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Daniel Kim 上周考勤", "Daniel Kim"),
        ("Daniel Kim 本月工时", "Daniel Kim"),
        ("Tom Baker attendance this month", "Tom Baker"),
        ("Mary Ann Lee last week attendance", "Mary Ann Lee"),
        ("attendance of Tom Baker this month", "Tom Baker"),
        ("周停今天考勤", "周停"),
        ("看看周停今天考勤", "周停"),
        ("is Hana outside", "Hana"),
        ("is Hana Ito away", "Hana Ito"),
        ("李娜在哪", "李娜"),
    ],
)
def test_a_whole_name_stands_apart_from_what_is_asked(text: str, person: str) -> None:
    assert understand(text, today=TODAY).person == person


@pytest.mark.parametrize("text", ["@Tom Wilson clock in", "Please Send Attendance today", "于是今天考勤"])
def test_words_with_capitals_are_no_name_where_they_are_known_or_something_else_is_said(text: str) -> None:
    assert understand(text, today=TODAY).person is None


@pytest.mark.parametrize(
    "text",
    [
        "除了周婷今天考勤",
        "全公司除了客服部今天考勤",
        "导出本月考勤，除了客服部",
        "summary today except Tom",
        "export this month except Tom",
        "谁没打卡，除了周婷",
    ],
)
def test_a_question_that_leaves_somebody_out_shows_nobody(text: str) -> None:
    assert understand(text, today=TODAY).name is IntentName.NONE


@pytest.mark.parametrize("text", ["我的上级今天考勤", "我的老板今天考勤", "my supervisor attendance today"])
def test_the_day_of_my_lead_is_not_mine(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, bool(intent.unclear)) == (IntentName.STATUS, True)


@pytest.mark.parametrize("text", ["我的考勤", "我的今天考勤", "my attendance today"])
def test_my_own_day_is_mine(text: str) -> None:
    assert not understand(text, today=TODAY).unclear
