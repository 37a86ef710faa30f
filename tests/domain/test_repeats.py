"""Until when the same answer is taken for a repetition of an earlier one."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.repeats import told_again_until

ANSWERED_AT = datetime(2025, 11, 25, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("recorded_after", "until_after"),
    [
        (-2, 30),  # DingTalk's clock is ahead of ours
        (0, 30),
        (11, 41),  # it waited behind another message: who waited for the receipt taps again from then on
        (30, 60),
        (3600, 60),  # the database was away: an hour later the same words are a punch of their own
    ],
)
def test_an_answer_is_known_for_half_a_minute_from_its_receipt(recorded_after: int, until_after: int) -> None:
    recorded_at = ANSWERED_AT + timedelta(seconds=recorded_after)
    assert told_again_until(ANSWERED_AT, recorded_at) == ANSWERED_AT + timedelta(seconds=until_after)
