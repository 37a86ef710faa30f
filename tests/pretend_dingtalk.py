"""The pretend DingTalk with waits for the bot's messages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox import server
from bot.sandbox.talk import Entry
from tests.waiting import LONGEST_S

_ESCAPES = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-.!|~@&"})


def as_markdown(entry: Entry) -> str:
    """Return a message with its buttons as links, as in a markdown message."""
    links = " | ".join(
        f"[{button.label.translate(_ESCAPES)}]({button.url})" for button in entry.buttons
    )
    return f"{entry.words}\n\n{links}" if links else entry.words


@dataclass
class _Change:
    """A change that happens after some more `calls` of an API."""

    make: Callable[[], Awaitable[None]]
    calls: int


class Sandbox(server.Sandbox):
    """A pretend DingTalk in which a test can talk to the bot."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self._changes: dict[str, _Change] = {}

    def meanwhile(self, path: str, make: Callable[[], Awaitable[None]], *, calls: int = 1) -> None:
        """Make a change once, while the API at `path` answers the call number `calls` from now."""
        self._changes[path] = _Change(make, calls)

    def all_changes_made(self) -> bool:
        return not self._changes

    def routes(self) -> list[web.AbstractRouteDef]:
        def watched(route: web.AbstractRouteDef) -> web.AbstractRouteDef:
            if not isinstance(route, web.RouteDef):
                return route
            handler = partial(self._answer, route.handler)
            return web.route(route.method, route.path, handler, **route.kwargs)

        return [watched(route) for route in super().routes()]

    async def _answer(self, handler: Any, request: web.Request) -> web.StreamResponse:
        """Answer a call, after a change that a test wants meanwhile."""
        response: web.StreamResponse = await handler(request)
        change = self._changes.get(request.path)
        if change is not None:
            change.calls -= 1
            if not change.calls:
                del self._changes[request.path]
                await change.make()
        return response

    def replies(self, user_id: str) -> list[str]:
        """Return the bot's messages to a person, oldest first, with all buttons as links."""
        return [as_markdown(entry) for entry in self.transcript(user_id) if entry.speaker == "bot"]

    async def wait_for_reply(
        self, user_id: str, *, after: int = 0, timeout: float = LONGEST_S
    ) -> str:
        """Wait for the bot's reply number `after` (from 0) to a person. Raises TimeoutError."""
        await self.wait_until(lambda: len(self.replies(user_id)) > after, timeout=timeout)
        return self.replies(user_id)[after]

    async def ask(self, user_id: str, text: str, *, timeout: float = LONGEST_S, **more: Any) -> str:
        """Say something and return the next reply. Raises TimeoutError, and the errors of `say`."""
        before = len(self.replies(user_id))
        await self.say(user_id, text, **more)
        return await self.wait_for_reply(user_id, after=before, timeout=timeout)

    async def wait_until(self, holds: Callable[[], bool], *, timeout: float = LONGEST_S) -> None:
        """Wait until `holds` is true.

        It runs after each event of the sandbox. Raises TimeoutError.
        """
        await self.feed.wait_for(holds, timeout)
