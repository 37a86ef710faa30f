"""A punch told of another time than now is refused with both times named, and counted."""

import pytest

from tests.handlers.a_desk import Desk


@pytest.mark.parametrize(
    ("at", "text", "named"),
    [
        ("15:20", "今早上班打卡", "上午"),
        ("15:20", "上午上班打卡", "上午"),
        ("09:00", "下午打卡", "下午或晚上"),
        ("10:59", "晚上下班打卡", "下午或晚上"),
        ("14:00", "clock in this morning", "the morning"),
        ("08:30", "clock out this afternoon", "the afternoon or evening"),
        ("09:00", "out at 18:05", "18:05"),
    ],
)
async def test_a_punch_told_of_another_time_is_refused(at: str, text: str, named: str) -> None:
    desk = Desk(at)
    said = await desk.say(text)
    assert named in said
    assert at in said
    assert desk.refused == ["other_time"]
