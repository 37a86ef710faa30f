"""Several days in one message are one stretch, or none of them: no day is left out silently."""

from datetime import date

import pytest

from bot.understanding import DateRange, Intent, IntentName, understand

THURSDAY = date(2026, 11, 26)


def read(text: str) -> Intent:
    return understand(text, today=THURSDAY)


def days(first: str, last: str | None = None) -> DateRange:
    return DateRange(date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last or first}"))


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("no reminders today and tomorrow", IntentName.REMIND_OFF, days("11-26", "11-27")),
        ("今天和明天别提醒我", IntentName.REMIND_OFF, days("11-26", "11-27")),
        ("今天以及明天别提醒我", IntentName.REMIND_OFF, days("11-26", "11-27")),
        ("no reminders thursday and friday", IntentName.REMIND_OFF, days("11-26", "11-27")),
        ("no reminders monday, tuesday", IntentName.REMIND_OFF, days("11-30", "12-01")),
        ("周一、周二别提醒我", IntentName.REMIND_OFF, days("11-30", "12-01")),
        ("周一周二别提醒我", IntentName.REMIND_OFF, days("11-30", "12-01")),
        ("no reminders on saturday and sunday", IntentName.REMIND_OFF, days("11-28", "11-29")),
        ("明天和后天别提醒我", IntentName.REMIND_OFF, days("11-27", "11-28")),
        ("12月1日、2日别提醒我", IntentName.REMIND_OFF, days("12-01", "12-02")),
        ("no reminders Dec 1, 2 and 3", IntentName.REMIND_OFF, days("12-01", "12-03")),
        ("no reminders after 3pm today and tomorrow", IntentName.REMIND_OFF, days("11-26", "11-27")),
        ("from monday to wednesday no reminders", IntentName.REMIND_OFF, days("11-30", "12-02")),
        ("no reminders today, not tomorrow", IntentName.REMIND_OFF, days("11-26")),
        ("excuse Alice today and tomorrow: doctor", IntentName.EXCUSE, days("11-26", "11-27")),
        ("今天和明天 Alice 免考勤：看病", IntentName.EXCUSE, days("11-26", "11-27")),
        ("unexcuse Alice today and tomorrow", IntentName.UNEXCUSE, days("11-26", "11-27")),
        ("excuse Alice today: doctor tomorrow", IntentName.EXCUSE, days("11-26")),
        ("on leave today and tomorrow", IntentName.LEAVE, days("11-26", "11-27")),
        ("summary yesterday and today", IntentName.SUMMARY_RANGE, days("11-25", "11-26")),
        ("who was late yesterday and today", IntentName.SUMMARY_RANGE, days("11-25", "11-26")),
        ("send me yesterday and today's report", IntentName.SUMMARY_RANGE, days("11-25", "11-26")),
        ("summary monday this week", IntentName.SUMMARY_RANGE, days("11-23")),
        ("compare last week and this week", IntentName.SUMMARY_RANGE, days("11-16", "11-22")),
        ("export october and november", IntentName.EXPORT, days("10-01", "11-26")),
        ("show my punches on thursday and friday", IntentName.HISTORY, days("11-19", "11-20")),
        ("yesterday and 18:40", IntentName.NONE, days("11-25")),
    ],
)
def test_days_that_follow_each_other_are_one_stretch(text: str, name: IntentName, expected: DateRange) -> None:
    intent = read(text)
    assert (intent.name, intent.dates, intent.days_apart) == (name, expected, False)


@pytest.mark.parametrize(
    "text",
    [
        "no reminders tomorrow and on monday",
        "no reminders Dec 1 and Dec 3",
        "no reminders Dec 1 and 3",
        "12月1日和12月3日别提醒我",
        "12月1、3日别提醒我",
        "no reminders today, tomorrow and monday",
        "no reminders today or tomorrow",
        "今天或是明天别提醒我",
        "要么今天要么明天别提醒我",
        "导出10月或是11月考勤",
        "导出10月要么11月考勤",
        "豁免张三今天或者是明天：看病",
        "no reminders today and tomorrow morning",
        "no reminders today and tomorrow after 3pm",
        "no reminders today and tomorrow remind me again",
        "no reminders until friday and monday",
        "明天别提醒我，不对，后天",
        "今天不对明天别提醒我",
        "豁免张三今天和周一：看病",
        "excuse Alice today, she is back tomorrow",
        "who was late last friday and last monday",
        "who was late today or yesterday",
        "本月上旬考勤",
        "这个月前半月考勤",
        "11月第一周谁迟到",
        "第46周考勤",
        "summary for week 46",
        "attendance in the first half of november",
    ],
)
def test_of_days_with_a_gap_or_in_doubt_none_is_taken(text: str) -> None:
    intent = read(text)
    assert (intent.dates, intent.days_apart) == (None, True)
