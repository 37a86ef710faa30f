"""Who is told that something happened: at once the page and waiting tests, by events a bot."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from bot.sandbox.faults import Faults

_MOST_WAITING = 200_000
_KEPT = 400


class News(Protocol):
    """Something that happened, which can show itself."""

    def as_json(self) -> dict[str, Any]:
        """Return what the page and the control API show of it, without secrets."""
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
        """Call `listener` from now on; call what is returned to stop."""
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


class Live:
    """The server-sent events that open pages listen to. A page that cannot keep up is told to look afresh."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._pages: set[asyncio.Event] = set()
        self._closed = False

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /_sandbox/events` with events until the page goes away."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        await response.write(b"retry: 1000\n\n")
        waiting: deque[tuple[str, News | None]] = deque()
        some = asyncio.Event()

        def hear(kind: str, news: News | None) -> None:
            if len(waiting) >= _KEPT:
                waiting.clear()
                kind, news = "resync", None
            waiting.append((kind, news))
            some.set()

        stop_listening = self._feed.listen(hear)
        self._pages.add(some)
        try:
            while True:
                await some.wait()
                some.clear()
                if self._closed:
                    break
                batch = "".join(_event(kind, news) for kind, news in waiting)
                waiting.clear()
                await response.write(batch.encode())
        except ConnectionError:
            pass  # the page went away
        finally:
            stop_listening()
            self._pages.discard(some)
        return response

    def stop(self) -> None:
        """Let all pages go."""
        self._closed = True
        for some in self._pages:
            some.set()


def _event(kind: str, news: News | None) -> str:
    data = json.dumps(news.as_json() if news else {}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n"
