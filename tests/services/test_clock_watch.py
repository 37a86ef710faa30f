"""A machine's clock differs from DingTalk's clock: administrators hear of it once."""

import random
import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.demo import write_config
from bot.platform import DingTalk
from bot.sandbox.clock import PretendClock
from bot.services.reminding.planning import CLOCK, ClockWatch
from tests.bases import a_base
from tests.company import morning
from tests.faults.a_store import StillClock
from tests.mailbox import Mailbox
from tests.pretend_dingtalk import Sandbox


@pytest.mark.parametrize("off_s", [45, -45])
async def test_administrators_hear_once_of_a_clock_that_drifts(tmp_path: Path, off_s: int) -> None:
    clock, mailbox = StillClock(), Mailbox()
    clock.moment = morning()
    async with Sandbox(clock=PretendClock(morning())) as sandbox:
        dingtalk = DingTalk(write_config(sandbox, tmp_path), clock, random.Random(1))
        base = a_base(clock=clock, robot=mailbox, server_time=dingtalk.server_time)
        watch = ClockWatch(base)
        await watch.is_off()
        assert mailbox.texts == []
        clock.moment += timedelta(seconds=off_s)
        for _ in range(2):
            await watch.run()
        (text,) = mailbox.texts
        assert re.search(rf"is {'-' if off_s < 0 else ''}4[4-6] s off", text)
        assert CLOCK in base.operators.troubles
        clock.moment = morning()
        await watch.is_off()
        assert base.operators.troubles == {}
        await dingtalk.http.close()
    await watch.run()  # DingTalk is away: the difference is unknown
    assert base.operators.troubles == {}
