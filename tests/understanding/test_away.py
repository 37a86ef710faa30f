"""Of which days one says to be away, and what speaks of leave without saying so."""

from datetime import date

import pytest

from bot.understanding import IntentName, understand
from bot.understanding.intents import AboutLeave, DateRange
from tests.understanding.figures import TODAY


@pytest.mark.parametrize(
    "text",
    [
        # refused, told of, or taken back
        "今天请假被拒了",
        "今天的请假没批，我上班",
        "今天请假没通过",
        "明天请假的申请被驳回了",
        "本来今天请假的",
        "my leave today was rejected",
        "my manager denied my leave today",
        "I was supposed to be on leave today",
        "could not take today off",
        "wish I was on leave today",
        # going home
        "I will leave today at 5",
        "leave today at 5",
        "I leave today",
        "I leave tomorrow for Shanghai",
        # somebody else's, and days that nobody can tell
        "on leave today: Bob",
        "下周请三天假",
        "周一和周三请假",
    ],
)
def test_what_only_speaks_of_leave_silences_nothing(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.leave) == (IntentName.LEAVE, AboutLeave.UNSURE)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("今天请假明天上班", 26, 26),
        ("明天上班，今天请假", 26, 26),
        ("on leave today, back tomorrow", 26, 26),
        ("take tomorrow off, back on Friday", 27, 27),
        ("从明天起请假两天", 27, 28),
        ("明天请两天假", 27, 28),
        ("on leave from tomorrow for 3 days", 27, 29),
        ("请假三天，从明天开始", 27, 29),
        ("今天明天请假", 26, 27),
        ("on leave today and tomorrow", 26, 27),
        ("周四周五请假", 27, 28),
        ("请假到周五", 26, 28),
        ("今天请假一天", 26, 26),
        ("昨天加班太晚，今天请假", 26, 26),
    ],
)
def test_leave_is_of_the_days_that_are_said_of_it(text: str, first: int, last: int) -> None:
    intent = understand(text, today=TODAY)
    days = DateRange(TODAY.replace(day=first), TODAY.replace(day=last))
    assert (intent.leave, intent.dates) == (AboutLeave.DAYS, days)


def test_leave_of_weeks_lasts_as_long() -> None:
    intent = understand("on leave for two weeks from Monday", today=TODAY)
    assert intent.dates == DateRange(date(2025, 12, 1), date(2025, 12, 14))


@pytest.mark.parametrize("text", ["今天下午请假", "后天上午请假", "half day today", "taking half day today"])
def test_a_part_of_a_day_is_no_whole_day(text: str) -> None:
    assert understand(text, today=TODAY).leave is AboutLeave.PART
