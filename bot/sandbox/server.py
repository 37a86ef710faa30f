"""The pretend DingTalk as one server: gateway, APIs, control API and page on one loopback port."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC
from email.utils import format_datetime
from functools import partial
from inspect import isawaitable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from aiohttp import web
from pydantic import NaiveDatetime, validate_call

from bot.clock import from_ms
from bot.sandbox import (  # noqa: F401 - they answer APIs
    attendance,
    cards,
    company,
    openapi,
    people,
    report,
    robot,
)
from bot.sandbox.api import Json, State
from bot.sandbox.cards import NotAnswered
from bot.sandbox.client import LOOPBACK, PageClient
from bot.sandbox.clock import PretendClock
from bot.sandbox.gateway import NoBotConnected
from bot.sandbox.talk import Conversation, conversation_id
from bot.sandbox.world import PAGE, World

HOST = "127.0.0.1"
_MOST_BYTES = 32 * 1024 * 1024
_dumps = partial(json.dumps, ensure_ascii=False, default=asdict)


class Sandbox(State):
    """A pretend DingTalk: point a bot at `url`, and speak with `say`. A `data_dir` survives
    restarts.
    """

    def __init__(
        self,
        *,
        world: World | None = None,
        clock: PretendClock | None = None,
        data_dir: Path | None = None,
        port: int = 0,
        **waits_s: float,
    ) -> None:
        """Take `port` 0 for any free port. `waits_s` go to the gateway."""
        super().__init__(world or World(), clock or PretendClock(), data_dir, **waits_s)
        self._port = port
        self.page = PageClient(self)
        self._runner: web.AppRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen. Raises OSError when the port cannot be opened."""
        try:
            listener = socket.create_server((HOST, self._port))
        except OSError as error:
            raise OSError(
                f"port {self._port} cannot be opened ({error.strerror}); choose another one "
                f"with --port"
            ) from None
        # after the port: another sandbox with these files would hold it
        last_ms = self.feed.open()
        self.clock.move_to(max(self.clock.now(), from_ms(last_ms)))
        self.token = self.make_secret()
        self.ticket = self.make_secret()
        app = web.Application(middlewares=[refuse_foreign], client_max_size=_MOST_BYTES)
        app.on_response_prepare.append(self._date)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"
        loops = (self.gateway.keep_pinging, self.gateway.keep_redelivering)
        self._tasks = [asyncio.create_task(loop()) for loop in loops]

    def routes(self) -> list[web.AbstractRouteDef]:
        control: dict[str, Callable[..., Any]] = {
            "GET people": self._people,
            "POST messages": partial(people.say, self),
            "POST presses": partial(people.press, self),
            "GET transcript": self._transcript,
            "GET chat": self._chat,
            "GET client": self.page.open,
            "GET /oauth2/auth": self.page.log_in,
            "GET state": self._overview,
            "GET requests": self._requests,
            "POST clock": self._move_clock,
            "GET faults": self.faults.as_json,
            "POST faults": self._set_faults,
        }
        return [
            web.get("/", _index),
            web.static("/_sandbox/page", PAGE),
            web.get("/connect", self.gateway.connect),
            web.get("/_sandbox/media/{media_id}", partial(robot.serve_upload, self)),
            *openapi.routes(self),
            web.route("*", "/app{rest:.*}", self.page.forward),
            *(control_route(name, function) for name, function in control.items()),
        ]

    async def stop(self) -> None:
        if self._runner is None:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.gateway.drop()
        await self._runner.cleanup()
        self._runner = None
        self.feed.close()

    async def fault(self, name: str, spec: Any = True) -> None:
        """Turn a switch on or off, or carry out an action at once.

        Raises ValueError, NoBotConnected.
        """
        at_once = {"drop": self.gateway.drop, "disconnect": self.gateway.disconnect}
        if name not in at_once:
            self.faults.set(name, spec)
        elif spec:
            await at_once[name]()

    async def _set_faults(self, **specs: Any) -> Json:
        for name, spec in specs.items():
            await self.fault(name, spec)
        return self.faults.as_json()

    def _people(self) -> list[Json]:
        return [
            {
                "user_id": who.user_id,
                "name": who.name,
                "department": who.department.name,
                "lead": who.lead,
            }
            for who in self.world
        ]

    def _transcript(self, user_id: str) -> list[Json]:
        return [
            {
                "from": entry.speaker,
                "at": entry.at,
                "text": entry.words,
                "buttons": [button.label for button in entry.pressable],
            }
            for entry in self.talk.of(self.world.person(user_id).user_id)
        ]

    def _chat(self, user_id: str, conversation: Conversation = "1") -> list[Json]:
        """Return one conversation as the person sees it: the single chat, or the team's group."""
        chat_id = conversation_id(self.world.person(user_id), conversation)
        return [asdict(entry) for entry in self.talk.of(chat_id)]

    def _overview(self) -> Json:
        shown = {"connections": self.gateway.connections, "quick_entries": self.quick_entries}
        return {**shown, "faults": self.faults.as_json(), **self._time()}

    def _requests(self, limit: int = 200) -> list[Json]:
        return [
            {**asdict(call), "at": call.at.isoformat()} for call in list(self.requests)[-limit:]
        ]

    def _move_clock(self, *, advance_s: float = 0, move_to: NaiveDatetime | None = None) -> Json:
        if move_to is not None:
            self.clock.move_to(move_to.replace(tzinfo=self.world.zone))
        self.clock.advance(advance_s)
        return self._time()

    def _time(self) -> Json:
        return {
            "now": self.clock.now().astimezone(self.world.zone).isoformat(),
            "time_zone": self.world.zone.key,
        }

    async def _date(self, request: web.Request, response: web.StreamResponse) -> None:
        """Put the pretend clock's time into the `Date` of each answer."""
        response.headers["Date"] = format_datetime(self.clock.now().astimezone(UTC), usegmt=True)


def control_route(name: str, function: Callable[..., Any]) -> web.RouteDef:
    """Return the route `METHOD path` of a function. A path without a slash is below `/_sandbox`.

    Query or JSON body hold its arguments, checked by type.
    """
    checked = validate_call(config={"arbitrary_types_allowed": True})(function)
    method, _, path = name.partition(" ")

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            given = request.query if method == "GET" else await request.json()
            answer = checked(**given)
            answer = await answer if isawaitable(answer) else answer
            status = 200
            if isinstance(answer, web.StreamResponse):
                return answer
            if isinstance(answer, str):
                answer = {"message_id": answer}
        except (NoBotConnected, NotAnswered, ValueError, TypeError) as wrong:
            answer = {"error": str(wrong)}
            status = getattr(wrong, "status", 400)
        return web.json_response(
            answer, status=status, headers={"Cache-Control": "no-store"}, dumps=_dumps
        )

    return web.route(method, urljoin("/_sandbox/", path), handle)


@web.middleware
async def refuse_foreign(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse pages of other sites, and other names of this machine, at the page and the control
    API.
    """
    ours = request.path == "/" or request.path.startswith("/_sandbox")
    addresses = f"//{request.host}", request.headers.get("Origin", f"//{request.host}")
    if ours and any(urlsplit(address).hostname not in LOOPBACK for address in addresses):
        return web.json_response({"error": "only from this machine"}, status=403)
    return await handler(request)


async def _index(request: web.Request) -> web.StreamResponse:
    # no open file: a bot asks this address for the time, and may stop before the end of the answer
    page = await asyncio.to_thread((PAGE / "index.html").read_text, "utf-8")
    return web.Response(text=page, content_type="text/html")


async def run_sandbox(port: int, employees: int) -> None:
    """Run the pretend DingTalk on real time until cancelled, and print its address.

    Raises OSError.
    """
    async with Sandbox(world=World(employees), port=port) as sandbox:
        where = f"The pretend DingTalk is at {sandbox.url} (client id and secret: sandbox)"
        note = (
            "Its clock starts as this machine's. Moving it on the page does not move a bot's clock."
        )
        print(where, note, sep="\n", flush=True)  # noqa: T201
        await asyncio.Event().wait()
