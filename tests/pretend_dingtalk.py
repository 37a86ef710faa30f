"""The pretend DingTalk with changes of the company, and with waits for the bot's messages."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import inf
from typing import Any, Literal

from aiohttp import web

from bot.clock import to_ms
from bot.sandbox import people, server
from bot.sandbox.gateway import Frame
from bot.sandbox.people import AT_SITE, NATIVE
from bot.sandbox.talk import Entry
from tests.changing_company import Absences, World
from tests.waiting import LONGEST_S

JSON = dict[str, Any]
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

    world: World

    def __init__(self, *, world: World | None = None, **more: Any) -> None:
        world = world or World()
        super().__init__(world=world, **more)
        self._changes: dict[str, _Change] = {}
        self.absences = Absences(self.feed, self.announce)
        world.announce = self.announce
        self.listen = self.feed.listen
        self.transcript = self.talk.of
        self.press = partial(people.press, self)
        self.invent_past = partial(people.invent_past, self)  # once started
        self.events_lost: str | bool = False  # the type of events that are not pushed, or all
        self._events: asyncio.Queue[tuple[str, JSON]] = asyncio.Queue()  # to push, in this order
        self.wait_until_events_pushed = self._events.join
        self.frames: list[Frame] = []  # with their ACKs, oldest first
        self.listen(self._keep_frame)

    @property
    def connections(self) -> int:
        return self.gateway.connections

    async def say(
        self,
        user_id: str,
        text: str = "",
        *,
        kind: Literal["text", "voice", "richText", "picture"] = "text",
        sent_at: int | None = None,
        fields: JSON | None = None,
        **more: Any,
    ) -> str:
        """Say something and return the id of the message. `sent_at` (ms) becomes the `createAt`."""
        sent = {"createAt": sent_at} if sent_at is not None else {}
        sent |= {
            "text": {},
            "voice": {"msgtype": "audio", "content": {"recognition": text}},
            "picture": {"msgtype": "picture", "content": {"downloadCode": "a-picture"}},
            "richText": {"msgtype": "richText", "content": {"richText": [{"text": text}]}},
        }[kind]
        if kind != "text":
            sent["text"] = None
        return await people.say(self, user_id, text, fields={**sent, **(fields or {})}, **more)

    def _keep_frame(self, kind: str, news: Any) -> None:
        if kind == "frame":
            self.frames.append(news)

    async def start(self) -> None:
        await super().start()
        self._tasks.append(asyncio.create_task(self._push_events()))

    async def fault(self, name: str, spec: Any = True) -> None:
        if name == "events_lost":
            self.events_lost = bool(spec)
        else:
            await super().fault(name, spec)

    def announce(self, event_type: str, data: JSON) -> None:
        """Let an event be pushed, unless it gets lost."""
        if self.events_lost not in (True, event_type):
            self._events.put_nowait((event_type, data))

    async def _push_events(self) -> None:
        while True:
            await self.push_event(*await self._events.get())
            self._events.task_done()

    async def push_event(self, event_type: str, data: JSON) -> None:
        """Push an EVENT once a bot is there."""
        headers = {
            "eventId": secrets.token_hex(16),
            "eventType": event_type,
            "eventBornTime": str(self.now_ms()),
            "eventCorpId": self.world.corp_id,
        }
        await self.gateway.push(self.gateway.prepare("EVENT", "*", data, **headers), wait_s=inf)

    def native_punch(
        self, user_id: str, at: datetime | None = None, kind: Literal["app", "gate"] = "app"
    ) -> None:
        """Store a punch in DingTalk itself at `at` (aware; None for now), and announce it."""
        now = self.now()
        details = {"app": AT_SITE, "gate": {"source": "DING_ATM", "device_name": "gate 1"}}[kind]
        record = self.records.take(NATIVE, user_id, to_ms(at or now), now, **details)
        news = {"userId": user_id, "checkTime": record.second_ms, "checkByUser": True}
        self.announce("attendance_check_record", {"dataList": [news]})

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
