"""A process that keeps messages on a disk which strace makes slow, and measures how late its event loop ran."""

import asyncio
import json
import sys
import time
from pathlib import Path

from tests.faults.a_store import a_message, an_open_store

TICK_S = 0.02


async def lag(over: asyncio.Event) -> float:
    """Return by how much the latest tick of the event loop came late, in seconds."""
    longest = 0.0
    while not over.is_set():
        began = time.monotonic()
        await asyncio.sleep(TICK_S)
        longest = max(longest, time.monotonic() - began - TICK_S)
    return longest


async def main(file: Path) -> dict[str, object]:
    """Keep twenty messages at once and return how that went."""
    over = asyncio.Event()
    watch = asyncio.create_task(lag(over))
    async with an_open_store(file) as store:
        began = time.monotonic()
        taken = await asyncio.gather(*(store.inbox.accept(a_message(f"m{n}", f"u{n}")) for n in range(20)))
        took_s = time.monotonic() - began
        over.set()
    return {"accepted": len(taken), "slowest_write_s": took_s, "longest_lag_s": await watch}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
