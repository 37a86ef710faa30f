"""A punch told of another time than now is refused with both times named, and counted."""

import re
from datetime import time

import pytest

from bot.domain.punches import PunchWish
from bot.domain.shifts import CheckType
from bot.understanding import IntentName, understand
from tests.builders import TUESDAY
from tests.handlers.a_desk import Desk
from tests.languages import theirs


@pytest.mark.parametrize(
    ("at", "text", "named"),
    [
        ("15:20", "今早上班打卡", "上午"),
        ("15:20", "上午上班打卡", "上午"),
        ("09:00", "下午打卡", "下午或晚上"),
        ("10:59", "晚上下班打卡", "晚上"),
        ("13:05", "晚上打下班卡", "晚上"),
        ("13:05", "今天晚上帮我打下班卡", "晚上"),
        ("13:05", "clock me out tonight", "the evening"),
        ("16:59", "clock me out this evening", "the evening"),
        ("09:05", "tonight, clock me out", "the evening"),
        ("09:05", "下午，打下班卡", "下午或晚上"),
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


@pytest.mark.parametrize(
    ("text", "now", "make_up"),
    [
        ("clock in at 8:30", "clock in", "make-up punch 2026-11-24 clock in 08:30"),
        ("clock out at 8:30", "clock out", "make-up punch 2026-11-24 clock out 08:30"),
        ("上班打卡 8:30", "上班打卡", "补卡 2026-11-24 上班 08:30"),
        ("in at 8:30", "clock in", "make-up punch 2026-11-24 clock in 08:30"),
    ],
)
async def test_a_time_that_is_over_is_told_how_to_punch_now_and_how_to_ask_for_it(
    text: str, now: str, make_up: str
) -> None:
    desk = Desk("08:50")
    said = await desk.say(text)
    assert all(words in said for words in ("08:50", "08:30"))
    assert not any(words in said for words in ("ahead", "提前"))
    assert desk.taps == [now, make_up]
    assert not desk.punched.asked
    intent = understand(make_up, today=TUESDAY)
    assert (intent.name, intent.at) == (IntentName.CORRECTION, time(8, 30))
    assert desk.refused == ["other_time"]


async def test_without_a_direction_both_are_offered() -> None:
    desk = Desk("08:50")
    await desk.say("打卡 8:30")
    assert desk.taps == ["上班打卡", "下班打卡", "补卡 2026-11-24 上班 08:30", "补卡 2026-11-24 下班 08:30"]


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("clock in at 8:30", CheckType.ON_DUTY),
        ("clock out at 8:30", CheckType.OFF_DUTY),
        ("上班打卡 8:30", CheckType.ON_DUTY),
        ("下班打卡 8:30", CheckType.OFF_DUTY),
    ],
)
async def test_the_sentence_that_is_named_asks_for_that_punch(text: str, of: CheckType) -> None:
    said = await Desk("08:50").say(text)
    example = re.findall("“([^”]+)”", said)[-1]
    intent = understand(example, today=TUESDAY)
    assert (intent.name, intent.direction, intent.at) == (IntentName.CORRECTION, of, time(8, 30))


async def test_a_group_is_offered_no_make_up_punch() -> None:
    desk = Desk("08:50")
    assert "in private" in await desk.say("clock in at 8:30", in_group=True)
    assert desk.taps == ["clock in"]


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("08:50", "clock in at 9:30"),
        ("08:50", "打卡 9:30"),
        ("17:00", "out at 18:05"),
        ("08:50", "clock out at 18:00"),
    ],
)
async def test_a_time_to_come_is_refused_without_a_tap(at: str, text: str) -> None:
    desk = Desk(at)
    said = await desk.say(text)
    assert theirs(text, en="never ahead of time", zh="不会提前打卡") in said
    assert desk.taps == []
    assert desk.punched.asked == []


async def test_after_midnight_the_evening_is_that_of_the_day_before() -> None:
    desk = Desk("00:40")
    await desk.say("clock out at 18:05")
    assert desk.taps == ["clock out", "make-up punch 2026-11-23 clock out 18:05"]


async def test_after_midnight_the_evening_of_today_is_still_to_come() -> None:
    desk = Desk("00:40")
    assert "never ahead of time" in await desk.say("clock out today at 18:05")
    assert desk.taps == []


@pytest.mark.parametrize("at", ["08:56", "08:58", "09:00"])
@pytest.mark.parametrize(
    ("text", "direction", "taps"),
    [
        ("08:58 打卡", None, ["上班打卡", "下班打卡"]),
        ("clock in at 8:58", CheckType.ON_DUTY, ["clock in"]),
    ],
)
async def test_about_the_time_that_is_named_the_bot_asks_whether_now_is_meant(
    at: str, text: str, direction: CheckType | None, taps: list[str]
) -> None:
    desk = Desk(at)
    said = await desk.say(text)
    assert at in said
    assert desk.taps == taps
    either = (time(8, 58),) if text.startswith("0") else (time(8, 58), time(20, 58))
    assert desk.punched.asked == [PunchWish(direction, at=either)]
    assert desk.refused == []


@pytest.mark.parametrize(("at", "over"), [("09:10", True), ("08:30", False)])
async def test_a_bare_punch_of_another_time_is_not_asked_about(at: str, over: bool) -> None:
    desk = Desk(at)
    said = await desk.say("08:58 打卡")
    assert ("补卡" in said) is over
    assert ("不会提前" in said) is not over
    assert desk.punched.asked == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("下班18:02了", "18:02"),
        ("签退18:02了", "18:02"),
        ("收工18:02了", "18:02"),
        ("下班打卡，18:02了", "18:02"),
        ("18:02了，下班", "18:02"),
        ("下班6:02了", "18:02"),
        ("下班六点零二了", "18:02"),
        ("下班18点了", "18:00"),
        ("打卡9:00了", "09:00"),
        ("上班8:58了", "08:58"),
        ("it's 18:02, clock me out", "18:02"),
    ],
)
async def test_a_minute_that_is_said_to_be_now_and_is_over_is_refused(text: str, named: str) -> None:
    desk = Desk("20:00")
    assert named in await desk.say(text)
    assert desk.refused == ["other_time"]
    assert desk.taps


@pytest.mark.parametrize(
    ("at", "text", "direction"),
    [
        ("18:02", "下班18:02了", CheckType.OFF_DUTY),
        ("18:03", "下班6:02了", CheckType.OFF_DUTY),
        ("06:02", "下班6:02了", CheckType.OFF_DUTY),
        ("20:58", "上班8:58了", CheckType.ON_DUTY),
        ("18:20", "六点了，下班打卡", CheckType.OFF_DUTY),
        ("00:01", "23:59下班", CheckType.OFF_DUTY),
        ("18:00", "下班18:00", CheckType.OFF_DUTY),
        ("09:01", "9:01到了，打卡", CheckType.ON_DUTY),
    ],
)
async def test_a_minute_that_is_now_is_punched(at: str, text: str, direction: CheckType) -> None:
    desk = Desk(at)
    await desk.say(text)
    assert [wish.direction for wish in desk.punched.wished] == [direction]
    assert desk.refused == []


@pytest.mark.parametrize(
    ("at", "text", "named"),
    [
        ("17:58:10", "下班18:00", "18:00"),
        ("17:58:30", "18:00下班打卡", "18:00"),
        ("17:59:59", "下班18:00了", "18:00"),
        ("23:59:30", "0:01下班", "00:01"),
        ("08:59:10", "9:01到了，打卡", "09:01"),
        ("05:58:30", "下班6:00了", "06:00"),
    ],
)
async def test_a_minute_that_is_still_to_come_is_not_now(at: str, text: str, named: str) -> None:
    desk = Desk(at)
    said = await desk.say(text)
    assert desk.punched.wished == []
    assert desk.refused == ["other_time"]
    assert "不会提前" in said
    assert named in said
    assert desk.taps == []
