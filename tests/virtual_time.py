"""An event loop that skips each wait and adds up the skipped time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _Leaping(selectors.DefaultSelector):
    """Tells what is ready; where nothing is, the time that was to be waited is over."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("it waits without a bound")
        if not ready and timeout is not None:
            self.passed_s += max(timeout, 0.0)
        return ready


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop over such a selector."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Return the seconds that it waited."""
        return self._leaping.passed_s


def seconds_waited(work: Coroutine[Any, Any, None]) -> float:
    """Return for how long `work` waits until it is done. Raises AssertionError where a wait has no bound."""
    loop = LeapingLoop()
    try:
        loop.run_until_complete(work)
        return loop.time()
    finally:
        loop.close()
