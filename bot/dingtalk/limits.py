"""The pace of calls: an even beat for each API, urgent calls first, one total for DingTalk."""

import asyncio
import heapq
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from math import inf

from bot.clock import Clock
from bot.errors import NotSent

log = logging.getLogger(__name__)

RECOVERS_IN_S = 10.0  # from nothing to the full rate
SLOWEST = 32  # a rate is never lower than the full rate divided by this
SETTLE_S = 1.0  # refusals within it answer calls of the same pace
# Calls catch up with a timer that is late by at most CATCH_UP_S. BEAT is the used share of each
# rate: even then no second holds more calls than the rate.
CATCH_UP_S = 0.02
BEAT = 0.97
UNKNOWN_FULL = 100.0  # calls a second; the full rate of a refused API that had no limit
_TINY_S = 1e-9


class Priority(IntEnum):
    """The order in which waiting calls leave."""

    PUNCH = 1
    RECEIPT = 2
    REMINDER = 3
    DIGEST = 4


_Waiter = tuple[Priority, int, asyncio.Event]  # a sequence number orders equal priorities


class _Queue:
    """The pace of one API and the calls that wait for it, the most urgent first.

    `full` is its rate in calls a second; with 0 it has no limit until a call is refused. Times are
    monotonic.
    """

    def __init__(self, full: float) -> None:
        self.full = full
        self.paused_until = -inf
        self.waiting: list[_Waiter] = []
        self.next_at = -inf  # from which the next call may leave
        self._ceiling = full or UNKNOWN_FULL
        self._slowed_at = -inf
        self._low = 0.0  # the rate right after the last refusal

    def rate(self, now: float) -> float:
        """Return the present rate. It rises with the time since a refusal."""
        risen = self._low + (now - self._slowed_at) * self._ceiling / RECOVERS_IN_S
        return risen if risen < self._ceiling else self.full

    def take(self, now: float, processes: int) -> None:
        """Count a call that leaves now. The next call has to wait for a beat."""
        if rate := self.rate(now):
            is_late = now - self.next_at > CATCH_UP_S
            beat_s = processes / (rate * BEAT)
            self.next_at = (now if is_late else self.next_at) + beat_s

    def slow_down(self, now: float) -> bool:
        """Halve the rate, once for refusals within SETTLE_S.

        Return whether it was the full rate.
        """
        if now - self._slowed_at < SETTLE_S:
            return False
        before = self.rate(now) or self._ceiling
        self._low = max(before / 2, self._ceiling / SLOWEST)
        self.next_at = max(self.next_at, now + 1 / (self._low * BEAT))
        self._slowed_at = now
        return before == self._ceiling

    def leave(self, waiter: _Waiter) -> None:
        self.waiting.remove(waiter)
        heapq.heapify(self.waiting)
        if self.waiting:
            self.waiting[0][2].set()  # only the first waits for the clock


@dataclass(eq=False)
class Limits:
    """The pace of each API, and of all calls to DingTalk's hosts together.

    Rates are calls a second, 0 is no limit. `each_api` is the rate of every API that `rates` does
    not name.
    """

    clock: Clock
    each_api: float = 20
    total: float = 450
    rates: Mapping[str, float] = field(default_factory=dict)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    processes: int = 1  # the living ones share each rate

    def __post_init__(self) -> None:
        self._total = _Queue(self.total)
        self._queues = defaultdict[str, _Queue](lambda: _Queue(self.each_api))
        self._queues.update((api, _Queue(rate)) for api, rate in self.rates.items())
        self._order = count()

    async def wait_for_turn(self, api: str, priority: Priority, *, counted: bool) -> None:
        """Wait until one call of `api` may leave. `counted` calls go to DingTalk's own hosts.

        Raises NotSent at once while the API, or DingTalk as a whole, is paused.
        """
        queue = self._queues[api]
        if not queue.waiting and self._take(api, queue, counted) <= 0:
            return
        waiter = (priority, next(self._order), asyncio.Event())
        heapq.heappush(queue.waiting, waiter)
        try:
            while True:
                while queue.waiting[0] is not waiter:
                    waiter[2].clear()
                    await waiter[2].wait()
                delay = self._take(api, queue, counted)
                if delay <= 0:
                    return
                await self.sleep(delay)
        finally:
            queue.leave(waiter)

    def slow_down(self, api: str) -> None:
        """Halve the rate of `api` after its service refused it.

        The rate recovers within seconds.
        """
        now = self.clock.monotonic()
        queue = self._queues[api]
        if queue.slow_down(now):
            log.warning(
                "%s refuses the pace; going on at %.2f calls a second", api, queue.rate(now)
            )

    def pause(self, api: str, seconds: float, *, counted: bool) -> None:
        """Let no call of `api` leave for `seconds`.

        A `counted` call pauses all of DingTalk's hosts.
        """
        queue = self._total if counted else self._queues[api]
        now = self.clock.monotonic()
        if queue.paused_until <= now:
            log.warning("%s bans us; no call for %.0f s", api, seconds)
        queue.paused_until = max(queue.paused_until, now + seconds)

    def slow_rates(self) -> Mapping[str, float]:
        """Return the present rate of each API that refusals slowed down, in calls a second."""
        now = self.clock.monotonic()
        rates = {api: (queue.rate(now), queue.full) for api, queue in self._queues.items()}
        return {api: rate for api, (rate, full) in rates.items() if rate != full}

    def _take(self, api: str, queue: _Queue, counted: bool) -> float:
        """Let a call leave now and return 0, or return the seconds after which to ask again."""
        now = self.clock.monotonic()
        queues = (queue, self._total) if counted else (queue,)
        pause_s = max(each.paused_until for each in queues) - now
        if pause_s > 0:
            raise NotSent(api, "the service asked for a pause", retry_after_s=pause_s)
        wait_s = max(each.next_at for each in queues) - now
        if wait_s > _TINY_S:
            return wait_s
        for each in queues:
            each.take(now, self.processes)
        return 0
