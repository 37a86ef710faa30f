"""What happens, as it happens: the server-sent events that the page listens to."""

import asyncio
import json
from collections import deque

from aiohttp import web

from bot.sandbox.feed import Feed, News

_KEPT = 400


class Listener:
    """One open page. When it cannot keep up it is told to look afresh instead."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, News | None]] = deque()
        self._wake = asyncio.Event()
        self._closed = False

    def hear(self, kind: str, news: News | None) -> None:
        """Take one piece of news."""
        if len(self._waiting) >= _KEPT:
            self._waiting.clear()
            kind, news = "resync", None
        self._waiting.append((kind, news))
        self._wake.set()

    def close(self) -> None:
        """Let the listener's connection end."""
        self._closed = True
        self._wake.set()

    async def batch(self) -> bytes | None:
        """Return what has come since the last batch as event-stream text, None at the end."""
        await self._wake.wait()
        self._wake.clear()
        if self._closed:
            return None
        lines = [_event(kind, news) for kind, news in self._waiting]
        self._waiting.clear()
        return "".join(lines).encode()


class Live:
    """All open pages."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._listeners: set[Listener] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /_sandbox/events` with events until the page goes away."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        await response.write(b"retry: 1000\n\n")
        listener = Listener()
        stop_listening = self._feed.listen(listener.hear)
        self._listeners.add(listener)
        try:
            while (batch := await listener.batch()) is not None:
                await response.write(batch)
        except ConnectionError:
            pass  # the page went away
        finally:
            stop_listening()
            self._listeners.discard(listener)
        return response

    def stop(self) -> None:
        """Let all pages go."""
        for listener in self._listeners:
            listener.close()


def _event(kind: str, news: News | None) -> str:
    data = json.dumps(news.as_json() if news else {}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n"
