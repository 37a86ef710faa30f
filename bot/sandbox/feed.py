"""News of what happened here: for the page and waiting tests at once, for a bot as events."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bot.sandbox.faults import Faults

_MOST_WAITING = 200_000


class News(Protocol):
    """Something that happened, which can show itself."""

    def as_json(self) -> dict[str, Any]:
        """Return the fields for the page and the control API, without secrets."""
        ...


Listener = Callable[[str, News | None], None]
Push = Callable[[str, dict[str, Any]], Awaitable[bool]]


class Feed:
    """Calls each listener synchronously; costs next to nothing without listeners.

    Kinds: `said`, `frame`, `ack`, `call`, `record`, `clock`, `faults`, `connections`, `absence`.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def publish(self, kind: str, news: News | None = None) -> None:
        """Tell everybody who listens now."""
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
