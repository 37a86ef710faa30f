"""What may stand beside a punch where a clause of its own says that one is there, or goes, and what may not."""

from datetime import time

import pytest

from bot.understanding import Intent, IntentName, NoneReason, understand
from tests.understanding.figures import PUNCHES, TODAY


def read(text: str) -> Intent:
    return understand(text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("大门刷卡机坏了，已到工位，打卡", IntentName.CLOCK_IN),
        ("到工位了，开机中，打卡", IntentName.CLOCK_IN),
        ("约了朋友吃饭，先下班了，打卡", IntentName.CLOCK_OUT),
        ("the lift smells funny, I'm at my desk, clock in", IntentName.CLOCK_IN),
        ("I'm at my desk, clock me in while I grab coffee", IntentName.CLOCK_IN),
        ("I'm here, clock me in before the meeting starts", IntentName.CLOCK_IN),
        ("交接给小赵了，打下班卡", IntentName.CLOCK_OUT),
        ("handed the keys to Maria, clock me out", IntentName.CLOCK_OUT),
        ("明天还要早起，下班打卡", IntentName.CLOCK_OUT),
        ("小助手在吗？帮我打上班卡", IntentName.CLOCK_IN),
        ("今天就这些，下班打卡", IntentName.CLOCK_OUT),
        ("签到：漕河泾", IntentName.CLOCK_IN),
        ("on duty, pls record", IntentName.CLOCK_IN),
        ("上午请假，下午到岗，打上班卡", IntentName.CLOCK_IN),
        ("it's 6, I'm off, clock me out", IntentName.CLOCK_OUT),
    ],
)
def test_ones_day_is_told_beside_a_punch(text: str, name: IntentName) -> None:
    assert read(text).name is name


@pytest.mark.parametrize(
    "text",
    [
        "小王刷卡机坏了，已到工位，打卡",
        "老周，我到工位了，打卡",
        "设备到位，打卡",
        "Bob 8:50到的，打卡",
        "Kevin smells funny, I'm at my desk, clock in",
        "clock me in while I grab coffee",
        "clock me in before I arrive",
        "I'm at my desk, clock me in before 9",
        "I'm at the station, clock me in while I walk",
        "帮李四交接给同事了，下班打卡",
        "handed to Tom, clock him out",
        "明天还要早起，上班打卡",
        "下班打卡，明天",
        "打卡？在吗",
        "在吗？打卡？",
        "我到了，这是打卡功能",
        "签到：巴黎铁塔",
        "please record that Bob is in",
        "please record the meeting",
        "it's 6 degrees, clock me in when warm",
        "电脑开机了就打上班卡",
        "在老家，打上班卡",
    ],
)
def test_somebody_else_a_step_to_come_or_another_place_is_no_punch(text: str) -> None:
    assert read(text).name.value not in PUNCHES


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("早，我8:47到了，打卡", time(8, 47)),
        ("我8:47到的公司，现在打卡", time(8, 47)),
        ("八点五十到公司的，打卡", time(8, 50)),
        ("I got here at 8:47, clock me in", time(8, 47)),
        ("八点五十到岗，打卡", time(8, 50)),
        ("18:02, clocking out", time(18, 2)),
    ],
)
def test_a_minute_at_which_one_came_or_went_goes_out_to_be_compared_with_the_clock(text: str, at: time) -> None:
    intent = read(text)
    assert intent.name.value in PUNCHES
    assert intent.at == at


@pytest.mark.parametrize(
    "text",
    [
        "I leave at 18:12, clock me out",
        "九点到公司，打卡",
        "我到了，8:58打卡",
        "18:00, clocking out",
        "18:05，下班打卡",
    ],
)
def test_a_time_that_may_be_the_plan_is_asked_about(text: str) -> None:
    intent = read(text)
    assert intent.name is IntentName.NONE
    assert intent.none_reason is NoneReason.OTHER_TIME
    assert intent.unsure


@pytest.mark.parametrize("text", ["淋成落湯雞，下班打卡", "肚子餓了，下班打卡", "師傅早，打上班卡"])
def test_a_punch_in_traditional_characters(text: str) -> None:
    assert read(text).name.value in PUNCHES


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("stuck in traffic but here now, clock in", True),
        ("stuck in traffic, but I am here now, clock in", True),
        ("堵在路上，现在到了，上班打卡", True),
        ("堵在路上，但现在到了，打卡", True),
        ("stuck in traffic, clock in", False),
        ("stuck in traffic but will be here soon, clock in", False),
        ("还在路上，到了打卡", False),
        ("我还在路上，同事现在到了，打卡", False),
        ("still on my way, but not here now, clock in", False),
    ],
)
def test_who_was_held_up_and_says_to_be_there_now_is_asked(text: str, asked: bool) -> None:
    intent = read(text)
    assert (intent.name, intent.none_reason, intent.unsure) == (IntentName.NONE, NoneReason.ABSENT, asked)
