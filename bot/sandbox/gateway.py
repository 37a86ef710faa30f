"""The Stream gateway: tickets, WebSocket connections, frames pushed and the ACKs that come back."""

import asyncio
import json
import logging
import secrets
import socket
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from math import inf
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.api import CLIENT_ID, Api, Ask, Json, Refused, State
from bot.sandbox.calls import masked, masked_text, readable
from bot.sandbox.clock import to_ms

logger = logging.getLogger(__name__)

APP_ID = "5a0db0c5-0000-4000-8000-5a0db0c50001"
TICKET_S = 90
KEPT_FRAMES = 3000
_MOST_PENDING = 100_000
_EVENT_RETRY_S = 10.0
_MESSAGE_RETRY_S = 60.0  # undocumented; what users of the Stream report
_MOST_TRIES = 16
_SWEEP_S = 0.1
_UNSENT = 128 * 1024  # bytes that the system holds: a ping waits behind them
Topics = frozenset[tuple[str, str]]


class NoBotConnected(Exception):
    """No connection takes this kind of frame, also after waiting a little."""


@dataclass(slots=True, eq=False)
class Frame:
    """One frame and its outcome. `pushed` is in real seconds; `ack_*` stay None without an ACK."""

    kind: str
    topic: str
    text: str
    message_id: str = ""
    msg_id: str = ""
    user_id: str = ""
    connection: str = ""
    tries: int = 1
    at: datetime | None = None
    pushed: float = 0.0
    ack_code: int | None = None
    ack_data: str | None = None
    ack_ms: float | None = None
    ack_connection: str = ""
    pushed_again: bool = False  # it was not taken, and another of the same content followed it

    def as_json(self) -> dict[str, Any]:
        """Return the frame and its ACK as the page shows them, session webhooks blotted out."""
        shown = readable(self.text)
        if isinstance(shown, dict) and isinstance(shown.get("data"), str):
            shown["data"] = readable(shown["data"])
        ack = {"code": self.ack_code, "data": readable(self.ack_data or ""), "ms": self.ack_ms}
        names = ("topic", "message_id", "msg_id", "user_id", "connection", "tries", "pushed_again")
        return {
            "type": self.kind,
            **{name: getattr(self, name) for name in names},
            "at": self.at.isoformat() if self.at else None,
            "frame": masked(shown) if isinstance(shown, dict) else masked_text(self.text),
            "ack": {**ack, "connection": self.ack_connection} if self.ack_code is not None else None,
        }


@dataclass(eq=False, slots=True)
class Subscriber:
    """One WebSocket and its subscriptions. A `silent` one was told to disconnect and gets nothing more."""

    id: str
    ws: web.WebSocketResponse
    request: web.Request
    topics: Topics
    silent: bool = False

    @property
    def alive(self) -> bool:
        return not self.silent and not self.ws.closed

    def takes(self, kind: str, topic: str) -> bool:
        """Tell whether a frame of this kind and topic may be pushed here."""
        return self.alive and (kind not in ("EVENT", "CALLBACK") or (kind, topic) in self.topics)

    def cut(self) -> None:
        """Cut the TCP connection without a farewell."""
        self.silent = True
        if self.request.transport is not None:
            self.request.transport.abort()


class Gateway:
    """Pushes frames to the connected bots and notes how each acknowledged them."""

    def __init__(
        self, state: State, *, ping_every_s: float, disconnect_grace_s: float, wait_for_bot_s: float
    ) -> None:
        self._state = state
        self._ping_every_s = ping_every_s
        self._disconnect_grace_s = disconnect_grace_s
        self._wait_for_bot_s = wait_for_bot_s
        self._tickets: dict[str, tuple[float, Topics]] = {}
        self._connections: list[Subscriber] = []
        self._changed = asyncio.Event()
        self._pending: dict[str, Frame] = {}
        self._ids = (f"{secrets.token_hex(4)}_{number:x}" for number in count(1))
        self._tasks: list[asyncio.Task[None]] = []
        self.frames: deque[Frame] = deque(maxlen=KEPT_FRAMES)

    @property
    def connections(self) -> int:
        """Return how many connections may be pushed to."""
        return sum(one.alive for one in self._connections)

    def api(self) -> Api:
        """Return the API that hands out tickets."""
        path = "/v1.0/gateway/connections/open"
        return Api("gateway_open", path, self._open, token=False, counted=False, kind="gateway")

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/connect", self._connect)]

    def start(self) -> None:
        """Begin to ping connections and to repeat frames without an ACK."""
        self._tasks = [asyncio.create_task(loop) for loop in (self._keep_pinging(), self._keep_redelivering())]

    async def stop(self) -> None:
        """Cut all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.drop()

    def prepare(
        self, kind: str, topic: str, data: Json, *, msg_id: str = "", user_id: str = "", **more: str
    ) -> Frame:
        """Build a frame without sending it; `more` goes into its headers."""
        message_id = next(self._ids)
        headers = {"messageId": message_id, "time": str(to_ms(self._state.now())), **more}
        if kind == "CALLBACK":
            headers["appId"] = APP_ID
        return Frame(kind, topic, _envelope(kind, topic, data, headers), message_id, msg_id, user_id)

    async def wait_connected(self, kind: str, topic: str) -> None:
        """Return once some connection takes such frames. Raises NoBotConnected when none comes in time."""
        await self._choose(kind, topic, self._wait_for_bot_s)

    async def push(self, frame: Frame, *, wait_s: float | None = None) -> None:
        """Send a frame to a connection chosen at random, waiting a little for one. Raises NoBotConnected."""
        patience = self._wait_for_bot_s if wait_s is None else wait_s
        while not await self._send(await self._choose(frame.kind, frame.topic, patience), frame):
            pass

    async def push_raw(self, text: str) -> None:
        """Send any text to one connection. Raises NoBotConnected."""
        await self.push(Frame("RAW", "", text))

    async def disconnect(self) -> None:
        """Announce a disconnect on every connection, fall silent, and cut TCP after the grace time."""
        text = _envelope("SYSTEM", "disconnect", {"reason": "connection is expired"}, {})
        for connection in [one for one in self._connections if not one.silent]:
            await self._send(connection, Frame("SYSTEM", "disconnect", text))
            connection.silent = True
            asyncio.get_running_loop().call_later(self._disconnect_grace_s, connection.cut)
        self._state.feed.publish("connections")

    def drop(self) -> None:
        """Cut every connection now."""
        for connection in self._connections:
            connection.cut()

    def _open(self, state: State, ask: Ask) -> Json:
        if (ask.body.get("clientId"), ask.body.get("clientSecret")) != (CLIENT_ID, state.client_secret):
            raise Refused(40089, "invalidClientIdOrSecret", "无效的clientId或者clientSecret", status=401)
        listed = ask.body.get("subscriptions")
        if not isinstance(listed, list):
            raise Refused(400002, "invalidParameter.subscriptions", "subscriptions must be a list")
        topics = frozenset(
            (str(one.get("type")), str(one.get("topic"))) for one in listed if isinstance(one, dict)
        )
        ticket = state.make_secret()
        self._tickets[ticket] = state.clock.monotonic() + TICKET_S, topics
        return {"endpoint": f"{state.url.replace('http', 'ws', 1)}/connect", "ticket": ticket}

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        expires, topics = self._tickets.pop(request.query.get("ticket", ""), (0.0, frozenset()))
        if self._state.clock.monotonic() >= expires:
            return web.json_response({"code": "invalidTicket", "message": "unknown, used or expired"}, status=401)
        ws = web.WebSocketResponse(max_msg_size=4 * 1024 * 1024, compress=False)
        await ws.prepare(request)
        if request.transport is not None:
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNSENT)
        connection = Subscriber(secrets.token_hex(3), ws, request, topics)
        self._connections.append(connection)
        self._changed.set()
        self._state.feed.publish("connections")
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(connection, message.data)
        finally:
            self._connections.remove(connection)
            logger.info("a connection closed; connections: %d", self.connections)
            self._state.feed.publish("connections")
        return ws

    async def _choose(self, kind: str, topic: str, wait_s: float) -> Subscriber:
        try:
            async with asyncio.timeout(wait_s):
                while not (fit := [one for one in self._connections if one.takes(kind, topic)]):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise NoBotConnected("no bot connected") from None
        return self._state.rng.choice(fit)

    async def _send(self, connection: Subscriber, frame: Frame) -> bool:
        frame.connection = connection.id
        frame.at = self._state.now()
        frame.pushed = self._state.clock.monotonic()
        if frame.message_id:  # before the sending, for the ACK may be quicker than our return
            self._pending[frame.message_id] = frame
            if len(self._pending) > _MOST_PENDING:
                del self._pending[next(iter(self._pending))]
        try:
            await connection.ws.send_str(frame.text)
        except ConnectionError:
            connection.cut()
            self._pending.pop(frame.message_id, None)
            return False
        self.frames.append(frame)
        self._state.feed.publish("frame", frame)
        return True

    def _acknowledge(self, connection: Subscriber, text: str) -> None:
        try:
            ack = json.loads(text)
            message_id, code, data = str(ack["headers"]["messageId"]), int(ack["code"]), str(ack.get("data", ""))
        except (ValueError, KeyError, TypeError):
            return
        frame = self._pending.get(message_id)
        if frame is None:
            return
        frame.ack_code, frame.ack_data, frame.ack_connection = code, data, connection.id
        frame.ack_ms = round((self._state.clock.monotonic() - frame.pushed) * 1000, 2)
        answer = readable(data)
        if frame.kind != "EVENT" or (isinstance(answer, dict) and answer.get("status") == "SUCCESS"):
            del self._pending[message_id]
        self._state.feed.publish("ack", frame)

    async def _keep_pinging(self) -> None:
        while True:
            await asyncio.sleep(self._ping_every_s)
            for connection in [one for one in self._connections if one.alive]:
                await self._send(connection, self.prepare("SYSTEM", "ping", {"opaque": secrets.token_hex(8)}))

    async def _keep_redelivering(self) -> None:
        """Push again callbacks without an ACK, and events."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            patience: float = self._state.faults.peek("redeliver_unacked_s") or _MESSAGE_RETRY_S
            waits, now = {"EVENT": _EVENT_RETRY_S, "CALLBACK": patience}, self._state.clock.monotonic()
            held = [one for one in self._pending.values() if one.tries < _MOST_TRIES]
            with suppress(NoBotConnected):  # then all of it waits for the next bot
                for frame in [one for one in held if now - one.pushed >= waits.get(one.kind, inf)]:
                    await self.push(self._again(frame), wait_s=0.05)
                    self._pending.pop(frame.message_id, None)
                    frame.pushed_again = True
                    self._state.feed.publish("ack", frame)

    def _again(self, frame: Frame) -> Frame:
        envelope = json.loads(frame.text)
        message_id = envelope["headers"]["messageId"] = next(self._ids)
        text = json.dumps(envelope, ensure_ascii=False)
        return Frame(frame.kind, frame.topic, text, message_id, frame.msg_id, frame.user_id, tries=frame.tries + 1)


def _envelope(kind: str, topic: str, data: Json, headers: dict[str, str]) -> str:
    """Return a frame as it goes over the wire; its data is JSON in a string."""
    common = {"topic": topic, "contentType": "application/json"}
    body = json.dumps(data, ensure_ascii=False)
    frame = {"specVersion": "1.0", "type": kind, "headers": {**common, **headers}, "data": body}
    return json.dumps(frame, ensure_ascii=False)
