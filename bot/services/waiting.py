"""Waiting: of people for an answer, of reads for each other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from bot.clock import Clock
from bot.domain.messages import Message, SessionWebhook
from bot.views.reply import Reply

log = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
TOO_LONG_S = 5.0
MOST_AT_ONCE = 50  # people told a second: in a burst of thousands that leaves nearly all speed to the answers


class Waiting(NamedTuple):
    """A message that nobody has answered yet, since when, and where that can be said."""

    message: Message
    webhook: SessionWebhook
    since_s: float


class WaitingRoom:
    """Holds people who wait for an answer and have a session webhook."""

    def __init__(self, clock: Clock, *, too_long_s: float = TOO_LONG_S) -> None:
        """Take the seconds after which somebody is told."""
        self._clock = clock
        self._too_long_s = too_long_s
        self._inside: dict[str, Waiting] = {}  # in the order of entering

    def enter(self, message: Message, webhook: SessionWebhook | None) -> None:
        """Note that the sender of `message` begins to wait."""
        if webhook is not None:
            self.leave(message.sender.key)
            self._inside[message.sender.key] = Waiting(message, webhook, self._clock.monotonic())

    def leave(self, person: str) -> None:
        """Note that `person` is answered, or has heard that it takes longer."""
        self._inside.pop(person, None)

    def to_be_told(self) -> list[Waiting]:
        """Return some who have waited too long, each person once; to be called every second.

        Returns the newest first, because older messages are answered sooner.
        """
        until_s = self._clock.monotonic() - self._too_long_s
        late = [one for one in self._inside.values() if one.since_s <= until_s]
        told = late[: -MOST_AT_ONCE - 1 : -1]
        for one in told:
            self.leave(one.message.sender.key)
        return told


async def with_progress(
    work: Coroutine[Any, Any, T],
    line: Reply,
    say: Callable[[Reply], Awaitable[None]],
    *,
    after_s: float,
) -> T:
    """Return what `work` returns; `say` the `line` once if that takes longer than `after_s` seconds."""
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=after_s)
        if not done:
            await say(line)
        return await task
    finally:
        task.cancel()


class Together(Generic[K, T]):
    """Joins reads of the same `K` about several people that are asked for within `gather_s`.

    By default that is one round of the event loop.
    """

    def __init__(self, read: Callable[[K, Sequence[str]], Awaitable[T]], *, gather_s: float = 0.0) -> None:
        """Take `read`, which reads about many."""
        self._read = read
        self._gather_s = gather_s
        self._asked: dict[K, tuple[set[str], asyncio.Task[T]]] = {}  # what is to be read, not yet begun

    async def of(self, key: K, user_id: str) -> T:
        """Return what a read tells that begins after this call, of others too. Raises what `read` raises."""
        if key not in self._asked:
            self._asked[key] = set(), asyncio.create_task(self._begin(key))
        people, reading = self._asked[key]
        people.add(user_id)
        return await asyncio.shield(reading)  # whoever is cancelled leaves the others theirs

    async def _begin(self, key: K) -> T:
        await asyncio.sleep(self._gather_s)
        people, _ = self._asked.pop(key)
        return await self._read(key, sorted(people))
