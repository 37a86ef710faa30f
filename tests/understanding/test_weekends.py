"""Reminders of a weekend: the two dates of the coming one, a question where which is meant is not plain."""

from datetime import date, timedelta

import pytest

from bot.understanding import DateRange, Intent, IntentName, understand
from bot.understanding.intents import RemindWish

THURSDAY = date(2026, 11, 26)
SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 11, 29)
WEEKEND = DateRange(SATURDAY, SUNDAY)


def read(text: str, today: date = THURSDAY) -> Intent:
    return understand(text, today=today)


@pytest.mark.parametrize(
    "text",
    [
        "turn off reminders for the weekend",
        "turn off reminders over the weekend",
        "don't remind me this weekend",
        "don't remind me at the weekend",
        "no reminders on the weekend",
        "no reminders during the weekend",
        "周末别提醒我",
        "周末关闭提醒",
        "周末打卡别提醒我",
        "周末不用提醒我打卡",
        "周末两天别提醒我",
        "这个周末别提醒",
        "本周末别提醒我",
        "本周六日别提醒我",
    ],
)
@pytest.mark.parametrize("today", [THURSDAY, SATURDAY, SUNDAY])
def test_the_weekend_is_the_coming_one_or_that_of_today(text: str, today: date) -> None:
    intent = read(text, today)
    assert (intent.name, intent.remind, intent.dates) == (IntentName.REMIND_OFF, None, WEEKEND)


@pytest.mark.parametrize("text", ["周六日别提醒我", "礼拜六日别提醒我", "星期六日请假"])
def test_saturday_and_sunday_in_one_word_are_both(text: str) -> None:
    assert read(text).dates == WEEKEND


def test_on_monday_it_is_the_weekend_to_come() -> None:
    monday = SUNDAY + timedelta(days=1)
    assert read("周末别提醒我", monday).dates == DateRange(
        SATURDAY + timedelta(days=7), SUNDAY + timedelta(days=7)
    )


def test_a_part_of_the_weekend_stays_one() -> None:
    assert (read("周末上午别提醒我").half, read("周末上午别提醒我").dates) == ("am", WEEKEND)


@pytest.mark.parametrize(
    "text",
    [
        # every one
        "turn off weekend reminders",
        "turn off the weekend clock-in reminders",
        "no reminders on weekends",
        "stop reminding me at weekends",
        "no reminders every weekend",
        "周末都别提醒",
        "每个周末别提醒我",
        "关掉周末的提醒",
        "关闭周末打卡提醒",
        "周末打卡提醒关掉",
        # this one or the next
        "no reminders next weekend",
        "下周末别提醒我",
        "no reminders last weekend",
        "上周末别提醒我",
        # up to it, behind it, all but it
        "no reminders before the weekend",
        "到周末别提醒我",
        "周末前别提醒我",
        "周末以后别提醒我",
        "除了周末都别提醒我",
    ],
)
def test_a_weekend_that_is_not_plain_changes_nothing(text: str) -> None:
    intent = read(text)
    assert (intent.name, intent.remind, intent.dates) == (IntentName.REMIND_OFF, RemindWish.UNKEPT, None)


@pytest.mark.parametrize("text", ["周末愉快，别提醒我了", "have a nice weekend, stop reminders"])
def test_a_weekend_that_is_wished_is_no_end_of_reminders_for_good(text: str) -> None:
    assert read(text).remind is RemindWish.UNCLEAR


@pytest.mark.parametrize(
    "text", ["周末和周一别提醒我", "no reminders tomorrow and the weekend", "周五和周末别提醒我"]
)
def test_other_days_beside_a_weekend_are_asked_about(text: str) -> None:
    intent = read(text)
    assert (intent.dates, intent.days_apart) == (None, True)


def test_a_day_of_the_weekend_says_which_of_it_is_meant() -> None:
    assert read("今天周末别提醒我", SATURDAY).dates == DateRange(SATURDAY, SATURDAY)
    assert read("今天周末别提醒我", THURSDAY).days_apart
