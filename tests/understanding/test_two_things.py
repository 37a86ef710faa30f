"""A punch and something else in one message, which an "and" alone parts."""

import pytest

from bot.understanding import understand
from bot.understanding.intents import IntentName
from tests.builders import TUESDAY


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("clock in and show my day", IntentName.STATUS),
        ("clock in and who is missing today?", IntentName.MISSING),
        ("clock in and export this month", IntentName.EXPORT),
        ("clock in and summary for my team", IntentName.SUMMARY_TODAY),
        ("clock in and nudge Bob", IntentName.NUDGE),
        ("clock in and no reminders today", IntentName.REMIND_OFF),
        ("打卡并且今天别提醒我", IntentName.REMIND_OFF),
        ("打卡并提醒李娜", IntentName.NUDGE),
    ],
)
def test_the_punch_is_told_beside_the_other_thing(text: str, other: IntentName) -> None:
    intent = understand(text, today=TUESDAY)
    assert intent.name is other
    assert intent.beside is not None
    assert intent.beside.punch.name is IntentName.CLOCK_IN


@pytest.mark.parametrize("text", ["clock in and out reminders", "remind me to clock in and nudge Bob"])
def test_an_and_within_one_thing_parts_nothing(text: str) -> None:
    assert understand(text, today=TUESDAY).beside is None


@pytest.mark.parametrize("text", ["guys, I'm here", "folks, I'm here"])
def test_whom_one_speaks_to_may_stand_in_a_clause_alone(text: str) -> None:
    assert understand(text, today=TUESDAY).name is IntentName.CLOCK_IN
