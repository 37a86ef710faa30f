"""The state that survives a restart of the sandbox."""

from datetime import timedelta
from pathlib import Path

from bot.sandbox.clock import PretendClock
from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import WORKDAY_0850
from tests.sandbox.scripted_bot import ScriptedBot


def new_sandbox(folder: Path, port: int = 0) -> Sandbox:
    return Sandbox(clock=PretendClock(WORKDAY_0850), data_dir=folder, port=port)


async def test_a_restart_keeps_messages_punches_and_clock(tmp_path: Path) -> None:
    async with new_sandbox(tmp_path) as sandbox:
        async with ScriptedBot(sandbox.url, answer=lambda message: "taken"):
            await sandbox.ask("user001", "打卡")
        sandbox.native_punch("user001")
        sandbox.clock.advance(3600)
    async with new_sandbox(tmp_path) as sandbox:
        assert [entry.text for entry in sandbox.transcript("user001")] == ["打卡", "taken"]
        assert [record.user_id for record in sandbox.records] == ["user001"]
        assert (
            timedelta(hours=1) <= sandbox.clock.now() - WORKDAY_0850 < timedelta(hours=1, minutes=1)
        )
