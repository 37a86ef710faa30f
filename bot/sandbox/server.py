"""The pretend DingTalk as one server: gateway, APIs, control API and page on one loopback port."""

import asyncio
import logging
import socket
from datetime import UTC
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Self

from aiohttp import web

from bot.sandbox import attendance, contacts, groups, robot  # noqa: F401 - they answer APIs
from bot.sandbox.api import APIS, CLIENT_SECRET, NewSecret, State, new_secret
from bot.sandbox.client import PageClient
from bot.sandbox.clock import PretendClock, from_ms
from bot.sandbox.control import ControlApi, refuse_foreign
from bot.sandbox.gateway import Gateway
from bot.sandbox.native import live_through, punch_natively
from bot.sandbox.openapi import OpenApi
from bot.sandbox.speech import Speech
from bot.sandbox.world import World

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
_MOST_BYTES = 32 * 1024 * 1024


class PortUnavailable(OSError):
    """The port cannot be had; the message says why and what to do."""


class Sandbox:
    """A pretend DingTalk. Start it, point a bot at `url`, and speak to the bot with `say`.

    With a `data_dir` it keeps messages, punches, absences and its clock's time across restarts.
    """

    def __init__(
        self,
        *,
        world: World | None = None,
        clock: PretendClock | None = None,
        data_dir: Path | None = None,
        port: int = 0,
        client_secret: str = CLIENT_SECRET,
        make_secret: NewSecret = new_secret,
        **waits_s: float,
    ) -> None:
        """Listen on loopback at `port`, any free one for 0; each token and ticket is one of `make_secret`.

        `waits_s` are those of the gateway.
        """
        self._port = port
        self.url = ""  # http://127.0.0.1:PORT
        self.world = world or World()
        self.clock = clock or PretendClock()
        state = self.state = State(
            self.world, self.clock, data_dir, client_secret=client_secret, make_secret=make_secret
        )
        gateway = self.gateway = Gateway(state, **waits_s)
        self.speech = Speech(state, gateway)
        self.page = PageClient(state)
        self._control = ControlApi(state, gateway, self.speech, self.page)
        self._openapi = OpenApi(state, [*APIS, gateway.api])
        self.faults = state.faults  # the switches that stay on; `fault` also does what happens at once
        self.fault = self._control.set_fault
        self.records, self.absences = state.records, state.absences
        self.requests = state.calls  # the last calls that came in, oldest first, with their answers
        self.frames = gateway.frames  # the last frames pushed, oldest first, with their ACKs
        self.push_frame, self.listen = gateway.push_raw, state.feed.listen
        self.say, self.press, self.push_event = self.speech.say, self.speech.press, self.speech.notify
        self.transcript = state.talk.of
        self.events_pushed = state.notices.settled  # returns once every change has been pushed
        self.native_punch = partial(punch_natively, state)
        self.live_through_the_past = partial(live_through, state)  # once started
        self._runner: web.AppRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    @property
    def connections(self) -> int:
        return self.gateway.connections

    async def start(self) -> None:
        """Listen. Raises PortUnavailable."""
        try:
            listener = socket.create_server((HOST, self._port))
        except OSError as error:
            why = f"port {self._port} cannot be opened ({error.strerror}); choose another one with --port"
            raise PortUnavailable(why) from None
        self._restore()  # only now that no other sandbox can have the port, and with it these files
        app = web.Application(middlewares=[refuse_foreign], client_max_size=_MOST_BYTES)
        app.on_response_prepare.append(self._date)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        self.url = self.state.url = f"http://{HOST}:{listener.getsockname()[1]}"
        gateway, notices = self.gateway, self.state.notices
        loops = gateway.keep_pinging(), gateway.keep_redelivering(), notices.keep_pushing(self.speech.notify)
        self._tasks = [asyncio.create_task(loop) for loop in loops]
        logger.info("the pretend DingTalk listens on %s", self.url)

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/connect", self.gateway.connect),
            web.get("/_sandbox/media/{media_id}", partial(robot.serve_upload, self.state)),
            *self._openapi.routes(),
            *self._control.routes(),
            *self.page.routes(),
        ]

    async def stop(self) -> None:
        if self._runner is None:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.gateway.drop()
        await self._runner.cleanup()
        self._runner = None
        self.state.feed.close()

    def _restore(self) -> None:
        state = self.state
        parts = {"said": state.talk.restore, "record": state.records.restore, "absence": state.absences.restore}
        for line in state.feed.open():
            if line["kind"] in parts:
                parts[line["kind"]](line["news"])
            self.clock.move_to(max(self.clock.now(), from_ms(line["now_ms"])))

    async def _date(self, request: web.Request, response: web.StreamResponse) -> None:
        """Put the pretend clock's time into the `Date` of each answer."""
        response.headers["Date"] = format_datetime(self.clock.now().astimezone(UTC), usegmt=True)


async def run_sandbox(port: int, *, employees: int = 12, departments: int = 0) -> None:
    """Run the pretend DingTalk on real time until cancelled, and print its address. Raises PortUnavailable."""
    async with Sandbox(world=World(employees, departments=departments), port=port) as sandbox:
        print(f"The pretend DingTalk is at {sandbox.url} (client id and secret: sandbox)")  # noqa: T201
        note = "Its clock starts as this machine's. Moving it on the page does not move a bot's clock."
        print(note, flush=True)  # noqa: T201
        await asyncio.Event().wait()
