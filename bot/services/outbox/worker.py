"""The one worker of the outbox: claims what is due, kind by kind, and lets each kind's sender send it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from bot.errors import StoreRefused

log = logging.getLogger(__name__)


def pause_after(tries: int) -> timedelta:
    """Return how long to wait with what could not be said in so many tries and the one just made."""
    return timedelta(seconds=min(60, 2 ** min(tries + 1, 6)))


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


class Job:
    """The work on some claimed rows. It settles them itself, whatever happens."""

    def __init__(self, work: Coroutine[object, object, None], rows: int = 1) -> None:
        self.work = work
        self.rows = rows


class OutboxWorker:
    """Works off what is due, for ever. Senders are in the order of their priority."""

    def __init__(self, senders: Sequence[Sender] = (), *, round_s: float) -> None:
        """Take `round_s`: seconds between looks for what is due."""
        self._round_s = round_s
        self._senders = list(senders)
        self._in_hand: Counter[object] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due = asyncio.Event()

    def add(self, *senders: Sender) -> None:
        """Let senders work, in the order of their priority."""
        self._senders += senders

    def wake(self) -> None:
        """Look at once: something has become due."""
        self._due.set()

    async def run(self) -> None:
        """Claim and send, for ever. A refused database is waited for."""
        while True:
            self._due.clear()
            if not await self.round():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), self._round_s)

    async def round(self) -> bool:
        """Begin what is due of each kind; tell whether there may be more."""
        return any(await asyncio.gather(*map(self._claim, self._senders)))  # in one commit where they can

    async def ended(self) -> None:
        """Return when nothing is in hand."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def settled(self) -> None:
        """Begin what is due and wait for it, until nothing is due."""
        while await self.round() or self._tasks:
            await self.ended()

    async def drain(self, within_s: float) -> None:
        """Wait up to `within_s` seconds for what is in hand; the rest stays due in the database."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
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
        self._in_hand[sender] += job.rows
        task = asyncio.ensure_future(job.work)
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._ended(sender, job, task))

    def _ended(self, sender: object, job: Job, task: asyncio.Task[None]) -> None:
        self._in_hand[sender] -= job.rows
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a row of the outbox was left as it was", exc_info=error)
