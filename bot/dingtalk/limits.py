"""The pace of calls: each API evenly spaced, urgent calls first, all calls to DingTalk within one total."""

import asyncio
import heapq
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum
from itertools import count
from math import inf

from bot.clock import Clock
from bot.errors import NotSent

log = logging.getLogger(__name__)

RECOVER_EVERY_S = 1.0  # a step back towards the full rate
STEPS = 10
SLOWEST = 32  # the full rate is never divided by more
SETTLE_S = 1.0  # refusals within it are answers to the same haste
CATCH_UP_S = 0.5  # lateness of timers, or of a paused machine, that is caught up
UNKNOWN_FULL = 100.0  # calls a second that an API without a rate is slowed from
BEAT = 0.985  # the used share of each rate: calls sent evenly arrive a little unevenly
_MOST = (1 + BEAT) / 2  # while catching up, half of the rest is left to jitter on the way
_TINY_S = 1e-9


class Priority(IntEnum):
    """Who goes first where calls have to wait."""

    PUNCH = 0
    RECEIPT = 1
    CORRECTION = 2
    REMINDER = 3
    DIGEST = 4


_Waiter = tuple[Priority, int, asyncio.Event]  # a sequence number orders equal priorities


class _Line:
    """The pace of one API and the calls that wait for it, most urgent first.

    `full` is its calls a second, 0 for no bound until one is refused. Calls are planned at an even beat. A late
    one moves none after it: they catch up, within what a second may hold. Times are seconds of a monotonic clock.
    """

    def __init__(self, full: float) -> None:
        self.full = self.rate = full
        self.paused_until = -inf
        self.waiting: list[_Waiter] = []
        self._ceiling = full or UNKNOWN_FULL
        self._next_at = self._slowed_at = -inf
        self._step_at = inf  # when a slowed rate rises again
        self._left: deque[float] = deque(maxlen=max(1, int(self._ceiling)))

    def ready_at(self, now: float) -> float:
        """Return the moment from which the next call may leave."""
        if now >= self._step_at:
            steps = int((now - self._step_at) / RECOVER_EVERY_S) + 1
            self.rate += steps * self._ceiling / STEPS
            self._step_at += steps * RECOVER_EVERY_S
            if self.rate >= self._ceiling:
                self.rate, self._step_at = self.full, inf
        if not self.rate:
            return self.paused_until
        # The beat alone would let one call too many into a second after a timer woke late.
        room = max(1, int(self.rate))
        full_until = self._left[-room] + max(1.0, 1 / self.rate) / _MOST if len(self._left) >= room else -inf
        return max(self._next_at, full_until, self.paused_until)

    def take(self, now: float) -> None:
        if self.rate:
            late = now - self._next_at
            self._next_at = (self._next_at if late <= CATCH_UP_S else now) + 1 / (self.rate * BEAT)
            self._left.append(now)

    def slow_down(self, now: float) -> bool:
        """Halve the rate, unless the refusal belongs to the last halving; tell whether it was full."""
        if now - self._slowed_at < SETTLE_S:
            return False
        was_full = self._step_at == inf
        self.rate = max((self.rate or self._ceiling) / 2, self._ceiling / SLOWEST)
        self._next_at = max(self._next_at, now + 1 / (self.rate * BEAT))
        self._slowed_at, self._step_at = now, now + RECOVER_EVERY_S
        return was_full

    def leave(self, waiter: _Waiter) -> None:
        self.waiting.remove(waiter)
        heapq.heapify(self.waiting)
        if self.waiting:
            self.waiting[0][2].set()  # only the first watches the clock


class Limits:
    """The pace of each API, and of all calls to DingTalk's hosts together.

    Rates are calls a second, 0 is unbounded; `each_api` holds for every API that `rates` does not name.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        each_api: float = 20,
        total: float = 450,
        rates: Mapping[str, float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now = clock.monotonic
        self._each_api = each_api
        self._total = _Line(total)
        self._sleep = sleep
        self._lines = {api: _Line(rate) for api, rate in (rates or {}).items()}
        self._order = count()

    async def turn(self, api: str, priority: Priority, *, counted: bool) -> None:
        """Return when one call of `api` may leave. `counted` calls go to DingTalk's own hosts.

        Raises NotSent at once while the API, or DingTalk as a whole, asked us to stay away.
        """
        line = self._line(api)
        if not line.waiting and self._take(api, line, counted) <= 0:
            return
        waiter = (priority, next(self._order), asyncio.Event())
        heapq.heappush(line.waiting, waiter)
        try:
            while True:
                while line.waiting[0] is not waiter:
                    waiter[2].clear()
                    await waiter[2].wait()
                delay = self._take(api, line, counted)
                if delay <= 0:
                    return
                await self._sleep(delay)
        finally:
            line.leave(waiter)

    def slow_down(self, api: str) -> None:
        """Slow `api` down after its service refused the rate; it recovers step by step."""
        if self._line(api).slow_down(self._now()):
            log.warning("%s refuses the pace; going on at %.2f calls a second", api, self._line(api).rate)

    def pause(self, api: str, seconds: float, *, counted: bool) -> None:
        """Call `api` no more for `seconds`, nor any host of DingTalk if this call went to one."""
        line, now = self._total if counted else self._line(api), self._now()
        if line.paused_until <= now:
            log.warning("%s sent us away; no call for %.0f s", api, seconds)
        line.paused_until = max(line.paused_until, now + seconds)

    def rate(self, api: str) -> float:
        """Return the calls a second that `api` may be called with now, 0 for no bound."""
        self._line(api).ready_at(self._now())
        return self._line(api).rate

    def _line(self, api: str) -> _Line:
        if api not in self._lines:
            self._lines[api] = _Line(self._each_api)
        return self._lines[api]

    def _take(self, api: str, line: _Line, counted: bool) -> float:
        """Take a slot if there is one; return 0, else the seconds until it is worth asking again."""
        now, total = self._now(), self._total
        paused_until = max(line.paused_until, total.paused_until) if counted else line.paused_until
        if paused_until > now:
            raise NotSent(api, "sent away for a while", retry_after_s=paused_until - now)
        ready_at = max(line.ready_at(now), total.ready_at(now)) if counted else line.ready_at(now)
        if ready_at > now + _TINY_S:
            return ready_at - now
        line.take(now)
        if counted:
            total.take(now)
        return 0
