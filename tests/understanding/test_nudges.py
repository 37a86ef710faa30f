"""Whom a message asks to nudge."""

import pytest

from bot.domain.shifts import CheckType
from bot.i18n import LANGUAGES, catalogue
from bot.understanding import IntentName, understand
from bot.understanding.explain import as_dict
from bot.understanding.intents import NoneReason
from bot.views.reply import Language
from tests.understanding.figures import PUNCHES, TODAY

NAMES = [
    "张三", "王芳", "于娜", "小周", "欧阳娜娜", "买买提", "阿布都·热合曼", "Alice", "Will", "May Lee", "Tom Baker",
    "Mary-Jane O'Neil", "user001", "u-12_3", "manager4220", "0123456789",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_leads_button_says_is_a_nudge_of_that_person(language: Language, name: str) -> None:
    intent = understand(catalogue(language)["button.nudge_says"].format(name=name), today=TODAY)
    assert (intent.name, intent.person) == (IntentName.NUDGE, name)


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("催一下张三打卡", "张三"),
        ("催张三打上班卡", "张三"),
        ("提醒张三打卡", "张三"),
        ("提醒 Alice 打卡", "Alice"),
        ("remind Alice to clock in", "Alice"),
        ("@考勤助手 催 张三", "张三"),
        ("please nudge Lily Wang", "Lily Wang"),
        ("remind 李娜 to clock in", "李娜"),
        ("please remind 李娜 to clock out", "李娜"),
        ("remind user003 to clock in", "user003"),
    ],
)
def test_a_nudge_in_other_words(text: str, person: str) -> None:
    intent = understand(text, today=TODAY)
    assert (as_dict(intent)["intent"], intent.person) == ("nudge", person)


@pytest.mark.parametrize(
    "text",
    [
        "nudge me at 9", "提醒我打卡", "催", "nudge", "nudge the team", "催一下没打卡的人", "chase the invoice",
        "催工资", "别催张三", "提醒大家打卡", "nudge clock in", "nudge 9", "remind me to call Bob",
        "催 张三 明天打卡", "nudge Bob tomorrow",
        "remind Bob to call me", "你催张三了吗", "老板说催张三",
    ],
)  # fmt: skip
def test_what_names_nobody_is_no_nudge(text: str) -> None:
    assert understand(text, today=TODAY).name is not IntentName.NUDGE


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "form", ["催 {}", "催一下{}打卡", "提醒 {} 上班打卡", "nudge {}", "remind {} to clock in"]
)
def test_a_nudge_never_punches_anybody(form: str, name: str) -> None:
    assert understand(form.format(name), today=TODAY).name.value not in PUNCHES


@pytest.mark.parametrize("text", ["nudge Tom?", "催一下周婷？", "nudge Tom or not?", "催周婷了吗"])
def test_a_question_nudges_nobody(text: str) -> None:
    assert understand(text, today=TODAY).name is IntentName.NONE


@pytest.mark.parametrize("text", ["can you nudge Tom?", "could you nudge Tom please?"])
def test_a_polite_question_asks_for_a_nudge(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.person) == (IntentName.NUDGE, "Tom")


@pytest.mark.parametrize(
    ("text", "check_type"),
    [
        ("remind everyone to clock in", CheckType.ON_DUTY),
        ("can you remind everyone to clock in please", CheckType.ON_DUTY),
        ("remind everyone to clock out", CheckType.OFF_DUTY),
        *(("提醒大家打卡", None), ("催大家打卡", None), ("nudge everyone", None), ("催所有人", None)),
    ],
)
def test_who_asks_to_nudge_all_is_shown_whom(text: str, check_type: CheckType | None) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.check_type) == (IntentName.NUDGE_ALL, check_type)
    assert as_dict(intent)["intent"] == "none"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "谢谢提醒大家打卡",
            "记得提醒大家打卡",
            "别提醒大家打卡",
            "老板提醒大家打卡",
            "提醒大家打卡了吗",
            "提醒大家别忘了打卡",
        ),
        *(
            "don't remind everyone to clock in",
            "he reminded everyone to clock in",
            "remind everyone to clock in tomorrow",
        ),
    ],
)
def test_what_is_told_of_all_or_said_to_all_is_no_wish_to_nudge(text: str) -> None:
    assert understand(text, today=TODAY).name is not IntentName.NUDGE_ALL


@pytest.mark.parametrize(
    "text",
    [
        *("can you clock in for 吴刚 please", "can you clock in for 吴刚 please?", "clock in for 吴刚"),
        *("please clock in 吴刚", "clock out for 吴刚 please", "clock in for Bob", "帮李娜打卡"),
    ],
)
def test_a_punch_for_somebody_else_is_refused_as_that(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.none_reason) == (IntentName.NONE, NoneReason.PROXY)


@pytest.mark.parametrize(
    "text", ["did 吴刚 clock in", "when did 吴刚 clock in", "has 吴刚 clocked in", "show clock in 吴刚"]
)
def test_a_question_about_somebodys_punch_stays_one(text: str) -> None:
    assert understand(text, today=TODAY).name is IntentName.STATUS
