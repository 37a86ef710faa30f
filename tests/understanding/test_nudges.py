"""Whom a message asks to nudge."""

import pytest

from bot.i18n import LANGUAGES, catalogue
from bot.understanding import IntentName, understand
from bot.understanding.explain import as_dict
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
