"""The worker of the outbox: claims due rows, and begins the work on them."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from typing import NamedTuple, ParamSpec, Protocol, TypeVar

from bot.clock import wait_at_most
from bot.errors import StoreRefused

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
SOON_S = 0.1  # from a wake to the claim
LONGEST_PAUSE_S = 30.0  # between two tries of a write


class RowSender(Protocol):
    """Sends the rows of some kinds: checks that each is still due, sends it, settles it."""

    @property
    def at_once(self) -> int:
        """Return the most rows in hand at one time, so that no kind blocks another."""
        ...

    async def claim(self, room: int) -> Sequence["Job"]:
        """Claim at most `room` due rows. Return the work on them. Raises StoreRefused."""
        ...


class Job(NamedTuple):
    """The work on claimed rows. The work settles them itself."""

    work: Coroutine[object, object, None]
    rows: int = 1


class OutboxWorker:
    """Claims and sends due rows for ever. Senders come in the order of their priority."""

    def __init__(self, senders: Sequence[RowSender] = (), *, round_s: float) -> None:
        self._round_s = round_s
        self._senders = list(senders)
        self._in_hand: Counter[object] = Counter()
        self.tasks: set[asyncio.Task[None]] = set()  # the work in hand
        self._due = asyncio.Event()
        self._woken: set[RowSender] = set()
        self.was_cut_off = False  # `drain` cancelled work: its calls may still arrive

    def add(self, *senders: RowSender) -> None:
        self._senders += senders

    def wake(self, sender: RowSender) -> None:
        """Let a sender claim soon: one of its rows is due."""
        self._woken.add(sender)
        self._due.set()

    async def run(self) -> None:
        """Claim and send for ever: for each sender every `round_s` seconds, and soon after a wake."""
        loop = asyncio.get_running_loop()
        while True:
            next_round = loop.time() + self._round_s
            await self.round()
            while loop.time() < next_round:
                await wait_at_most(next_round - loop.time(), self._due)
                await asyncio.sleep(SOON_S)  # rows that become due together are claimed together
                self._due.clear()
                woken = self._woken
                self._woken = set()
                await self.round(woken)

    async def round(self, senders: Collection[RowSender] | None = None) -> None:
        """Begin the due rows of `senders`, None for all. Wake the senders that may have more."""
        asked = (sender for sender in self._senders if senders is None or sender in senders)
        await asyncio.gather(*map(self._claim, asked))  # together, for one commit

    async def drain(self, within_s: float) -> None:
        """Wait up to `within_s` seconds for the work in hand.

        The rest stays due in the database.
        """
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=within_s)
        self.was_cut_off = bool(self.tasks)
        for task in list(self.tasks):
            task.cancel()

    async def _claim(self, sender: RowSender) -> None:
        room = sender.at_once - self._in_hand[sender]
        if room <= 0:
            return
        try:
            jobs = await sender.claim(room)
        except StoreRefused as error:
            log.warning("the outbox could not be read: %s", error)
            return
        for job in jobs:
            self.begin(sender, job)
        if sum(job.rows for job in jobs) >= room:
            self.wake(sender)

    def begin(self, sender: object, job: Job) -> None:
        """Begin the work on rows that this process claimed or wrote."""

        def forget(task: asyncio.Task[None]) -> None:
            self._in_hand[sender] -= job.rows
            self.tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error(
                    "the work on a row of the outbox failed; the row is unchanged", exc_info=error
                )

        self._in_hand[sender] += job.rows
        task = asyncio.ensure_future(job.work)
        self.tasks.add(task)
        task.add_done_callback(forget)


async def until_written(write: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `write` until the database takes it, and return its result.

    After a crash meanwhile another process takes the unchanged row.
    """
    tries = 0
    while True:
        try:
            return await write(*args, **kwargs)
        except StoreRefused as error:
            if not tries:
                log.warning("%s waits for the database: %s", write.__qualname__, error)
            await asyncio.sleep(min(LONGEST_PAUSE_S, 0.5 * 2.0 ** min(tries, 6)))
            tries += 1
