"""A punch turned into a question, a quotation, somebody else's or tomorrow's is a punch no longer."""

from collections.abc import Callable

import pytest

from bot.understanding import Intent, IntentName, understand
from tests.understanding.figures import PUNCHES, TODAY, rows

PUNCH_ROWS = [row for row in rows("positives.jsonl") + rows("fresh.jsonl") if row["intent"] in PUNCHES]
CHINESE = [row["text"] for row in PUNCH_ROWS if row["lang"] != "en"]
ENGLISH = [row["text"] for row in PUNCH_ROWS if row["lang"] == "en"]
# a request put as a question stays a request
REQUESTS = ("能", "可以", "can ", "could ", "would ", "will ", "cn u ", "cud u ", "ok?")
COURTESIES = (
    "早",
    "好",
    "辛苦",
    "拜拜",
    "周末愉快",
    "明天见",
    "下周见",
    "周一见",
    "晚安",
    "再见",
    "各位",
    "快乐",
)  # 大家早 is a greeting, and so is 大家晚安
FAREWELLS = ("see you", "bye", "later")  # "see you" and "tomorrow" make a farewell

Turn = Callable[[str], str]

TURNS_ZH: dict[str, Turn] = {
    "他说": lambda said: f"他说{said}",
    "老板说：": lambda said: f"老板说：{said}",
    "quoted": lambda said: f"“{said}”",
    "明天": lambda said: f"明天{said}",
    "等会": lambda said: f"等会{said}",
    "如果": lambda said: f"如果{said}",
    "别": lambda said: f"别{said}",
    "不要": lambda said: f"不要{said}",
    "我还没": lambda said: f"我还没{said}",
    "每天": lambda said: f"每天{said}",
    "自动": lambda said: f"自动{said}",
    "记得": lambda said: f"记得{said}",
    "提醒：": lambda said: f"提醒：{said}",
    "帮李四": lambda said: f"帮李四{said}",
    "昨天": lambda said: f"昨天{said}",
    "on the way": lambda said: f"{said}，我还在路上",
    "not there": lambda said: f"还没到，{said}",
    "what it means": lambda said: f"“{said}”是什么意思",
    "failed": lambda said: f"{said}失败了",
    "when": lambda said: f"{said}的时候",
    "an interface": lambda said: f"{said}接口",
}
TURNS_EN: dict[str, Turn] = {
    "he said": lambda said: f"he said {said}",
    "quoted": lambda said: f'"{said}"',
    "if": lambda said: f"if I forget, {said}",
    "tomorrow": lambda said: f"tomorrow {said}",
    "soon": lambda said: f"{said} soon",
    "in minutes": lambda said: f"{said} in 10 minutes",
    "at a time": lambda said: f"{said} at 6pm",
    "not": lambda said: f"don't {said}",
    "she": lambda said: f"she {said}",
    "remember to": lambda said: f"remember to {said}",
    "every day": lambda said: f"{said} automatically every day",
    "for Bob": lambda said: f"{said} for Bob",
    "when I arrive": lambda said: f"{said} when I arrive",
    "failed": lambda said: f"{said} failed",
    "yesterday": lambda said: f"{said} yesterday",
    "about to": lambda said: f"about to {said}",
    "reminder": lambda said: f"reminder: {said}",
    "on my way": lambda said: f"{said} but I'm on my way",
    "a page": lambda said: f"the {said} page",
    "the code": lambda said: f"{said} the code",
}


def read(text: str) -> Intent:
    return understand(text, today=TODAY)


def punched(texts: list[str], turn: Turn) -> list[str]:
    return [turned for turned in map(turn, texts) if read(turned).name.value in PUNCHES]


@pytest.mark.parametrize("turn", TURNS_ZH)
def test_a_turned_chinese_punch_is_none(turn: str) -> None:
    texts = [text for text in CHINESE if "再见" not in text]  # 明天再见 is a farewell
    assert len(texts) > 1000
    assert punched(texts, TURNS_ZH[turn]) == []


@pytest.mark.parametrize("turn", TURNS_EN)
def test_a_turned_english_punch_is_none(turn: str) -> None:
    texts = [text for text in ENGLISH if not any(word in text.casefold() for word in (*FAREWELLS, "because"))]
    assert len(texts) > 100
    assert punched(texts, TURNS_EN[turn]) == []


def test_a_punch_with_a_question_mark_is_none_unless_it_is_a_request() -> None:
    texts = [text for text in CHINESE + ENGLISH if not any(word in text.casefold() for word in REQUESTS)]
    assert len(texts) > 200
    assert punched(texts, lambda said: f"{said}?") == []


def test_a_punch_of_everybody_is_none_where_it_is_not_a_greeting() -> None:
    texts = [text for text in CHINESE if not any(word in text for word in COURTESIES)]
    assert punched(texts, lambda said: f"大家{said}") == []


@pytest.mark.parametrize(
    "text",
    [
        "下班打卡，这个功能不错",
        "按钮改好了，上班打卡",
        "Bob, clock out",
        "@所有人 打卡",
        "@all clock in",
        "clock_in()",
    ],
)
def test_a_clear_command_beside_something_foreign_is_none(text: str) -> None:
    assert read(text).name is IntentName.NONE


@pytest.mark.parametrize(
    "text",
    [
        "上班打卡 下班打卡",
        "我打卡了",
        "打卡 王府井新店开业",
        "在总部或是浦东打卡",
        "要么上班打卡要么下班打卡",
        "clock out whatever",
        "39.9088,116.3975",
        "please clock in now",
        "hello, please clock in",
        "请打卡",
        "@Bob clock in",
        "@bot clock in @Bob",
        "打卡/签到",
        "打卡 国贸三期",
        "打卡地点：科技园",
        "忙完帮我打卡",
        "早班",
        "have to go",
        "done",
        "WFH today",
        "covering for Bob, clock me in",
        "午休结束",
    ],
)
def test_what_may_have_been_a_punch_is_asked_about(text: str) -> None:
    assert read(text).name is IntentName.NONE
    assert read(text).unsure


@pytest.mark.parametrize("sign", ["…", "\u2057", "\ufe19", "½", "㍿", "\ufdfa"])
def test_signs_that_stand_for_several_do_not_push_the_end_of_a_message_out_of_sight(sign: str) -> None:
    assert read("clock in" + sign * 1_400 + "? did Bob, not me").name.value not in PUNCHES


@pytest.mark.parametrize(
    "text", ["别打卡", "你打卡了吗", "下午三点开会", "网红打卡地", "clock in tomorrow", "帮张三打卡"]
)
def test_what_is_clearly_no_punch_is_not_asked_about(text: str) -> None:
    assert not read(text).unsure
