"""When a moment may be called one of the morning, and when one of the afternoon or evening."""

import pytest

from bot.domain.shifts import in_half
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
