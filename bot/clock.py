"""The only place that reads the time."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tests and the demo pass a clock that they move."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back, to measure a duration."""
        ...


# On Linux this clock also runs while the machine sleeps: other processes may take over claims then.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
# Beyond it "as of 09:05" and "no punch seen" would soon be false.
MOST_SKEW = timedelta(seconds=30)
# The most between two clocks that are right enough. A stored time later than that from now is
# wrong.
CLOCKS_APART = 2 * MOST_SKEW
_EPOCH = datetime.fromtimestamp(0, UTC)
_MILLISECOND = timedelta(milliseconds=1)


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(_STEADY)


async def wait_at_most(seconds: float, event: asyncio.Event) -> None:
    """Wait until the event is set, or until the time is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def local_date(clock: Clock, zone: ZoneInfo) -> date:
    """Return today's date in `zone`."""
    return clock.now().astimezone(zone).date()


def to_ms(moment: datetime) -> int:
    """Return whole milliseconds since 1970-01-01 UTC, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(value: int) -> datetime:
    """Return the aware UTC moment of `value` milliseconds since 1970-01-01 UTC."""
    return _EPOCH + value * _MILLISECOND
