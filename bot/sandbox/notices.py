"""The events that are still to be pushed, in the order in which things happened."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.faults import Faults

Push = Callable[[str, dict[str, Any]], Awaitable[bool]]
_MOST_WAITING = 200_000


class Notices:
    """A queue of events. What happens while no bot is connected is pushed once one is."""

    def __init__(self, faults: Faults, now_ms: Callable[[], int]) -> None:
        self._faults = faults
        self._now_ms = now_ms
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque(maxlen=_MOST_WAITING)
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._none.set()

    def announce(self, event_type: str, data: dict[str, Any]) -> None:
        """Let an event be pushed, unless the fault `events_lost` swallows it."""
        if self._faults.take("events_lost", event_type):
            return
        stamp = {"timeStamp": str(self._now_ms())} if event_type.startswith(("user_", "org_")) else {}
        self._waiting.append((event_type, {**stamp, **data}))
        self._none.clear()
        self._some.set()

    async def settled(self) -> None:
        """Return once every event has been pushed."""
        await self._none.wait()

    async def keep_pushing(self, push: Push) -> None:
        """Hand each event to `push`, which waits for a bot, again and again until it returns true."""
        while True:
            await self._some.wait()
            while self._waiting:
                if await push(*self._waiting[0]):
                    self._waiting.popleft()
            self._some.clear()
            self._none.set()
