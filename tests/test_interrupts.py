"""What a command's exit code says after Ctrl-C."""

import asyncio
import signal
import sys

from tests.command_line import ROOT

# A process that was started in the background ignores Ctrl-C, and so do its children until they say otherwise.
LISTENING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from bot.cli import main
sys.exit(main(sys.argv[1:]))
"""


async def interrupted(*arguments: str, given: bytes = b"") -> int | None:
    """Start a command, interrupt it once it has printed a line, and return its exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LISTENING, *arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(given)
    await process.stdin.drain()
    try:
        assert await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


async def test_what_runs_until_it_is_interrupted_ends_well_by_it() -> None:
    assert await interrupted("sandbox", "--port", "0") == 0


async def test_what_was_interrupted_before_its_end_is_not_done() -> None:
    assert await interrupted("understand", "--jsonl", given=b'{"text": "clock in"}\n') == 1
