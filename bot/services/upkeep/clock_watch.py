"""Watches this machine's clock: punches whose message has no time, reminders and signatures go by it."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import UpstreamError
from bot.services.upkeep.operators import Operators

log = logging.getLogger(__name__)

MOST_SKEW = timedelta(seconds=30)
MOST_FOR_REMINDERS = timedelta(seconds=60)  # beyond it "as of 09:05" and "no punch seen" would be false
SUBJECT = "this machine's clock"
HELD = "reminders by this machine's clock"
SET_BY_S = 1.0  # by which a clock is out of step with the monotonic one once it was set


class ClockWatch:
    """Tells the administrators once while the clock is more than thirty seconds off DingTalk's."""

    def __init__(self, server_time: Callable[[], Awaitable[datetime]], operators: Operators, clock: Clock) -> None:
        """`server_time` returns DingTalk's time (UTC, to the second) or raises UpstreamError."""
        self._server_time = server_time
        self._operators = operators
        self._clock = clock
        self._skew = timedelta()
        self._measured_s: float | None = None  # how far the clock was ahead of the monotonic one then

    @property
    def is_wrong(self) -> bool:
        """Tell whether the clock is known to be so far off that nobody may be reminded by it."""
        return abs(self._skew) > MOST_FOR_REMINDERS

    async def look(self) -> None:
        """Measure if nobody did, while the clock is wrong, and after it was set; to be called every minute."""
        measured_s = self._measured_s
        if self.is_wrong or measured_s is None or abs(self._ahead_s() - measured_s) > SET_BY_S:
            await self.run()

    async def run(self) -> None:
        """Measure once; each process looks at its own machine's clock."""
        began = self._clock.now()
        try:
            told = await self._server_time()
        except UpstreamError as error:
            log.debug("DingTalk's time could not be read: %s", error)
            return
        skew = _nearest_skew(began, self._clock.now(), told)
        self._skew, self._measured_s = skew, self._ahead_s()
        seconds = round(skew.total_seconds())
        if abs(skew) <= MOST_SKEW:
            self._operators.over(SUBJECT)
        elif not self.is_wrong:
            await self._operators.alert(SUBJECT, "alert.clock_off", seconds=seconds)
        if self.is_wrong:
            await self._operators.alert(HELD, "alert.clock_wrong", seconds=seconds)
        else:
            self._operators.over(HELD)

    def _ahead_s(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


def _nearest_skew(began: datetime, ended: datetime, told: datetime) -> timedelta:
    """Return how far the clock, which showed `began` to `ended` during the call, is at least off what was told."""
    if began <= told <= ended:
        return timedelta()
    return min(began - told, ended - told, key=abs)
