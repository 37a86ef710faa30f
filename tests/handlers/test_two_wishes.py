"""Two wishes in one message, and reminders that are to end for good."""

import pytest

from bot.domain.reminders import BOTH
from bot.domain.shifts import CheckType
from bot.understanding import understand
from tests.handlers.a_desk import TUESDAY, Desk


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
        ("下班打卡，明天上午请假", "下班打卡", "明天上午请假"),
        ("下班打卡 云谷，明天请假", "下班打卡 @云谷", "明天请假"),
        ("下班打卡 39.98,116.80，明天请假", "下班打卡 39.980000,116.800000", "明天请假"),
        ("外勤下班打卡：拜访客户，别提醒我", "下班打卡", "别提醒我"),
    ],
)
async def test_a_punch_beside_a_wish_is_asked_about_and_nothing_is_done(text: str, punch: str, wish: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert (desk.book.writes, desk.punched.wished, desk.taps) == (0, [], [punch, wish])
    assert len(desk.punched.asked) == 1, "the punch keeps its time"


async def test_a_punch_beside_a_wish_keeps_where_it_is_and_why() -> None:
    desk = Desk()
    await desk.say("下班打卡 39.98,116.80，明天请假")
    await desk.say("外勤下班打卡：拜访客户，别提醒我")
    at, why = desk.punched.asked
    assert at.fix is not None
    assert (at.fix.latitude, at.fix.longitude, why.reason) == (39.98, 116.8, "拜访客户")


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


@pytest.mark.parametrize(
    "text",
    [
        "还在路上，上班打卡，别催了",
        "on my way, clock in, stop reminding me",
        "not there yet, clock in, stop reminding me",
        "tomorrow, clock in, stop reminding me",
        "not now, clock in, stop reminding me",
        "clock in? not yet, stop reminding me",
        "堵车，上班打卡，别催了",
        "我请假了，上班打卡，别催了",
        "on leave today, clock in",
        "上班打卡，5分钟后再提醒我",
    ],
)
async def test_who_may_not_be_there_yet_keeps_no_time_by_asking(text: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert (desk.book.writes, desk.punched.wished, desk.punched.asked) == (0, [], [])
    assert len(desk.taps) == 2


@pytest.mark.parametrize("text", ["下班打卡？别催了", "下班打卡?? 别催了"])
async def test_the_tap_says_the_wish_without_the_sign_before_it(text: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert (desk.taps, desk.punched.asked) == (["下班打卡", "别催了"], [])


@pytest.mark.parametrize(
    "text",
    ["别下班打卡，别催了", "不要上班打卡，别催了", "不打卡，别催了", "don't clock me out, stop reminding me"],
)
async def test_who_refuses_a_punch_is_asked_how_long_there_are_to_be_no_reminders(text: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert (desk.book.writes, desk.mine.muted, desk.punched.asked) == (0, frozenset(), [])


@pytest.mark.parametrize(
    ("text", "taps", "shows"),
    [
        ("clock in and show my status", ["clock in"], "day"),
        ("clock me out and show my day", ["clock out"], "day"),
        ("clock in and show my day", ["clock in"], "day"),
        ("打卡，另外帮我查一下今天打卡", ["上班打卡", "下班打卡"], "打卡"),
        ("clock in 39.98,116.80. did it work?", ["clock in 39.980000,116.800000"], "day"),
        ("show my day, clock me out", ["clock out"], "day"),
        ("上班打卡 - 我的今天打卡", ["上班打卡"], "打卡"),
    ],
)
async def test_a_question_beside_a_punch_is_answered_and_the_punch_asked_about(
    text: str, taps: list[str], shows: str
) -> None:
    desk = Desk()
    said = await desk.say(text)
    assert shows in said
    assert "Nothing is recorded yet" in said or "还没有记录" in said
    assert (desk.taps[: len(taps)], desk.punched.wished, len(desk.punched.asked)) == (taps, [], 1)


@pytest.mark.parametrize(
    ("text", "taps"),
    [
        ("上班打卡，昨天忘打下班卡了", ["上班打卡", "昨天忘打下班卡了"]),
        ("clock in. send me a daily digest", ["clock in", "send me a daily digest"]),
        ("clock in, approve C-7F3K2M", ["clock in", "approve C-7F3K2M"]),
        ("上班打卡，提醒李娜打卡", ["上班打卡", "提醒李娜打卡"]),
        ("clock in, excuse Bob today", ["clock in", "excuse Bob today"]),
        ("clock in and nudge Bob", ["clock in", "nudge Bob"]),
        ("clock in and no reminders today", ["clock in", "no reminders today"]),
        ("上班打卡并且今天别提醒我", ["上班打卡", "今天别提醒我"]),
        ("上班打卡并提醒李娜", ["上班打卡", "提醒李娜"]),
    ],
)
async def test_of_a_punch_and_what_changes_something_neither_is_done(text: str, taps: list[str]) -> None:
    desk = Desk()
    await desk.say(text)
    assert (desk.taps, desk.book.writes, desk.punched.wished, len(desk.punched.asked)) == (taps, 0, [], 1)


async def test_days_that_nobody_can_mean_do_not_hide_the_punch_beside_them() -> None:
    desk = Desk()
    said = await desk.say("clock in. who is missing on February 31?")
    assert ("no calendar" in said.lower(), desk.taps) == (True, ["clock in"])


async def test_in_a_group_the_punch_is_asked_about_where_the_question_is_answered() -> None:
    desk = Desk()
    said = await desk.say("clock in and show my status", in_group=True)
    assert ("recorded" in said, "Nothing is recorded yet" in desk.alone[0]) == (False, True)


@pytest.mark.parametrize(
    "text",
    [
        "clock in, yesterday 8:30, I forgot",
        "clock in? no. show my day",
        "老周不在，帮我打卡",
        "clock in, undo",
        "if all is counted, clock me out",
        "on my way, clock in, show my day",
        "补卡 昨天 下班 18:40，忘了",
    ],
)
def test_what_is_one_thing_or_no_clear_punch_has_none_beside_it(text: str) -> None:
    assert understand(text, today=TUESDAY).beside is None
