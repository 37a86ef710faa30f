"""The watch over this machine's clock: DingTalk's clock is right."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from math import inf

from bot.clock import MOST_SKEW, Clock
from bot.errors import UpstreamError
from bot.services.speaking import Operators

log = logging.getLogger(__name__)

CLOCK = "this machine's clock"
RIGHT_FOR_S = 900.0  # until a right clock is measured again: it may drift
WRONG_FOR_S = 50.0  # until a wrong clock is measured again
# until the next try after DingTalk did not answer; nobody waits for it meanwhile
FAILED_FOR_S = 10.0


class ClockWatch:
    """Compares this machine's clock with DingTalk's. Tells administrators of a wrong clock once.

    While the clock is off, nothing is planned, due or noted as read. Each process measures the
    clock of its own machine.
    """

    def __init__(
        self, clock: Clock, server_time: Callable[[], Awaitable[datetime]], operators: Operators
    ) -> None:
        """`server_time` returns DingTalk's time. Raises UpstreamError."""
        self._clock = clock
        self._server_time = server_time
        self._operators = operators
        self._measuring = asyncio.Lock()
        self._measured_s = -inf  # monotonic
        self._failed_s = -inf  # monotonic, of the last measurement without an answer
        self._apart_s = inf  # between this clock and the monotonic clock, at the measurement
        self._skew = timedelta()  # of this clock; zero while it is right enough

    async def is_off(self) -> bool:
        """Return whether the clock is wrong, or unknown: after a start, and after a jump.

        Measure it first if needed.
        """
        async with self._measuring:
            now_s = self._clock.monotonic()
            valid_for_s = WRONG_FOR_S if self._skew else RIGHT_FOR_S
            is_due = self._has_jumped() or now_s - self._measured_s >= valid_for_s
            if is_due and now_s - self._failed_s >= FAILED_FOR_S:
                await self._measure()
            return bool(self._skew) or self._has_jumped()

    async def right_now(self) -> datetime:
        """Return the moment of this call, by DingTalk's clock if this clock is wrong.

        Ask DingTalk only after a start or a jump. During an outage one call in ten seconds waits
        for it. A clock that jumped and could not be measured counts as right: mostly somebody set
        it right.
        """
        now = self._clock.now()
        if self._has_jumped():
            await self.is_off()
        return now if self._has_jumped() else now - self._skew

    async def _measure(self) -> None:
        began = self._clock.now()
        measured_s = self._clock.monotonic()
        try:
            right = await self._server_time()
        except UpstreamError as error:
            log.debug("DingTalk's time could not be read: %s", error)
            self._failed_s = self._clock.monotonic()
            return
        ended = self._clock.now()
        skew = min(began - right, ended - right, key=abs)
        if began <= right <= ended:
            skew = timedelta()
        self._measured_s = measured_s
        self._apart_s = began.timestamp() - measured_s
        self._skew = skew if abs(skew) > MOST_SKEW else timedelta()
        if self._skew:
            seconds = round(skew.total_seconds())
            await self._operators.alert(CLOCK, "alert.clock_wrong", seconds=seconds)
        else:
            self._operators.over(CLOCK)

    def _has_jumped(self) -> bool:
        """Return whether the clock was moved since it was measured, or never measured."""
        apart_s = self._clock.now().timestamp() - self._clock.monotonic()
        return abs(apart_s - self._apart_s) > MOST_SKEW.total_seconds()
