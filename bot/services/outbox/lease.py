"""The lease: how long this process may act on the rows that it claimed.

A process claims rows under its name in the database. After a refused commit nobody knows whether
its claim is stored, so the process takes a new name: rows of the former name go to any process once
that name is dead (`storage/database.py`).
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import inf

from bot.clock import Clock
from bot.dingtalk.http import ASK_LEASE
from bot.errors import ClaimLost

# After a heartbeat. Other processes take over after 10 s; the 2 s between are for calls that just
# leave.
VALID_FOR_S = 8.0
OTHERS_TURN = timedelta(seconds=30)  # time for another process to finish claims that it took over
FOR_EVER_S = inf  # with one process: nobody can take over


class Lease:
    """The right to act on claimed rows, renewed by each heartbeat that the database stores.

    A term lasts while heartbeats come in time. After a pause of the process a new term begins.
    Other processes may have taken over the claims of an earlier term, so no call for them leaves
    any more.
    """

    def __init__(
        self, clock: Clock, name: Callable[[], str], *, valid_for_s: float = VALID_FOR_S
    ) -> None:
        """Take `name`, which returns the name under which this process claims rows now."""
        self._clock = clock
        self._valid_for_s = valid_for_s
        self._name = name
        self._named = name()
        # monotonic: the last heartbeat, and the end of its effect
        self._asked_at = self._until = -inf
        self._term = 0
        self._former: dict[int, float] = {}  # the end of the term under the former name

    @property
    def term(self) -> int:
        """Return the present term. Read it before a claim.

        A new name begins a new term: heartbeats no longer renew claims under the former name.
        """
        if self._name() != self._named:
            self._named = self._name()
            now = self._clock.monotonic()
            self._former = {term: until for term, until in self._former.items() if until > now}
            self._former[self._term] = min(self._until, self._asked_at + VALID_FOR_S)
            self._term += 1
        return self._term

    def holds(self, term: int) -> bool:
        """Return whether claims made in `term` certainly still belong to this process."""
        until = self._until if term == self.term else self._former.get(term, -inf)
        return self._clock.monotonic() < until

    def renew(self, asked_at: float) -> None:
        """Note a stored heartbeat that began at `asked_at` of the monotonic clock."""
        term = self.term  # first: the heartbeat may count for a new name only
        if self._clock.monotonic() >= self._until:
            self._term = term + 1
        self._asked_at = max(self._asked_at, asked_at)
        self._until = max(self._until, asked_at + self._valid_for_s)

    @contextmanager
    def acting(self, term: int, check: Callable[[], None] | None = None) -> Iterator[None]:
        """Check the lease right before each call of this task inside the block. Raises ClaimLost if
        it is lost.

        `check` then runs, too. Its errors propagate. Blocks do not nest.
        """
        task = asyncio.current_task()

        def ask() -> None:
            if asyncio.current_task() is not task:  # a task that it started may serve other callers
                return
            if not self.holds(term):
                raise ClaimLost
            if check is not None:
                check()

        ask()
        token = ASK_LEASE.set(ask)
        try:
            yield
        finally:
            ASK_LEASE.reset(token)
