"""The one worker of the outbox, and the lease: for how long this process may act on rows it has claimed."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from math import inf
from typing import NamedTuple, Protocol, TypeVar

from bot.clock import Clock
from bot.dingtalk.http import ASK_LEASE
from bot.errors import ClaimLost, StoreRefused

log = logging.getLogger(__name__)

T = TypeVar("T")
SOON_S = 0.1  # from a wake to the claim
LONGEST_PAUSE_S = 30.0  # between two tries of a write
LASTS_S = 8.0  # of the 10 s after which others take over; the rest is for calls that are just leaving
OTHERS_TURN = timedelta(seconds=30)  # for another process to finish claims that it took over
FOR_EVER_S = inf  # where no other process can take anything over


class Lease:
    """Good for some seconds from each heartbeat that the database took.

    A term lasts for as long as heartbeats come in time. After a silence, such as that of a paused process, a new
    one begins: what was claimed before it may be in other hands, and no call for it leaves any more.
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
        self._former: dict[int, float] = {}  # until when the term under the former name lasts

    @property
    def term(self) -> int:
        """Return the present term, to be read before something is claimed.

        Under a new name a new one begins: nobody renews the claims of before.
        """
        if self._name() != self._named:
            self._named = self._name()
            self._former = {self._term: min(self._until, self._asked_at + LASTS_S)}
            self._term += 1
        return self._term

    def holds(self, term: int) -> bool:
        """Tell whether what was claimed in `term` is surely still this process's."""
        until = self._until if term == self.term else self._former.get(term, -inf)
        return self._clock.monotonic() < until

    def renewed(self, asked_at: float) -> None:
        """Note that the database took the heartbeat that was begun at `asked_at` of the monotonic clock."""
        term = self.term  # first: perhaps only the new name was renewed
        if self._clock.monotonic() >= self._until:
            self._term = term + 1
        self._asked_at = max(self._asked_at, asked_at)
        self._until = max(self._until, asked_at + self._lasts_s)

    @contextmanager
    def acting(self, term: int) -> Iterator[None]:
        """Let calls leave from the block only while `holds`: the lease is asked right before each.

        Raises ClaimLost where one may not.
        """

        def still_holds() -> None:
            if not self.holds(term):
                raise ClaimLost

        still_holds()
        with checking(still_holds):
            yield


@contextmanager
def checking(check: Callable[[], None]) -> Iterator[None]:
    """Run `check`, too, before a call of this task leaves from the block. Its errors propagate."""
    before, task = ASK_LEASE.get(), asyncio.current_task()

    def both() -> None:
        before()
        if asyncio.current_task() is task:  # a task that it started may serve other callers
            check()

    token = ASK_LEASE.set(both)
    try:
        yield
    finally:
        ASK_LEASE.reset(token)


class Sender(Protocol):
    """Sends the rows of some kinds: proves that each is still due, sends it, settles it."""

    @property
    def at_once(self) -> int:
        """Return how many rows may be in hand at the same time, so that no kind starves another."""
        ...

    async def claim(self, room: int) -> Sequence["Job"]:
        """Claim at most `room` due rows and return the work on them. It waits for the database alone.

        Raises StoreRefused.
        """
        ...


class Job(NamedTuple):
    """The work on some claimed rows. It always settles them itself."""

    work: Coroutine[object, object, None]
    rows: int = 1


class OutboxWorker:
    """Claims and sends due rows for ever. Senders are in the order of their priority."""

    def __init__(self, senders: Sequence[Sender] = (), *, round_s: float) -> None:
        """Take `round_s`: seconds between looks for due rows."""
        self._round_s = round_s
        self._senders = list(senders)
        self._in_hand: Counter[object] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due = asyncio.Event()
        self._woken: set[Sender] = set()
        self.was_cut_off = False  # by `drain`: calls of this process may still be under way

    def add(self, *senders: Sender) -> None:
        """Let senders work, in the order of their priority."""
        self._senders += senders

    def wake(self, sender: Sender) -> None:
        """Let a sender claim at once: something of its kinds has become due."""
        self._woken.add(sender)
        self._due.set()

    async def run(self) -> None:
        """Claim and send, for ever: of every sender each `round_s`, of those that are woken soon."""
        loop = asyncio.get_running_loop()
        while True:
            next_round = loop.time() + self._round_s
            more = await self.round()
            while more or loop.time() < next_round:
                if not more:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._due.wait(), next_round - loop.time())
                await asyncio.sleep(SOON_S)  # so that one claim takes what becomes due together
                self._due.clear()
                woken, self._woken = self._woken | more, set()
                more = await self.round(woken)

    async def round(self, senders: Iterable[Sender] | None = None) -> set[Sender]:
        """Begin the due rows of `senders` (None: of all); return the senders that may have more."""
        some = self._senders if senders is None else [one for one in self._senders if one in senders]
        full = await asyncio.gather(*map(self._claim, some))  # in one commit where they can
        return {sender for sender, is_full in zip(some, full, strict=True) if is_full}

    async def ended(self) -> None:
        """Return when nothing is in hand."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def settled(self) -> None:
        """Begin and finish due rows until none is left."""
        while await self.round() or self._tasks:
            await self.ended()

    async def drain(self, within_s: float) -> None:
        """Wait up to `within_s` seconds for what is in hand; the rest stays due in the database."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        self.was_cut_off = bool(self._tasks)
        for task in list(self._tasks):
            task.cancel()

    async def _claim(self, sender: Sender) -> bool:
        room = sender.at_once - self._in_hand[sender]
        if room <= 0:
            return False
        try:
            jobs = await sender.claim(room)
        except StoreRefused as error:
            log.warning("the outbox could not be read: %s", error)
            return False
        for job in jobs:
            self.begin(sender, job)
        return sum(job.rows for job in jobs) >= room

    def in_hand(self, sender: object) -> int:
        """Return how many rows of a sender are being worked on."""
        return self._in_hand[sender]

    def begin(self, sender: object, job: Job) -> None:
        """Begin the work on rows that were claimed, by `claim` or where they were written."""

        def ended(task: asyncio.Task[None]) -> None:
            self._in_hand[sender] -= job.rows
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("a row of the outbox was left as it was", exc_info=error)

        self._in_hand[sender] += job.rows
        task = asyncio.ensure_future(job.work)
        self._tasks.add(task)
        task.add_done_callback(ended)


def pause_after(tries: int) -> timedelta:
    """Return the pause after so many failed tries and the one just made."""
    return timedelta(seconds=min(60, 2 ** min(tries + 1, 6)))


async def until_written(write: Callable[[], Awaitable[T]], what: str) -> T:
    """Return what `write` returns; it is tried again for as long as it raises StoreRefused.

    `what` says in the log what waits. A crash meanwhile leaves the row as it was, for another process.
    """
    for tries in count():
        try:
            return await write()
        except StoreRefused as error:
            if not tries:
                log.warning("%s could not be written and is tried again: %s", what, error)
            await asyncio.sleep(min(LONGEST_PAUSE_S, 0.5 * 2.0 ** min(tries, 6)))
    raise AssertionError("count() does not end")
