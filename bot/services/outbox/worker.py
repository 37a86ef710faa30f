"""The one worker of the outbox: it claims due rows, kind by kind, and hands them to their sender."""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from bot.errors import StoreRefused

log = logging.getLogger(__name__)

SOON_S = 0.1  # from a wake to the claim


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
    """Claims and sends due rows for ever. Senders are in the order of their priority."""

    def __init__(self, senders: Sequence[Sender] = (), *, round_s: float) -> None:
        """Take `round_s`: seconds between looks for due rows."""
        self._round_s = round_s
        self._senders = list(senders)
        self._in_hand: Counter[object] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due = asyncio.Event()
        self._woken: set[Sender] = set()

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
