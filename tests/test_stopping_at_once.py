"""A bot that is stopped right after its start: a clean stop logs no error."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.cli.demo import write_config
from bot.cli.options import DONE
from bot.clock import SystemClock
from bot.sandbox.clock import PretendClock
from bot.sandbox.server import Sandbox
from bot.sandbox.world import World
from tests.command_line import ENVIRONMENT, ROOT, logged

Reader = asyncio.StreamReader
Moment = Callable[[Sandbox, Reader], Awaitable[object]]
MOST_S = 60.0


async def while_it_starts(sandbox: Sandbox, errors: Reader) -> None:
    """Wait for the first line of the log."""
    await errors.readuntil(b"ledger was made")


async def at_its_first_call(sandbox: Sandbox, errors: Reader) -> None:
    """Wait for the first jobs, which call DingTalk."""
    await sandbox.wait_until(lambda: bool(sandbox.requests))


async def once_connected(sandbox: Sandbox, errors: Reader) -> None:
    """Wait for the Stream."""
    await sandbox.wait_connected()


async def stopped(process: asyncio.subprocess.Process, number: int) -> tuple[int | None, list[tuple[str, str]]]:
    """Send a signal; return the exit code and what was logged at level ERROR or above."""
    assert process.stderr is not None
    process.send_signal(number)
    async with asyncio.timeout(MOST_S):
        errors = (await process.stderr.read()).decode()
        code = await process.wait()
    assert "Traceback (most recent call last)" not in errors
    return code, [line for line in logged(errors) if line[0] in ("ERROR", "CRITICAL")]


async def begun(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
    )


@pytest.mark.parametrize("moment", [while_it_starts, at_its_first_call, once_connected])
async def test_a_bot_stopped_right_after_its_start_logs_no_error(tmp_path: Path, moment: Moment) -> None:
    now = SystemClock().now()  # a bot far from DingTalk's clock logs that as an error
    sandbox = Sandbox(world=World(12), clock=PretendClock(now))
    await sandbox.start()
    try:
        write_config(sandbox, tmp_path)
        process = await begun("run", "--config", str(tmp_path / "config.yaml"))
        try:
            assert process.stderr is not None
            async with asyncio.timeout(MOST_S):
                await moment(sandbox, process.stderr)
            assert await stopped(process, signal.SIGTERM) == (DONE, [])
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    finally:
        await sandbox.stop()


async def test_a_demo_interrupted_as_soon_as_it_shows_its_address_logs_no_error(tmp_path: Path) -> None:
    process = await begun("demo", "--port", "0", "--data", str(tmp_path))
    try:
        assert process.stdout is not None
        async with asyncio.timeout(MOST_S):
            assert b"Ctrl-C ends the demo" in await process.stdout.readline()
        assert await stopped(process, signal.SIGINT) == (DONE, [])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
