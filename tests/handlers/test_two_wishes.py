"""Two wishes in one message, and reminders that are to end for good."""

import pytest

from bot.domain.reminders import BOTH
from bot.domain.shifts import CheckType
from tests.handlers.a_desk import Desk


@pytest.mark.parametrize("before", [(), ("关闭提醒",), ("关闭上班提醒", "今天别提醒我")])
async def test_of_two_wishes_at_once_both_are_kept(before: tuple[str, ...]) -> None:
    desk = Desk()
    for text in before:
        await desk.say(text)
    said = await desk.say("打开上班提醒，关闭下班提醒")
    assert desk.mine.muted == {CheckType.OFF_DUTY}
    assert not any(CheckType.ON_DUTY in one.check_types for one in desk.mine.quiet)
    assert "下班：不提醒" in said and "上班：提前" in said


async def test_not_to_be_reminded_again_ends_reminders() -> None:
    desk = Desk()
    await desk.say("不再提醒")
    assert (desk.mine.muted, desk.mine.snoozed_until) == (BOTH, None)


@pytest.mark.parametrize(
    ("text", "punch", "wish"),
    [
        ("上班打卡，别催了", "上班打卡", "别催了"),
        ("上班打卡了，别催", "上班打卡", "别催"),
        ("clock in, stop reminding me", "clock in", "stop reminding me"),
        ("clock me in and no more reminders", "clock in", "no more reminders"),
        ("clock in, and no reminders tomorrow", "clock in", "no reminders tomorrow"),
        ("下班打卡，明天别提醒我", "下班打卡", "明天别提醒我"),
        ("下班打卡，明天请假", "下班打卡", "明天请假"),
        ("clock out, on leave tomorrow", "clock out", "on leave tomorrow"),
        ("下班了，周五请假", "下班打卡", "周五请假"),
        ("下班打卡，每天8:45提醒我", "下班打卡", "每天8:45提醒我"),
        ("别提醒我打卡了，下班", "下班打卡", "别提醒我打卡了"),
        ("下班打卡，顺便明天别提醒我", "下班打卡", "明天别提醒我"),
    ],
)
async def test_a_punch_beside_a_wish_is_asked_about_and_nothing_is_done(text: str, punch: str, wish: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert (desk.book.writes, desk.punched.wished, desk.taps) == (0, [], [punch, wish])
    assert len(desk.punched.asked) == 1, "the punch keeps its time"


@pytest.mark.parametrize(
    "text",
    [
        "不要提醒我上班打卡",
        "no reminders to clock in, please",
        "明天请假，不打卡",
        "每天8:45提醒我，上班打卡",
        "关闭上班打卡提醒，打开下班打卡提醒",
    ],
)
async def test_what_one_is_reminded_of_is_no_punch_beside_it(text: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert (desk.book.writes, desk.punched.asked) == (1, [])
