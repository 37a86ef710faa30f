"""Where tests wait for something to become true, without sleeping."""

import asyncio
from collections.abc import Callable


class Board:
    """A notice of changes: each waiter checks its condition again."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def changed(self) -> None:
        """Let everybody look again."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def until(self, holds: Callable[[], bool], deadline_s: float = 60.0) -> None:
        """Wait until `holds()`, at most `deadline_s` seconds."""
        async with asyncio.timeout(deadline_s):
            while not holds():
                waiting = asyncio.get_running_loop().create_future()
                self._waiting.add(waiting)
                try:
                    await waiting
                finally:
                    self._waiting.discard(waiting)
