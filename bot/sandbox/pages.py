"""The chat page: its files, its live news, and the check of its callers."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from importlib.resources import files
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.feed import Feed, News

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_MOST_WAITING = 400
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_SCRIPTS = ("app.js", "markdown.js", "media.js", "names.js", "panels.js")
_FILES = {
    "/": ("index.html", "text/html"),
    "/style.css": ("style.css", "text/css"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    **{f"/{name}": (name, "text/javascript") for name in _SCRIPTS},
}


def page_routes() -> list[web.RouteDef]:
    """Return one route a file of the chat page."""
    folder = files("bot.sandbox") / "page"
    return [
        web.get(path, _serve((folder / name).read_text(encoding="utf-8"), content_type))
        for path, (name, content_type) in _FILES.items()
    ]


def _serve(text: str, content_type: str) -> Handler:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type, headers=_HEADERS)

    return serve


@web.middleware
async def refuse_foreign(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep other sites' pages, and names that only pretend to be this machine, away from page and control API."""
    origin = request.headers.get("Origin")
    addresses = [f"//{request.host}"] if origin is None else [f"//{request.host}", origin]
    foreign = any(urlsplit(address).hostname not in LOOPBACK for address in addresses)
    if foreign and (request.path in _FILES or request.path.startswith("/_sandbox")):
        return web.json_response({"error": "only from this machine"}, status=403)
    return await handler(request)


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
            if len(waiting) >= _MOST_WAITING:
                waiting.clear()
                kind, news = "resync", None
            waiting.append((kind, news))
            some.set()

        stop_listening = self._feed.listen(hear)
        self._pages.add(some)
        try:
            while await some.wait() and not self._closed:
                some.clear()
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
