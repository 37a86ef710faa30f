"""An event loop that skips all waits and counts the skipped time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _Leaping(selectors.DefaultSelector):
    """Returns ready events. Without one, it skips the wait."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("it waits without a time limit")
        if not ready and timeout is not None:
            self.passed_s += max(timeout, 0.0)
        return ready


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop with skipped waits."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Return the skipped seconds."""
        return self._leaping.passed_s


def seconds_waited(work: Coroutine[Any, Any, None]) -> float:
    """Return how long `work` would wait. Raises AssertionError for a wait without a time limit."""
    loop = LeapingLoop()
    try:
        loop.run_until_complete(work)
        return loop.time()
    finally:
        loop.close()
