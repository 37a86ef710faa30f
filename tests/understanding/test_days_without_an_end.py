"""No reminders from a day on without an end, or on each day of a name; and a day on which one wants them again."""

from datetime import date

import pytest

from bot.understanding import IntentName, understand
from bot.understanding.intents import DateRange, RemindWish
from tests.understanding.figures import TODAY

FRIDAY = date(2025, 11, 28)


@pytest.mark.parametrize(
    "text",
    [
        *("stop reminders from tomorrow", "no reminders starting tomorrow", "no reminders from tomorrow on"),
        *("no more reminders as of monday", "stop reminding me from next week", "no reminders from December 1st"),
        *("从明天起别提醒我", "从明天开始别提醒我", "明天以后别提醒我", "下周开始别提醒我", "从今天起别提醒我"),
        *("星期五都别提醒我", "周五都别提醒我", "周五都不用提醒我", "星期五我都不用提醒", "周五下午都别提醒我"),
    ],
)
def test_what_has_no_end_is_not_kept_for_one_day(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, RemindWish.UNKEPT)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("no reminders from tomorrow until friday", FRIDAY),
        ("从明天到周五别提醒我", FRIDAY),
        ("no reminders from 2025-11-27 to 2025-11-28", FRIDAY),
        ("这周五都别提醒我", FRIDAY),
        ("周五别提醒我", FRIDAY),
        ("明天都别提醒我", date(2025, 11, 27)),
        ("本周都别提醒我", date(2025, 11, 30)),
    ],
)
def test_what_has_one_is_kept_as_before(text: str, last: date) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, None)
    assert intent.dates is not None and intent.dates.last == last


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        *((text, DateRange(FRIDAY, FRIDAY)) for text in ("周五还是提醒我吧", "周五还是要提醒我")),
        *((text, None) for text in ("还是提醒我吧", "remind me after all", "remind me anyway")),
    ],
)
def test_who_wants_to_be_reminded_after_all_is_again(text: str, dates: DateRange | None) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind, intent.dates) == (IntentName.REMIND_SET, RemindWish.RESUME, dates)


@pytest.mark.parametrize("text", ["周五还是提醒我吗", "周五还是别提醒我", "还是别提醒我吧", "要不还是提醒张三吧"])
def test_a_question_a_refusal_and_somebody_elses_reminders_bring_none_back(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) != (IntentName.REMIND_SET, RemindWish.RESUME)
