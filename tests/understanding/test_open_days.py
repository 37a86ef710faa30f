"""Exceptions, changes and choices leave open which days are meant: nothing is done with any of them."""

from datetime import date

import pytest

from bot.understanding import DateRange, Intent, IntentName, understand

TUESDAY = date(2026, 11, 24)
_HUSH, _LEAVE, _EXCUSE, _SUM = (
    IntentName.REMIND_OFF,
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
        # excuses
        ("豁免 周婷 昨天、前天之一：医院", _EXCUSE),
        ("豁免 周婷 除昨天：医院", _EXCUSE),
        ("excuse 周婷 Nov 20 and 23: hospital", _EXCUSE),
        # summaries
        ("Nov 20 and 23 summary", _SUM),
        ("summary of one of Monday and Tuesday", _SUM),
        ("summary of yesterday and Monday instead", _SUM),
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
        ("明天请假，后天上班", _LEAVE, 25, 25),
        ("on leave tomorrow, back Friday", _LEAVE, 25, 25),
        ("明天请假，后天出差", _LEAVE, 25, 25),
        ("明天请假，周末愉快", _LEAVE, 25, 25),
        ("昨天加班太晚，今天请假", _LEAVE, 24, 24),
        ("excuse 周婷 yesterday: not here, moved to Friday instead", _EXCUSE, 23, 23),
        ("Nov 20 and 21 summary", _SUM, 20, 21),
        ("summary of yesterday instead", _SUM, 23, 23),
    ],
)
def test_days_that_are_plain_are_taken(text: str, name: IntentName, first: int, last: int) -> None:
    intent = read(text)
    days = DateRange(TUESDAY.replace(day=first), TUESDAY.replace(day=last))
    assert (intent.name, intent.dates, intent.days_apart) == (name, days, False)
