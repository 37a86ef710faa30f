"""The bot ends within ten seconds, whatever hangs; a clean stop logs no error."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from bot.app import App
from bot.cli.demo import write_config
from bot.cli.options import DONE
from bot.clock import SystemClock
from bot.sandbox.clock import PretendClock
from bot.sandbox.server import Sandbox
from bot.sandbox.world import World
from bot.storage import Store
from bot.storage.sqlite import SqliteEngine
from bot.supervisor import LAST_S, Step, end_in_turn
from tests.command_line import ENVIRONMENT, ROOT, logged
from tests.company import PATIENCE, a_company
from tests.virtual_time import seconds_waited

LEEWAY_S = 0.4  # for what is computed between the steps


async def for_ever() -> None:
    await asyncio.Event().wait()


async def stubbornly() -> None:
    """Wait for ever, whoever cancels."""
    while True:
        with suppress(asyncio.CancelledError):
            await for_ever()


async def at_once() -> None:
    """Be done."""


async def badly() -> None:
    raise RuntimeError("a bug")


async def test_the_shares_of_all_that_ends_leave_some_of_the_ten_seconds(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert company.app is not None
        steps = company.app.steps_to_stop()
        assert len({step.name for step in steps}) == len(steps)
        assert sum(step.most_s for step in steps) + LEEWAY_S < LAST_S < 10


@pytest.mark.parametrize("work", [for_ever, stubbornly])
def test_whatever_hangs_has_its_share_and_no_more(work: Callable[[], Awaitable[None]]) -> None:
    ended: list[str] = []

    async def note() -> None:
        ended.append("the rest")

    steps = [Step("one", 2.0, work), Step("quick", 5.0, at_once), Step("two", 1.5, work), Step("last", 1.0, note)]
    assert seconds_waited(end_in_turn(steps)) == pytest.approx(3.5)
    assert ended == ["the rest"]


def test_what_fails_is_raised_once_the_rest_has_ended() -> None:
    ended: list[str] = []

    async def note() -> None:
        ended.append("the rest")

    with pytest.raises(RuntimeError, match="a bug"):
        seconds_waited(end_in_turn([Step("bad", 1.0, badly), Step("last", 1.0, note)]))
    assert ended == ["the rest"]


class Stuck(Store):
    """A store whose close waits for a server that never answers."""

    free = False

    async def close(self) -> None:
        if not self.free:
            await asyncio.Event().wait()
        await super().close()


async def test_a_database_that_hangs_does_not_keep_the_bot_from_ending(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_company(tmp_path) as company:
        await company.stop_bot()
        clock = company.sandbox.clock
        store = Stuck(SqliteEngine(tmp_path / "stuck.db"), clock=clock, owner="stuck", random=Random(1))
        company.app = App(company.settings(), clock=clock, patience=PATIENCE, store=store)
        await company.app.start()
        async with asyncio.timeout(60):
            await company.stop_bot()
        assert "the database did not end" in caplog.text
        store.free = True
        await store.close()


Reader = asyncio.StreamReader
Moment = Callable[[Sandbox, Reader], Awaitable[object]]
MOST_S = 60.0


async def while_it_starts(sandbox: Sandbox, errors: Reader) -> None:
    """Wait for the first line of the log."""
    await errors.readuntil(b"ledger was made")


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


@pytest.mark.parametrize("moment", [while_it_starts, once_connected])
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
