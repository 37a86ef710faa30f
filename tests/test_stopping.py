"""The bot ends within ten seconds, also if something hangs. A clean stop logs no error."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from bot.app import LAST_S, App
from bot.cli.demo import write_config
from bot.cli.options import DONE
from bot.clock import SystemClock
from bot.sandbox.clock import PretendClock
from bot.storage import Store
from bot.storage.sqlite import SqliteEngine
from bot.supervisor import StopStep, run_steps
from tests.changing_company import World
from tests.command_line import ENVIRONMENT, logged
from tests.company import PATIENCE, a_company
from tests.pretend_dingtalk import Sandbox
from tests.virtual_time import seconds_waited
from tests.waiting import LONGEST_S, until

LEEWAY_S = 0.4  # for the work between the steps


async def for_ever() -> None:
    await asyncio.Event().wait()


async def stubbornly() -> None:
    """Wait for ever, also when cancelled."""
    while True:
        with suppress(asyncio.CancelledError):
            await for_ever()


async def at_once() -> None:
    """Return at once."""


@pytest.mark.parametrize("work", [for_ever, stubbornly])
def test_a_hanging_step_takes_no_more_than_its_share(work: Callable[[], Awaitable[None]]) -> None:
    ended: list[str] = []

    async def note() -> None:
        ended.append("the rest")

    steps = [
        StopStep("one", 2.0, work),
        StopStep("quick", 5.0, at_once),
        StopStep("two", 1.5, work),
        StopStep("last", 1.0, note),
    ]
    assert seconds_waited(run_steps(steps)) == pytest.approx(3.5)
    assert ended == ["the rest"]


class Stuck(Store):
    """A store whose close waits for a server that never answers."""

    free = False

    async def close(self, *, keep_claims: bool = False) -> None:
        if not self.free:
            await asyncio.Event().wait()
        await super().close()


async def test_a_hanging_database_does_not_keep_the_bot_running(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_company(tmp_path) as company:
        await company.stop_bot()
        clock = company.sandbox.clock
        store = Stuck(
            SqliteEngine(tmp_path / "stuck.db"), clock=clock, owner="stuck", random=Random(1)
        )
        company.app = App(company.settings(), clock=clock, patience=PATIENCE, store=store)
        steps = company.app.steps_to_stop()
        assert sum(step.most_s for step in steps) + LEEWAY_S < LAST_S < 10
        await company.app.start()
        async with asyncio.timeout(LONGEST_S):
            await company.stop_bot()
        assert "the database did not end" in caplog.text
        store.free = True
        await store.close()


async def test_a_bot_stopped_during_its_start_logs_no_error(tmp_path: Path) -> None:
    now = SystemClock().now()  # a bot with another time than DingTalk logs an error
    async with Sandbox(world=World(12), clock=PretendClock(now)) as sandbox:
        write_config(sandbox, tmp_path)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run", "--config", str(tmp_path / "config.yaml")),
            stderr=asyncio.subprocess.PIPE,
            env=ENVIRONMENT,
        )
        try:
            assert process.stderr is not None
            await until((tmp_path / "clock-in.db").exists)
            async with asyncio.timeout(LONGEST_S):
                process.terminate()
                errors = (await process.stderr.read()).decode()
                assert await process.wait() == DONE
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    lines = logged(errors)
    assert not [line for line in lines if line[0] in ("ERROR", "CRITICAL")]
    assert lines[-1] == (
        "INFO",
        "the bot has stopped; waiting punches and answers go on at the next start",
    )
