"""Who may call when: each API at its pace, the urgent first, all of DingTalk within one total."""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum
from itertools import count
from math import inf

from bot.clock import Clock
from bot.dingtalk.pace import Pace
from bot.errors import NotSent

log = logging.getLogger(__name__)

_TINY_S = 1e-9


class Priority(IntEnum):
    """Who goes first where calls have to wait."""

    PUNCH = 0
    RECEIPT = 1
    CORRECTION = 2
    REMINDER = 3
    DIGEST = 4


class _Waiter:
    __slots__ = ("counted", "order", "turn")

    def __init__(self, order: tuple[Priority, int], counted: bool) -> None:
        self.order = order
        self.counted = counted
        self.turn = asyncio.Event()

    def __lt__(self, other: "_Waiter") -> bool:
        return self.order < other.order


class _Line:
    """The calls of one API that wait, most urgent first. Only the first of them watches the clock."""

    def __init__(self, name: str, pace: Pace) -> None:
        self.name = name
        self.pace = pace
        self.waiting: list[_Waiter] = []
        self.told_slow = False

    def leave(self, waiter: _Waiter) -> None:
        if self.waiting[0] is waiter:
            heapq.heappop(self.waiting)
        else:
            self.waiting.remove(waiter)
            heapq.heapify(self.waiting)
        if self.waiting:
            self.waiting[0].turn.set()


class Limits:
    """The pace of each API, and of all calls to DingTalk's hosts together.

    Rates are calls a second, 0 is unbounded; `each_api` holds for every API that `rates` does not name, and of it
    the share `headroom` is used.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        each_api: float = 20,
        headroom: float = 1.0,
        total: float = 450,
        rates: Mapping[str, float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._each_api = each_api
        self._headroom = headroom
        self._rates = dict(rates or {})
        self._total = Pace(total)
        self._sleep = sleep
        self._lines: dict[str, _Line] = {}
        self._order = count()

    async def turn(self, api: str, priority: Priority, *, counted: bool) -> None:
        """Return when one call of `api` may leave. `counted` calls go to DingTalk's own hosts.

        Raises NotSent at once while the API, or DingTalk as a whole, asked us to stay away.
        """
        line = self._line(api)
        if not line.waiting and self._take(line, priority, counted) <= 0:
            return
        waiter = _Waiter((priority, next(self._order)), counted)
        heapq.heappush(line.waiting, waiter)
        try:
            await self._wait(line, waiter)
        finally:
            line.leave(waiter)

    def slow_down(self, api: str) -> None:
        """Slow `api` down, whose service refused a call as one too many; it recovers step by step."""
        line = self._line(api)
        line.pace.slow_down(self._clock.monotonic())
        if line.pace.slowed:
            self._tell(line)

    def pause(self, api: str, seconds: float, *, counted: bool) -> None:
        """Call `api` no more for `seconds`, nor any host of DingTalk if this call went to one."""
        pace = self._total if counted else self._line(api).pace
        now = self._clock.monotonic()
        if pace.paused_until <= now:
            log.warning("%s sent us away; no call for %.0f s", api, seconds)
        pace.paused_until = max(pace.paused_until, now + seconds)

    def rate(self, api: str) -> float:
        """Return the calls a second that `api` may be called with now, 0 for no bound."""
        pace = self._line(api).pace
        pace.ready_at(self._clock.monotonic())
        return pace.rate

    def _line(self, api: str) -> _Line:
        line = self._lines.get(api)
        if line is None:
            named = self._rates.get(api)
            pace = Pace(self._each_api, headroom=self._headroom) if named is None else Pace(named)
            line = self._lines[api] = _Line(api, pace)
        return line

    async def _wait(self, line: _Line, waiter: _Waiter) -> None:
        while True:
            while line.waiting[0] is not waiter:
                waiter.turn.clear()
                await waiter.turn.wait()
            delay = self._take(line, waiter.order[0], waiter.counted)
            if delay <= 0:
                return
            await self._sleep(delay)

    def _take(self, line: _Line, priority: Priority, counted: bool) -> float:
        """Take a slot if there is one; return 0, else the seconds until it is worth asking again."""
        now = self._clock.monotonic()
        self._refuse_while_paused(line, counted, now)
        ready_at = line.pace.ready_at(now)
        if line.told_slow:
            self._tell(line)
        if counted:
            ready_at = max(ready_at, self._total.ready_at(now))
        if ready_at > now + _TINY_S:
            return ready_at - now
        if counted and self._total.rate and self._more_urgent(line, priority, now):
            return 1 / self._total.rate
        line.pace.take(now)
        if counted:
            self._total.take(now)
        return 0

    def _more_urgent(self, line: _Line, priority: Priority, now: float) -> bool:
        """Tell whether the first of another line could leave now and is more urgent."""
        return any(
            other.waiting
            and other is not line
            and other.waiting[0].order[0] < priority
            and other.pace.ready_at(now) <= now + _TINY_S
            for other in self._lines.values()
        )

    def _tell(self, line: _Line) -> None:
        """Log that an API is slowed, and once that it is no more."""
        if line.pace.slowed and not line.told_slow:
            log.warning("%s refuses the pace; going on at %.2f calls a second", line.name, line.pace.rate)
        elif not line.pace.slowed:
            log.info("%s is called at its full pace again", line.name)
        line.told_slow = line.pace.slowed

    def _refuse_while_paused(self, line: _Line, counted: bool, now: float) -> None:
        until = max(line.pace.paused_until, self._total.paused_until if counted else -inf)
        if until > now:
            raise NotSent(line.name, "sent away for a while", retry_after_s=until - now)
