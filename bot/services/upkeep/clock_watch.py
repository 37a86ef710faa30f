"""Watches this machine's clock: punches whose message has no time, reminders and signatures go by it."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import UpstreamError
from bot.services.upkeep.operators import Operators

log = logging.getLogger(__name__)

MOST_SKEW = timedelta(seconds=30)  # beyond it "as of 09:05" and "no punch seen" would soon be false
SUBJECT = "this machine's clock"
SET_BY_S = 1.0  # a clock that differs so much from the monotonic one was set


class ClockWatch:
    """Tells the administrators once while the clock is more than thirty seconds off DingTalk's."""

    def __init__(self, server_time: Callable[[], Awaitable[datetime]], operators: Operators, clock: Clock) -> None:
        """`server_time` returns DingTalk's time (UTC, to the second) or raises UpstreamError."""
        self._server_time = server_time
        self._operators = operators
        self._clock = clock
        self._measured_s: float | None = None  # how far the clock was ahead of the monotonic one then
        self.is_wrong = False  # then nobody may be reminded by it

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
        ended, self._measured_s = self._clock.now(), self._ahead_s()
        skew = timedelta() if began <= told <= ended else min(began - told, ended - told, key=abs)
        self.is_wrong = abs(skew) > MOST_SKEW
        if self.is_wrong:
            await self._operators.alert(SUBJECT, "alert.clock_wrong", seconds=round(skew.total_seconds()))
        else:
            self._operators.over(SUBJECT)

    def _ahead_s(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()
