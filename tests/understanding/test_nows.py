"""Which punches say of themselves that they are of this moment."""

import pytest

from bot.understanding.nows import says_now


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("clock out now", True),
        ("Just arrived, clock me in", True),
        ("I'm leaving NOW @HQ", True),
        ("刚到，打卡", True),
        ("现在下班打卡", True),
        ("just clock me in", False),
        ("clock in for now", False),
        ("I know, clock out", False),
        ("下班打卡", False),
    ],
)
def test_what_says_that_it_is_of_now(text: str, now: bool) -> None:
    assert says_now(text) is now
