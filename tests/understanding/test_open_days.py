"""Exceptions, changes and choices leave open which days are meant: nothing is done with any of them."""

from datetime import date

import pytest

from bot.understanding import DateRange, Intent, IntentName, understand
from bot.understanding.intents import RemindWish

TUESDAY = date(2026, 11, 24)
_HUSH, _SET, _LEAVE, _EXCUSE, _SUM = (
    IntentName.REMIND_OFF,
    IntentName.REMIND_SET,
    IntentName.LEAVE,
    IntentName.EXCUSE,
    IntentName.SUMMARY_RANGE,
)


def read(text: str) -> Intent:
    return understand(text, today=TUESDAY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # no reminders
        ("别提醒我，明天和后天除外", _HUSH),
        ("别提醒我，周五除外", _HUSH),
        ("除了明天，这周别提醒我", _HUSH),
        ("这周别提醒我，周五不算", _HUSH),
        ("别提醒我，周五不算", _HUSH),
        ("除了周四和周五，别提醒我", _HUSH),
        ("明天别提醒我，改到后天", _HUSH),
        ("no reminders except tomorrow", _HUSH),
        ("don't remind me this week apart from Friday", _HUSH),
        ("stop reminders, other than tomorrow and Thursday", _HUSH),
        ("stop reminders all week but Friday", _HUSH),
        ("no reminders this week without tomorrow", _HUSH),
        ("周末和周一别提醒我", _HUSH),
        ("stop reminders this week but not friday", _HUSH),
        ("stop reminders this week, not friday", _HUSH),
        ("stop reminders this week, friday not", _HUSH),
        ("stop reminders this week, friday excepted", _HUSH),
        ("stop reminders this week, friday is fine", _HUSH),
        ("stop reminders this week, friday as usual", _HUSH),
        ("这周别提醒我，周五照常", _HUSH),
        ("no reminders this week, Friday yes", _HUSH),
        ("stop reminders but not tomorrow", _HUSH),
        # back on
        ("resume reminders but not tomorrow", _SET),
        ("resume reminders, but none on friday", _SET),
        ("resume reminders every friday", _SET),
        ("每周五恢复提醒", _SET),
        # leave
        ("这周别提醒我，周五不在内", IntentName.REMIND_OFF),
        ("明天请假，改成后天", _LEAVE),
        ("明天请假，改为后天", _LEAVE),
        ("leave tomorrow, moved to Thursday", _LEAVE),
        ("on leave tomorrow, make that Thursday", _LEAVE),
        ("on leave tomorrow, Thursday instead", _LEAVE),
        ("明天、后天之一请假", _LEAVE),
        ("周末和周一请假", _LEAVE),
        ("今天请假，明天也请假", _LEAVE),
        ("今天请假明天也是", _LEAVE),
        ("sick today and tomorrow", _LEAVE),
        ("sick today, tomorrow unclear", _LEAVE),
        ("on leave this week, friday excepted", _LEAVE),
        ("每周五请假", _LEAVE),
        ("on leave fridays", _LEAVE),
        # leave with a day at work inside it
        ("下周请假，周四上班", _LEAVE),
        ("下周请假，周四回来", _LEAVE),
        ("下周一到周五请假，周三上班", _LEAVE),
        ("本周请假，周五到岗", _LEAVE),
        ("本周请假，周五来", _LEAVE),
        ("这周请假，周五我在", _LEAVE),
        ("on leave this week, I'm in on Friday", _LEAVE),
        ("这周请假，今天上班", _LEAVE),
        ("on leave next week, back on Thursday", _LEAVE),
        ("on leave next week, working Thursday", _LEAVE),
        ("on leave this week, in the office on Friday", _LEAVE),
        ("明天请假，周四不上班", _LEAVE),
        # excuses
        ("豁免 周婷 昨天、前天之一：医院", _EXCUSE),
        ("豁免 周婷 除昨天：医院", _EXCUSE),
        ("excuse 周婷 Nov 20 and 23: hospital", _EXCUSE),
        ("excuse 周婷 fridays: course", _EXCUSE),
        ("豁免 周婷 每周五：培训", _EXCUSE),
        ("豁免 周婷 每个周五：培训", _EXCUSE),
        # summaries
        ("Nov 20 and 23 summary", _SUM),
        ("summary of one of Monday and Tuesday", _SUM),
        ("summary of yesterday and Monday instead", _SUM),
        # a part of a period, or the bound of one
        ("上个月最后一天考勤", _SUM),
        ("上月底考勤", _SUM),
        ("上周末考勤", _SUM),
        ("本月前两周考勤", _SUM),
        ("team summary last friday of october", _SUM),
        ("last three days of october team summary", _SUM),
        ("last week of September summary", _SUM),
        ("week starting nov 9 summary", _SUM),
        ("team summary the 2nd week", _SUM),
        ("10、11月考勤", _SUM),
        ("11月1日之后考勤", _SUM),
        ("before november 5 summary", _SUM),
        ("从20号开始的考勤", _SUM),
        ("这几天考勤", IntentName.SUMMARY_TODAY),
        ("excuse 周婷 last friday of october: hospital", _EXCUSE),
        # a past that no date is read of
        ("那天忘打上班卡了，8:55到的，手机没电", IntentName.CORRECTION),
        ("上次忘打上班卡了，8:55到的，手机没电", IntentName.CORRECTION),
        ("国庆后第一天忘打上班卡了，8:55到的，手机没电", IntentName.CORRECTION),
        ("the other day I forgot to clock in, arrived at 8:50", IntentName.CORRECTION),
        ("forgot to clock in a few days ago, arrived at 8:50", IntentName.CORRECTION),
        ("last friday of october I forgot to clock out, left at 18:40", IntentName.CORRECTION),
        ("上上上周五忘打下班卡了，18:40走的", IntentName.CORRECTION),
    ],
)
def test_of_days_that_are_left_open_none_is_taken(text: str, name: IntentName) -> None:
    intent = read(text)
    assert (intent.name, intent.dates, intent.days_apart) == (name, None, True)


@pytest.mark.parametrize(
    ("text", "name", "first", "last"),
    [
        ("no reminders Thursday but not Friday", _HUSH, 26, 26),
        ("Nov 26 and 27 no reminders", _HUSH, 26, 27),
        ("no reminders the day after tomorrow", _HUSH, 26, 26),
        ("no reminders friday not thursday", _HUSH, 27, 27),
        ("remind me tomorrow at 8:30, not today", _SET, 25, 25),
        ("明天请假，后天上班", _LEAVE, 25, 25),
        ("on leave tomorrow, back Friday", _LEAVE, 25, 25),
        ("明天请假，后天出差", _LEAVE, 25, 25),
        ("明天请假，周末愉快", _LEAVE, 25, 25),
        ("今天到周四请假，周五上班", _LEAVE, 24, 26),
        ("on leave this week, back Monday", _LEAVE, 23, 29),
        ("昨天加班太晚，今天请假", _LEAVE, 24, 24),
        ("excuse 周婷 yesterday: not here, moved to Friday instead", _EXCUSE, 23, 23),
        ("excuse 周婷 yesterday: course every friday", _EXCUSE, 23, 23),
        ("Nov 20 and 21 summary", _SUM, 20, 21),
        ("summary of yesterday instead", _SUM, 23, 23),
        ("friday of last week summary", _SUM, 20, 20),
        ("昨天前端组考勤", _SUM, 23, 23),
    ],
)
def test_days_that_are_plain_are_taken(text: str, name: IntentName, first: int, last: int) -> None:
    intent = read(text)
    days = DateRange(TUESDAY.replace(day=first), TUESDAY.replace(day=last))
    assert (intent.name, intent.dates, intent.days_apart) == (name, days, False)


@pytest.mark.parametrize(
    "text",
    [
        "除明天外每天8:30提醒我",
        "remind me every day at 8:30 except tomorrow",
        "remind me at 8:30 but not tomorrow",
        "每周一8:30提醒我",
        "remind me every monday at 8:30",
        "remind me at 8:30 on mondays",
        "remind me 10 minutes before every monday",
    ],
)
def test_a_time_of_every_shift_is_kept_neither_with_an_exception_nor_for_one_weekday(text: str) -> None:
    intent = read(text)
    assert (intent.name, intent.remind, intent.dates) == (_SET, RemindWish.UNKEPT, None)
