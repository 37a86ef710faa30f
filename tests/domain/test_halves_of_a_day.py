"""When a moment may be called one of the morning or of the evening, and how far a time of day is ahead of it."""

from datetime import time

import pytest

from bot.domain.shifts import in_half, minutes_ahead
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
    assert in_half("am", local(at), SHANGHAI) is morning
    assert in_half("pm", local(at), SHANGHAI) is later


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
