"""For which of the times in a request to correct a make-up punch is asked; for none where several may be meant."""

from datetime import time

import pytest

from bot.understanding import IntentName, understand
from tests.understanding.figures import TODAY


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("昨天忘打下班卡了，不是18:40走的，是18:50走的，手机没电", 18, 50),
        ("昨天忘打下班卡了，没有18:40走，19点走的", 19, 0),
        ("昨天忘打下班卡了，应该18:50，不是18:40", 18, 50),
        ("昨天忘打下班卡，七点走的，不是六点", 19, 0),
        ("昨天忘打下班卡了，18:40才开完会，19:10走的，手机没电", 19, 10),
        ("昨天18:40还在开会，19:10才走，忘打卡了", 19, 10),
        ("昨天忘打上班卡，9:00上班，8:50到的", 8, 50),
        ("昨天忘打下班卡，记录写的18:00，实际18:50", 18, 50),
        ("把昨天下班时间从18:00改到20:30", 20, 30),
        ("I didn't leave at 18:00 yesterday, forgot to clock out, left at 19:10, phone dead", 19, 10),
        ("forgot to clock out yesterday, it says 18:00, should be 18:50", 18, 50),
        ("forgot to clock out yesterday, meeting ended at 18:40, left at 19:10", 19, 10),
        ("我没迟到 8:50到的，改一下", 8, 50),
    ],
)
def test_the_time_that_is_meant_is_asked_for(text: str, hour: int, minute: int) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.at) == (IntentName.CORRECTION, time(hour, minute))


@pytest.mark.parametrize(
    "text",
    [
        "昨天忘打下班卡了，18:40或者18:50走的，手机没电",
        "forgot to clock out yesterday, left at 18:40 or 18:50, phone dead",
        "forgot to clock out yesterday, left between 18:40 and 19:00",
        "昨天忘打下班卡，不是18:40走的",
        "forgot to clock out yesterday, not at 18:40",
        "昨天忘打卡了，9:00到的，18:00走的",
    ],
)
def test_where_the_time_is_open_none_is_guessed(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.at) == (IntentName.CORRECTION, None)
