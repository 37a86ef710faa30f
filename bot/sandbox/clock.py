"""The pretend time: it runs like real time and can be moved."""

import time
from datetime import UTC, datetime, timedelta


class PretendClock:
    """A clock that runs from `start`, or as the machine's.

    `monotonic` always measures real seconds.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._moved = start - datetime.now(UTC) if start else timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._moved

    def monotonic(self) -> float:
        return time.monotonic()

    def advance(self, seconds: float) -> None:
        self._moved += timedelta(seconds=seconds)

    def move_to(self, moment: datetime) -> None:
        self.advance((moment - self.now()).total_seconds())


def to_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)
