"""A scripted Stream gateway on a free port, for tests of the Stream client."""

import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from tests.waiting import until

OPEN_PATH = "/v1.0/gateway/connections/open"
TICKET = "t1cket-5ecret/+=&%-"
Answer = Callable[[], Awaitable[web.StreamResponse]]


class GatewayConnection:
    """The gateway's side of a connection, with its sent and received frames."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.sent: list[dict[str, Any]] = []
        self.closed = False
        self._request = request

    @property
    def acks(self) -> list[str]:
        return [ack["headers"]["messageId"] for ack in self.sent if ack["code"] == 200]

    async def push(self, *frames: dict[str, Any] | str) -> None:
        for frame in frames:
            await self.socket.send_str(
                frame if isinstance(frame, str) else json.dumps(frame, ensure_ascii=False)
            )

    async def disconnect(self) -> None:
        """Announce the end of this connection, as DingTalk does 10 s before."""
        await self.push(
            {"type": "SYSTEM", "headers": {"topic": "disconnect"}, "data": '{"reason": "expired"}'}
        )

    def cut(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    async def listen(self) -> None:
        """Receive frames until the client is gone."""
        async for arrived in self.socket:
            if arrived.type is WSMsgType.TEXT:
                self.sent.append(json.loads(arrived.data))
        self.closed = True


class ScriptedGateway:
    """Answers each opening from `script`, then with new tickets. A ticket opens one connection."""

    def __init__(self) -> None:
        self.script: deque[Answer] = deque()
        self.handshakes: deque[Answer] = deque()
        self.opens: list[dict[str, Any]] = []
        self.tickets: list[str] = []
        self.connections: list[GatewayConnection] = []
        self.close_at_once = False
        self.url = ""

    async def until_connected(self, count: int = 1) -> GatewayConnection:
        """Wait for connection number `count`, from 1, and return it."""
        await until(lambda: len(self.connections) >= count, what="a connection")
        return self.connections[count - 1]

    def ticket(self, endpoint: str | None = None) -> web.Response:
        self.tickets.append(f"{TICKET}{len(self.tickets)}")
        where = endpoint or self.url.replace("http", "ws", 1) + "/connect"
        return web.json_response({"endpoint": where, "ticket": self.tickets[-1]})

    async def _open(self, request: web.Request) -> web.StreamResponse:
        self.opens.append(await request.json())
        return await self.script.popleft()() if self.script else self.ticket()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if self.handshakes:
            return await self.handshakes.popleft()()
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.Response(status=401)
        self.tickets[self.tickets.index(ticket)] = "used"
        socket = web.WebSocketResponse(autoping=False, max_msg_size=0)
        await socket.prepare(request)
        connection = GatewayConnection(socket, request)
        self.connections.append(connection)
        if self.close_at_once:
            await socket.close()
        await connection.listen()
        return socket

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post(OPEN_PATH, self._open)
        application.router.add_get("/connect", self._connect)
        return application


@asynccontextmanager
async def scripted_gateway() -> AsyncIterator[ScriptedGateway]:
    """Run a gateway on a free loopback port."""
    gateway = ScriptedGateway()
    runner = web.AppRunner(gateway.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield gateway
    finally:
        for connection in gateway.connections:
            connection.cut()
        await runner.cleanup()


def answer(status: int, body: object = None, **headers: str) -> Answer:
    """Return an answer for a script: `body` as JSON, or text as HTML."""

    async def respond() -> web.StreamResponse:
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html", headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return respond
