"""News of what happened here: for tests at once, for a bot as events."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.faults import Faults

Listener = Callable[[str, object], None]
Push = Callable[[str, dict[str, Any]], Awaitable[bool]]


class Feed:
    """Calls each listener at once with a kind and its news.

    These are an Entry (`said`), a Frame (`frame`, `ack`) or a Call (`call`); other kinds have none.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def publish(self, kind: str, news: object = None) -> None:
        for listener in tuple(self._listeners):
            listener(kind, news)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on; the returned function stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


class Notices:
    """The events still to be pushed, in their order; they wait while no bot is connected."""

    def __init__(self, faults: Faults, now_ms: Callable[[], int]) -> None:
        self._faults = faults
        self._now_ms = now_ms
        self._waiting: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    def announce(self, event_type: str, data: dict[str, Any]) -> None:
        """Let an event be pushed, unless the fault `events_lost` swallows it."""
        if not self._faults.take("events_lost", event_type):
            stamp = {"timeStamp": str(self._now_ms())} if event_type.startswith(("user_", "org_")) else {}
            self._waiting.put_nowait((event_type, {**stamp, **data}))

    async def settled(self) -> None:
        """Return once every event has been pushed."""
        await self._waiting.join()

    async def keep_pushing(self, push: Push) -> None:
        """Hand each event to `push` until it returns true."""
        while True:
            event = await self._waiting.get()
            while not await push(*event):
                pass
            self._waiting.task_done()
