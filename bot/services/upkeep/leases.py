"""For how long this process may act on what it has claimed."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import inf

from bot.clock import Clock
from bot.dingtalk.leases import ASK_LEASE
from bot.errors import ClaimLost

log = logging.getLogger(__name__)

LASTS_S = 8.0  # of the 10 s after which others take over; the rest is for calls that are just leaving
OTHERS_TURN = timedelta(seconds=30)  # for whoever may have taken over what this process had claimed, to end it
FOR_EVER_S = inf  # where no other process can take anything over


class Lease:
    """Good for some seconds from each heartbeat that the database took.

    A term lasts for as long as heartbeats come in time. After a silence, such as that of a paused process, a new
    one begins: what was claimed before it may be in other hands, and is not to be acted on any more.
    """

    def __init__(
        self, clock: Clock, *, lasts_s: float = LASTS_S, name: Callable[[], str] = lambda: "the only one"
    ) -> None:
        """Take `name`, which tells under which name this process claims now."""
        self._clock = clock
        self._lasts_s = lasts_s
        self._name = name
        self._named = name()
        self._asked_at = self._until = -inf  # of the monotonic clock: the last heartbeat, and how far it reaches
        self._term = 0
        self._ending: dict[int, float] = {}  # until when terms before the present one last, after a new name
        self._acting: dict[asyncio.Task[object], int] = {}  # in which term
        self._stopped: set[asyncio.Task[object]] = set()
        self._watch: asyncio.TimerHandle | None = None

    @property
    def term(self) -> int:
        """Return the present term, to be read before something is claimed."""
        self._see_name()
        return self._term

    @property
    def is_for_ever(self) -> bool:
        """Tell whether no other process can take anything over; under a new name this one claims its own anew."""
        return self._lasts_s == FOR_EVER_S

    def holds(self, term: int) -> bool:
        """Tell whether what was claimed in `term` is surely still this process's."""
        until = self._until if term == self._term else self._ending.get(term, -inf)
        return self._clock.monotonic() < until

    def renewed(self, asked_at: float) -> None:
        """Note that the database took the heartbeat that was begun at `asked_at` of the monotonic clock."""
        self._see_name()  # first: it was perhaps the new name alone that this one renewed
        if self._clock.monotonic() >= self._until:
            self._stop()
            self._term += 1
        self._asked_at = max(self._asked_at, asked_at)
        self._until = max(self._until, asked_at + self._lasts_s)
        if self._watch is None and self._until < inf:
            self._look()

    @contextmanager
    def acting(self, term: int) -> Iterator[None]:
        """Go on only for as long as `holds`: where the block waits, it is left as soon as the lease is over.

        Right before a call leaves, `may_leave` asks once more.
        Raises ClaimLost then; whether a call that was under way was carried out is unknown.
        """
        task = asyncio.current_task()
        assert task is not None, "a claim is acted on in a task"
        if not self.holds(term):
            raise ClaimLost

        def still_holds() -> None:
            if asyncio.current_task() is task and not self.holds(term):  # tasks that it began serve others, too
                raise ClaimLost

        self._acting[task] = term
        before = ASK_LEASE.set(still_holds)
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._stopped or task.uncancel():
                raise
            raise ClaimLost from None
        finally:
            ASK_LEASE.reset(before)
            self._acting.pop(task, None)
            self._stopped.discard(task)

    def _see_name(self) -> None:
        """Begin a new term under a new name: nobody renews the claims of before.

        They last for as long as the last heartbeat kept them; then they are up for anybody, this process too.
        """
        if self._name() == self._named:
            return
        self._named = self._name()
        ending, self._term = self._term, self._term + 1
        until = self._asked_at + LASTS_S
        self._ending = {ending: until}
        left_s = max(0.0, until - self._clock.monotonic())
        asyncio.get_running_loop().call_later(left_s, self._stop, ending)

    def _look(self) -> None:
        """Stop what is going on once the lease is over.

        After a pause the loop calls this before any task goes on that waited for a time or for the network.
        """
        left_s = self._until - self._clock.monotonic()
        if left_s > 0:
            self._watch = asyncio.get_running_loop().call_later(left_s, self._look)
            return
        self._watch = None
        self._stop()

    def _stop(self, term: int | None = None) -> None:
        """Stop what is going on, or only what was claimed in `term`."""
        over = {task for task, its in self._acting.items() if term is None or its == term} - self._stopped
        if over:
            log.warning("%d claims of this process are over; others may have its work now", len(over))
        for task in over:
            self._stopped.add(task)
            task.cancel()
