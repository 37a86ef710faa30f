"""When a moment may be called of the morning or evening, which one a stated time means, and how far off it is."""

from datetime import datetime, time, timedelta

import pytest

from bot.domain.shifts import in_part, last_such, minutes_ahead
from tests.builders import SHANGHAI, local


@pytest.mark.parametrize(
    ("at", "morning", "later"),
    [
        ("00:30", True, True),
        ("05:59", True, True),
        ("06:00", True, False),
        ("10:59", True, False),
        ("11:00", True, True),
        ("12:59", True, True),
        ("13:00", False, True),
        ("23:59", False, True),
    ],
)
def test_noon_and_the_small_hours_are_of_both_halves(at: str, morning: bool, later: bool) -> None:
    assert in_part("am", local(at), SHANGHAI) is morning
    assert in_part("pm", local(at), SHANGHAI) is later


@pytest.mark.parametrize(("at", "evening"), [("05:59", True), ("06:00", False), ("16:59", False), ("17:00", True)])
def test_an_evening_begins_at_five_and_lasts_into_the_night(at: str, evening: bool) -> None:
    assert in_part("evening", local(at), SHANGHAI) is evening


@pytest.mark.parametrize(
    ("said", "at", "named"),
    [
        ("17:00", "18:05", local("17:00")),
        ("18:05", "18:04", local("18:05")),
        ("23:30", "08:00", local("23:30") - timedelta(days=1)),
        ("00:01", "23:59:30", local("00:01") + timedelta(days=1)),
    ],
)
def test_a_time_that_is_stated_is_the_last_such_give_or_take_two_minutes(
    said: str, at: str, named: datetime
) -> None:
    assert last_such(time.fromisoformat(said), local(at), SHANGHAI) == named


@pytest.mark.parametrize(
    ("said", "at", "minutes"),
    [
        ("18:00", "17:59:59", 1),
        ("18:00", "18:00", 0),
        ("18:00", "18:00:59", 0),
        ("18:00", "18:01", -1),
        ("00:01", "23:59:30", 2),
        ("23:59", "00:01", -2),
        ("06:00", "18:00", -720),
        ("17:59", "06:00", 719),
    ],
)
def test_a_time_of_day_is_ahead_or_over_by_the_nearer_way_round(said: str, at: str, minutes: int) -> None:
    assert minutes_ahead(time.fromisoformat(said), local(at), SHANGHAI) == minutes
