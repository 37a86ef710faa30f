"""The only place that reads the time."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tests and the demo pass a clock that they move."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only ever grow, for measuring how long something took."""
        ...


# On Linux this clock goes on while the machine sleeps: meanwhile other processes may take over claims.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_EPOCH = datetime.fromtimestamp(0, UTC)
_MILLISECOND = timedelta(milliseconds=1)


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(_STEADY)


def local_date(clock: Clock, zone: ZoneInfo) -> date:
    """Return today's date in `zone`."""
    return clock.now().astimezone(zone).date()


def to_ms(moment: datetime) -> int:
    """Return an aware moment as whole milliseconds since 1970-01-01 UTC, cut: none moves into the next second."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(value: int) -> datetime:
    """Return the aware UTC moment of `value` milliseconds since 1970-01-01 UTC."""
    return _EPOCH + value * _MILLISECOND
