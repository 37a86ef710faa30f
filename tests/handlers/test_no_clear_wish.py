"""What is said of reminders and leave without being a clear wish of one's own changes nothing, and is answered."""

import pytest

from bot.domain.reminders import BOTH, Wishes
from tests.handlers.a_desk import Desk
from tests.languages import theirs


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("don't turn off reminders", "stop reminders"),
        ("提醒关了吗", "关闭提醒"),
        ("I got no reminders today", "no reminders today"),
        ("stop reminding Alice", "I only change your own reminders"),
        ("别提醒他们", "我只能更改您自己的提醒"),
        ("my boss wants no reminders today", "I only change your own reminders"),
        ("今天中午别提醒我", "今天下午别提醒我"),
        ("半天别提醒", "没有改动"),
        ("打卡后别提醒我", "没有改动"),
        ("no reminders from 5pm to 7pm", "no reminders after 15:00 today"),
        ("mute for 2 hours", "Nothing was changed"),
        ("Alice is on leave today", "If you are away all day"),
        ("if I'm on leave tomorrow, no reminders", "Nothing was changed"),
        ("remind Alice 15 minutes before", "I only change your own reminders"),
        ("提前15分钟提醒Alice", "我只能更改您自己的提醒"),
        ("remind my team 15 minutes before", "I only change your own reminders"),
        ("snooze Alice 10 min", "I only change your own reminders"),
        ("remind me to buy milk at 5pm", "15 minutes before"),
        ("提醒我下午3点开会", "提醒"),
        ("马上到，别催了", "是只有今天不提醒"),
        ("I already clocked in, stop reminding me", "no reminders today, or none until"),
        ("取消会议提醒", "我只提醒打卡"),
        ("cancel the meeting reminder tomorrow", "I remind of clocking in and out, and of nothing else"),
        ("明天打开上班提醒，关闭下班提醒", "我的提醒"),
        ("turn off weekend reminders", "I can be quiet on dates"),
        ("remind me again tomorrow", "Your reminders"),
        ("明天恢复提醒", "本来就没有关"),
        ("resume reminders tomorrow", "Nothing of that was switched off"),
        ("remind me to call Bob 30 minutes before the meeting", "15 minutes before"),
    ],
)
async def test_nothing_is_changed_and_what_can_be_said_is_told(text: str, answer: str) -> None:
    desk = Desk()
    said = await desk.say(text)
    assert answer in said
    assert desk.mine == Wishes("u1")
    assert not desk.book.writes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sick today but working from home", ["on leave today"]),
        ("今天请假晚点到", ["今天请假"]),
        ("明天可能请假", ["2026-11-25 请假"]),
        ("I'd like to take tomorrow off", ["on leave on 2026-11-25"]),
        ("明天请假改成后天", []),
        ("请假一会", []),
        ("is my leave approved?", []),
    ],
)
async def test_a_day_that_is_not_plainly_one_of_leave_is_asked_about(text: str, says: list[str]) -> None:
    desk = Desk()
    assert theirs(text, en="Nothing was changed", zh="没有改动") in await desk.say(text)
    assert desk.mine == Wishes("u1")
    assert desk.taps == says
    for one in says:
        await desk.say(one)
        assert desk.mine.quiet


@pytest.mark.parametrize(("text", "says"), [("提醒关了", "关闭提醒"), ("stop it", "stop reminders")])
async def test_what_is_asked_is_answered_with_one_tap(text: str, says: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert desk.taps[-1] == says
    await desk.say(says)
    assert desk.mine.muted == BOTH
