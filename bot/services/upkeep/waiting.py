"""People who wait long for an answer, and hear that they do."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

from bot.clock import Clock
from bot.domain.messages import Message, SessionWebhook
from bot.views.reply import Reply

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
        """Take after how many seconds somebody is to be told."""
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
