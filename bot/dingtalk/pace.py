"""When the next call of one API may leave: evenly spaced, halved by refusals, recovering step by step."""

from collections import deque
from math import inf

RECOVER_EVERY_S = 5.0  # a step back towards the full rate
STEPS = 10
SLOWEST = 32  # the full rate is never divided by more
SETTLE_S = 1.0  # refusals within it are answers to the same haste
CATCH_UP_S = 0.5  # how much lateness is made good: of timers, and of a machine that stood still
LONE = 10  # refusals among RECENT calls that are taken for calls that came in closer together than they left
RECENT = 100
UNKNOWN_FULL = 20.0  # calls a second that are taken for the full rate where none is known: DingTalk's standard


class Pace:
    """When the next call of one API may leave. `full` is its calls a second, 0 for no bound until one is refused.

    Calls are planned at an even beat of `headroom` times the rate. A late one moves none after it: they catch
    up, within what a second may hold. All times are seconds of a monotonic clock.
    """

    def __init__(self, full: float, *, headroom: float = 1.0) -> None:
        self.full = full
        self.rate = full
        self.paused_until = -inf
        self._ceiling = full
        self._beat = headroom
        self._most = (1 + headroom) / 2  # while catching up, half of the headroom is left to jitter on the way
        self._next_at = -inf
        self._left: deque[float] = deque(maxlen=max(1, int(full)))
        self._taken = 0
        self._refused: deque[int] = deque(maxlen=LONE + 1)  # at which number of calls
        self._slowed_at = -inf
        self._step_at = inf
        self._counted_from = -inf
        self._counted = 0
        self._measured = 0.0

    def ready_at(self, now: float) -> float:
        """Return the moment from which the next call may leave; in the past when it may at once."""
        if now >= self._step_at:
            self._recover(now)
        if not self.rate:
            return self.paused_until
        return max(self._next_at, self._window_end(), self.paused_until)

    def take(self, now: float) -> None:
        """Note that a call leaves now."""
        self._taken += 1
        if not self.rate:
            self._measure(now)
            return
        late = now - self._next_at
        self._next_at = (self._next_at if late <= CATCH_UP_S else now) + self._interval
        self._left.append(now)

    def slow_down(self, now: float) -> None:
        """Halve the rate after refusals, unless this one belongs to the last halving.

        A few that stand alone cost no more than a beat: calls within the rate bunched on their way.
        """
        if now - self._slowed_at < SETTLE_S:
            return
        if self.full and self._is_lone():
            self._next_at = max(self._next_at, now) + self._interval
            return
        if self._step_at == inf:
            self._ceiling = self.full or max(self._measured, float(self._counted), UNKNOWN_FULL)
        self.rate = max((self.rate or self._ceiling) / 2, self._ceiling / SLOWEST)
        self._left = deque(self._left, maxlen=max(1, int(self._ceiling)))
        self._next_at = max(self._next_at, now + self._interval)
        self._slowed_at = now
        self._step_at = now + RECOVER_EVERY_S

    @property
    def slowed(self) -> bool:
        """Tell whether the rate is still below the full one."""
        return self._step_at != inf

    @property
    def _interval(self) -> float:
        return 1 / (self.rate * self._beat)

    def _window_end(self) -> float:
        """Return when as many calls as one window holds will have left it.

        The slots alone would let one call too many into a second after a timer woke late.
        """
        room = max(1, int(self.rate))
        if len(self._left) < room:
            return -inf
        return self._left[-room] + max(1.0, 1 / self.rate) / self._most

    def _is_lone(self) -> bool:
        self._refused.append(self._taken)
        return len(self._refused) <= LONE or self._taken - self._refused[0] > RECENT

    def _measure(self, now: float) -> None:
        if now - self._counted_from >= 1.0:
            self._measured = self._counted / (now - self._counted_from)
            self._counted_from = now
            self._counted = 0
        self._counted += 1

    def _recover(self, now: float) -> None:
        steps = int((now - self._step_at) / RECOVER_EVERY_S) + 1
        self.rate += steps * self._ceiling / STEPS
        self._step_at += steps * RECOVER_EVERY_S
        if self.rate >= self._ceiling:
            self.rate = self.full
            self._step_at = inf
