"""What "undo" says to somebody whose reminders are off."""

import pytest

from tests.handlers.a_desk import Desk


@pytest.mark.parametrize(
    ("off", "undo", "tap"),
    [
        ("no reminders today", "undo that", "resume reminders"),
        ("别提醒我了", "撤销", "恢复提醒"),
        ("on leave tomorrow", "undo", "resume reminders"),
        ("关闭上班提醒", "撤回", "恢复提醒"),
    ],
)
async def test_undo_after_reminders_were_switched_off_tells_how_they_come_again(
    off: str, undo: str, tap: str
) -> None:
    desk = Desk()
    assert ("提醒" in await desk.say(undo) or "reminders" in await desk.say(undo), desk.taps) == (False, [])
    await desk.say(off)
    said = await desk.say(undo)
    assert ("提醒" in said or "reminders" in said, desk.taps) == (True, [tap])
    await desk.say(tap)
    assert (desk.mine.muted, desk.mine.quiet) == (frozenset(), ())
