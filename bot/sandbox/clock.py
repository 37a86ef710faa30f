"""The pretend time: it runs like real time and can be moved."""

from datetime import datetime, timedelta

from bot.clock import SystemClock


class PretendClock(SystemClock):
    """A clock that runs from `start`, or as the machine's. Its `monotonic` measures real seconds."""

    def __init__(self, start: datetime | None = None) -> None:
        self._moved = start - super().now() if start else timedelta()

    def now(self) -> datetime:
        return super().now() + self._moved

    def advance(self, seconds: float) -> None:
        self._moved += timedelta(seconds=seconds)

    def move_to(self, moment: datetime) -> None:
        self.advance((moment - self.now()).total_seconds())
