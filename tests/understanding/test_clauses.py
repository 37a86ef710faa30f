"""What has the shape of being told beside a command of one's own, though not all of its words are known."""

import pytest

from bot.domain.shifts import CheckType
from bot.understanding import Intent, IntentName, understand
from tests.understanding.figures import PUNCHES, TODAY


def read(text: str) -> Intent:
    return understand(text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kettle on, laptop open, clock me in", IntentName.CLOCK_IN),
        ("grabbed coffee, clocking in", IntentName.CLOCK_IN),
        ("just parked, clock in please", IntentName.CLOCK_IN),
        ("clock me in, coffee in hand", IntentName.CLOCK_IN),
        ("lights off, alarm set, clock me out", IntentName.CLOCK_OUT),
        ("电脑开了，咖啡买了，打卡上班", IntentName.CLOCK_IN),
        ("外面风好大，上班打卡", IntentName.CLOCK_IN),
        ("腿软了，打下班卡", IntentName.CLOCK_OUT),
    ],
)
def test_how_things_are_is_told_beside_a_command(text: str, name: IntentName) -> None:
    assert read(text).name is name


@pytest.mark.parametrize(
    "text",
    [
        "Bob Smith, clock me out",  # who is spoken to?
        "clock me in, Lucy",
        "Bob: kettle on, clock me in",
        "I'm Anna from sales, clock me in",
        "前台的，帮我打卡",
        "夜班的，下班打卡",
        "送餐员，上班打卡",
        "快点来，上班打卡",
        "my mate texted, clock me out",  # whose words are they?
        "song lyrics, clock me out",
        "王芳留言，帮我打下班卡",
        "weather permitting, clocking in",  # is it meant so, and now?
        "walking to the bus, clocking in",
        "locker open, clock in",
        "快擦完了，下班打卡",
        "锁门前，下班打卡",
        "刚洗完脸，上班打卡",
        "今日任务，上班打卡",  # what is it that is clocked?
        "上班打卡，功能不错",
        "上班打卡，修好了",
        "the fastest runner, clocking in",
        "temperature up, clocking in",
        "Rose on, clock me in",  # a name that reads as how things are
        "just posted, clock me in",  # deeds that nobody taught us
        "i keep quiet, clock me in",
        "刚失业，打上班卡",
        "经理布置完了，打上班卡",
        "slide three open, clock me in",
        "front door locked, clock me in",  # at home, or at work?
        "night shift, clock out please",
        "I'm in Rome, clock me in",
        "my wife's laptop on, clock me in",  # "wife's" holds "wife", as "account's" does "account"
        "i'm leaving, account's done, clock me out",
        "标书mockup写完了，下班打卡",  # what forbids it in English does so in a Chinese clause
        "label锁门，下班打卡",
    ],
)
def test_what_names_quotes_or_is_not_so_yet_is_no_punch(text: str) -> None:
    assert read(text).name.value not in PUNCHES


@pytest.mark.parametrize("text", ["明天见，打卡", "see you tomorrow, punch my card"])
def test_who_takes_leave_until_tomorrow_goes(text: str) -> None:
    intent = read(text)
    assert intent.name is IntentName.CLOCK_OUT
    assert intent.direction is CheckType.OFF_DUTY


@pytest.mark.parametrize("text", ["明天见，上班打卡", "see you tomorrow, clock me in"])
def test_who_takes_leave_and_clocks_in_is_asked(text: str) -> None:
    intent = read(text)
    assert intent.name is IntentName.NONE
    assert intent.unsure
