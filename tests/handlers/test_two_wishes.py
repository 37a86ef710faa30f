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
