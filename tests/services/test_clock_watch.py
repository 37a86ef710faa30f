"""A machine's clock differs from DingTalk's clock: administrators hear of it once."""

import re
from pathlib import Path

import pytest

from bot.cli.demo import write_config
from bot.platform import DingTalk
from bot.sandbox.clock import PretendClock
from bot.services.clock_watch import CLOCK
from tests.bases import a_base
from tests.company import morning
from tests.mailbox import Mailbox
from tests.pretend_dingtalk import Sandbox
from tests.reminders.stage import StillClock


@pytest.mark.parametrize("off_s", [45, -45])
async def test_administrators_hear_once_of_a_clock_that_drifts(tmp_path: Path, off_s: int) -> None:
    clock, mailbox = StillClock(morning()), Mailbox()
    async with Sandbox(clock=PretendClock(morning())) as sandbox:
        dingtalk = DingTalk(write_config(sandbox, tmp_path), clock)
        base = a_base(clock=clock, robot=mailbox, server_time=dingtalk.server_time)
        watch = base.clock_watch
        assert not await watch.is_off()
        assert mailbox.texts == []
        clock.advance(off_s)
        for _ in range(2):
            assert await watch.is_off()
        (text,) = mailbox.texts
        assert re.search(rf"is {'-' if off_s < 0 else ''}4[4-6] s off", text)
        assert CLOCK in base.operators.troubles
        clock.move_to(morning())
        assert not await watch.is_off()
        assert base.operators.troubles == {}
        clock.advance(off_s)
        assert await watch.is_off()
        await dingtalk.http.close()
    clock.move_to(morning())
    assert await watch.is_off()  # it jumped, and DingTalk is away
    assert await watch.right_now() == morning()  # the last known error is over
