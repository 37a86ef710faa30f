"""Watches this machine's clock: punches whose message has no time, reminders and signatures go by it."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import UpstreamError
from bot.services.operators import Operators

log = logging.getLogger(__name__)

MOST_SKEW = timedelta(seconds=30)
SUBJECT = "this machine's clock"


class ClockWatch:
    """Tells the administrators once while the clock is more than thirty seconds off DingTalk's."""

    def __init__(self, server_time: Callable[[], Awaitable[datetime]], operators: Operators, clock: Clock) -> None:
        """`server_time` returns DingTalk's time (UTC, to the second) or raises UpstreamError."""
        self._server_time = server_time
        self._operators = operators
        self._clock = clock

    async def run(self) -> None:
        """Look once; each process looks at its own machine's clock."""
        try:
            skew = self._clock.now() - await self._server_time()
        except UpstreamError as error:
            log.debug("DingTalk's time could not be read: %s", error)
            return
        if abs(skew) > MOST_SKEW:
            await self._operators.alert(SUBJECT, "alert.clock_off", seconds=round(skew.total_seconds()))
        else:
            self._operators.over(SUBJECT)
