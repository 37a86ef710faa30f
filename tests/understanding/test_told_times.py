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
        # taken back, or planned
        ("昨天忘打下班卡，18:40走的，不对，18:50", 18, 50),
        ("forgot to clock out yesterday at 18:40, no wait 19:40, phone dead", 19, 40),
        ("昨天忘打下班卡，应该18点走，18:40走的，原因：开会", 18, 40),
        ("昨天忘打下班卡，本来18:00走，结果19:10，原因：开会", 19, 10),
        ("forgot to clock out yesterday, should have left at 18:00 but left at 19:00, phone dead", 19, 0),
        ("昨天忘打上班卡，9点上班，8:50到，原因：忘了", 8, 50),
        # what stays the time of the punch
        ("昨天忘打下班卡，18:40左右走的", 18, 40),
        ("昨天忘打下班卡，18:40下班，原因：手机没电", 18, 40),
        ("昨天忘打上班卡，9:00上班的", 9, 0),
        ("forgot to clock out yesterday, worked until 18:40", 18, 40),
        ("forgot to clock out yesterday, went home at 18:40", 18, 40),
        ("昨天忘打下班卡，18:40走的，原因：赶18:50的班车", 18, 40),
        ("forgot to clock in yesterday, I was here at 8:50", 8, 50),
        ("昨天忘打下班卡，18:40送客户走的", 18, 40),
        ("昨天忘打上班卡，8:50过来的", 8, 50),
        ("昨天忘打下班卡，六点十分走的", 18, 10),
        ("昨天忘打下班卡，六点五分走的", 18, 5),
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
        # taken back
        "昨天忘打下班卡，18:40走的，说错了",
        # when one was to come or go
        "forgot to clock out yesterday, shift ended at 18:00, phone dead",
        "forgot to clock in yesterday, shift starts at 9:00, reason: forgot",
        "昨天忘打上班卡，9点上班，原因：忘了",
        "昨天忘打下班卡，班次18:00结束，手机没电",
        "forgot to clock out yesterday, was to leave at 18:00, phone dead",
        "forgot to clock in yesterday, I usually arrive at 8:50, forgot",
        # before or after it
        "昨天忘打下班卡，18:40以前走的，原因：开会",
        "昨天忘打下班卡，18:40之后走的，原因：开会",
        "forgot to clock out yesterday, left before 18:40, phone dead",
        "forgot to clock out yesterday, left after 18:40, phone dead",
        # minutes beside the hour that are not read
        "昨天忘打下班卡，没到6点就走了，家里有事",
        "昨天忘打下班卡，六点差五分走的，手机没电",
        "昨天忘打上班卡，差五分九点到的，手机没电",
        "昨天忘打下班卡，差10分7点走的，手机没电",
        "昨天忘打下班卡，六点过一刻走的，手机没电",
        "昨天忘打下班卡，6点过10分走的，手机没电",
        "昨天忘打下班卡，7点多走的，手机没电",
        "昨天忘打上班卡，9点不到到的，手机没电",
        "forgot to clock out yesterday, left 10 past 6pm, phone dead",
        "forgot to clock out yesterday, left not yet 6pm, phone dead",
        # of something else
        "昨天忘打下班卡，班车18:40，原因：赶车",
        "昨天18:40手机没电了，忘打下班卡",
        "昨天忘打下班卡，18:40还在",
        "昨天忘打下班卡，原因：18:40手机没电",
        "昨天忘打下班卡，18:40发现的，原因：手机没电",
        "forgot to clock out yesterday, bus at 18:40, reason: rush",
        "forgot to clock out yesterday, phone died at 18:40",
        "forgot to clock out yesterday, meeting at 18:40, phone dead",
    ],
)
def test_where_the_time_is_open_none_is_guessed(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.at) == (IntentName.CORRECTION, None)
