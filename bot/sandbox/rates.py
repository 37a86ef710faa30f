"""How often each API is called, and how often in its busiest second."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Rate:
    """One API's calls; `busiest` is the most that came within any one second, refused ones included."""

    calls: int = 0
    busiest: int = 0
    recent: deque[float] = field(default_factory=deque)


class Rates:
    """The rates of all APIs since the sandbox started, or since `clear`; seconds are real ones."""

    def __init__(self) -> None:
        self._of: dict[str, Rate] = {}

    def note(self, api: str, now: float) -> None:
        """Count a call that comes at `now`, seconds of a clock that only ever grows."""
        rate = self._of.setdefault(api, Rate())
        rate.calls += 1
        rate.recent.append(now)
        while now - rate.recent[0] >= 1:
            rate.recent.popleft()
        rate.busiest = max(rate.busiest, len(rate.recent))

    def calls(self, api: str) -> int:
        """Return how often an API was called."""
        return self._of[api].calls if api in self._of else 0

    def busiest(self, api: str) -> int:
        """Return how many calls of an API came within its busiest second."""
        return self._of[api].busiest if api in self._of else 0

    def clear(self) -> None:
        """Count afresh."""
        self._of.clear()

    def as_json(self) -> dict[str, Any]:
        """Return both figures for each API that was called."""
        return {
            name: {"calls": one.calls, "busiest_second": one.busiest} for name, one in sorted(self._of.items())
        }
