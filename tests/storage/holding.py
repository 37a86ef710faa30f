"""A process that keeps the database open."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_HOLDER = """
import asyncio, sys
from bot.clock import SystemClock
from bot.storage import open_store

async def main():
    store = open_store(sys.argv[1], clock=SystemClock(), owner="other")
    await store.open()
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@contextmanager
def held(url: str) -> "Iterator[subprocess.Popen[str]]":
    """Start a process that opens the database and keeps it open until it is killed."""
    command = [sys.executable, "-c", _HOLDER, url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()
