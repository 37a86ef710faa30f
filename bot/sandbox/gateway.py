"""The Stream gateway: tickets, WebSocket connections, frames pushed and the ACKs that come back."""

import asyncio
import json
import random
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from aiohttp import web

from bot.clock import to_ms
from bot.sandbox.clock import PretendClock
from bot.sandbox.faults import Faults
from bot.sandbox.feed import Feed

_MESSAGE_RETRY_S = 60.0  # undocumented; what users of the Stream report
_SWEEP_S = 0.1
_dumps = partial(json.dumps, ensure_ascii=False)
_UNSENT = 128 * 1024  # bytes in the system's buffer, so that a ping is not behind a large backlog


class NoBotConnected(Exception):
    """No connection takes this kind of frame, and waiting did not help."""

    status = 503


@dataclass(slots=True, eq=False)
class Frame:
    """One frame and its outcome.

    `pushed` is in real seconds. `ack_code` stays None without an ACK.
    """

    kind: str
    topic: str
    text: str
    message_id: str = ""
    msg_id: str = ""
    user_id: str = ""
    tries: int = 1
    connection: str = ""
    pushed: float = 0.0
    ack_code: int | None = None
    ack_data: str = ""


@dataclass(eq=False, slots=True)
class Connection:
    """One WebSocket and its subscriptions.

    A `silent` connection was told to disconnect and gets nothing more.
    """

    id: str
    ws: web.WebSocketResponse
    request: web.Request
    topics: frozenset[tuple[str, str]]
    silent: bool = False

    def takes(self, kind: str, topic: str) -> bool:
        alive = not self.silent and not self.ws.closed
        return alive and (kind not in ("EVENT", "CALLBACK") or (kind, topic) in self.topics)

    def cut(self) -> None:
        """Cut the TCP connection without a farewell."""
        self.silent = True
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass(eq=False)
class Gateway:
    """Pushes frames to the connected bots, and notes their ACKs."""

    feed: Feed
    faults: Faults
    clock: PretendClock
    ping_every_s: float = 20.0
    disconnect_grace_s: float = 10.0
    wait_for_bot_s: float = 5.0

    def __post_init__(self) -> None:
        self._connections: list[Connection] = []
        self._pending: dict[str, Frame] = {}  # frames without an ACK, by message id
        # each opens one connection to these topics
        self.tickets: dict[str, frozenset[tuple[str, str]]] = {}

    @property
    def connections(self) -> int:
        return len(self._open())

    def _open(self, kind: str = "SYSTEM", topic: str = "") -> list[Connection]:
        return [connection for connection in self._connections if connection.takes(kind, topic)]

    def prepare(self, kind: str, topic: str, data: dict[str, Any], **more: str) -> Frame:
        """Build a frame; `more` goes into its headers."""
        message_id = secrets.token_hex(8)
        headers = {
            "topic": topic,
            "contentType": "application/json",
            "messageId": message_id,
            "time": str(to_ms(self.clock.now())),
            **more,
        }
        # its data is JSON in a string
        frame = {"specVersion": "1.0", "type": kind, "headers": headers, "data": _dumps(data)}
        return Frame(kind, topic, _dumps(frame), message_id)

    async def choose(self, kind: str, topic: str, wait_s: float | None = None) -> Connection:
        """Return a random connection that takes such frames, or wait a little.

        Raises NoBotConnected.
        """
        wait_s = self.wait_for_bot_s if wait_s is None else wait_s
        try:
            open_ones = await self.feed.wait_for(lambda: self._open(kind, topic), wait_s)
        except TimeoutError:
            raise NoBotConnected("no bot connected") from None
        return random.choice(open_ones)  # noqa: S311 - keeps no secret

    async def push(self, frame: Frame, *, wait_s: float | None = None) -> None:
        """Send a frame on a random connection, or wait a little. Raises NoBotConnected."""
        while not await self._send(await self.choose(frame.kind, frame.topic, wait_s), frame):
            pass

    async def call_back(
        self, topic: str, data: dict[str, Any], user_id: str, msg_id: str = ""
    ) -> list[Frame]:
        """Push a person's act as a CALLBACK, with `deliver_twice` two times.

        Raises NoBotConnected.
        """
        frame = self.prepare("CALLBACK", topic, data)
        frame.user_id = user_id
        frame.msg_id = msg_id or frame.message_id
        frames = [frame, replace(frame, tries=2)] if self.faults.take("deliver_twice") else [frame]
        for each in frames:  # byte for byte the same
            await self.push(each)
        return frames

    async def disconnect(self) -> None:
        """Announce a disconnect on every connection, fall silent, and later cut TCP."""
        for connection in self._open():
            reason = {"reason": "connection is expired"}
            await self._send(connection, self.prepare("SYSTEM", "disconnect", reason))
            connection.silent = True
            asyncio.get_running_loop().call_later(self.disconnect_grace_s, connection.cut)
        self.feed.publish("connections")

    async def drop(self) -> None:
        for connection in self._connections:
            connection.cut()

    async def connect(self, request: web.Request) -> web.StreamResponse:
        topics = self.tickets.pop(request.query.get("ticket", ""), None)
        if topics is None:
            return web.json_response(
                {"code": "invalidTicket", "message": "unknown or used"}, status=401
            )
        ws = web.WebSocketResponse(max_msg_size=4 * 1024 * 1024, compress=False)
        await ws.prepare(request)
        if request.transport is not None:
            request.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_SNDBUF, _UNSENT
            )
        connection = Connection(secrets.token_hex(3), ws, request, topics)
        self._connections.append(connection)
        self.feed.publish("connections")
        try:
            async for message in ws:
                self._acknowledge(message.data)
        finally:
            self._connections.remove(connection)
            self.feed.publish("connections")
        return ws

    async def keep_pinging(self) -> None:
        while True:
            await asyncio.sleep(self.ping_every_s)
            for connection in self._open():
                await self._send(
                    connection, self.prepare("SYSTEM", "ping", {"opaque": secrets.token_hex(8)})
                )

    async def keep_redelivering(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            wait_s: float = self.faults.take("redeliver_unacked_s") or _MESSAGE_RETRY_S
            now = self.clock.monotonic()
            unanswered = [
                frame
                for frame in self._pending.values()
                if frame.kind == "CALLBACK" and now - frame.pushed >= wait_s
            ]
            with suppress(NoBotConnected):  # then all of it waits for the next bot
                for frame in unanswered:
                    again = replace(
                        frame, message_id=secrets.token_hex(8), tries=frame.tries + 1, ack_code=None
                    )
                    again.text = frame.text.replace(frame.message_id, again.message_id)
                    await self.push(again, wait_s=0.05)
                    self._pending.pop(frame.message_id, None)

    async def _send(self, connection: Connection, frame: Frame) -> bool:
        frame.connection = connection.id
        frame.pushed = self.clock.monotonic()
        if frame.message_id:  # before the sending, for the ACK may be quicker than our return
            self._pending[frame.message_id] = frame
        try:
            await connection.ws.send_str(frame.text)
        except ConnectionError:
            connection.cut()
            self._pending.pop(frame.message_id, None)
            return False
        self.feed.publish("frame", frame)
        return True

    def _acknowledge(self, text: str) -> None:
        try:
            ack = json.loads(text)
            code = int(ack["code"])
            frame = self._pending.pop(ack["headers"]["messageId"])
        except (ValueError, KeyError, TypeError):
            return  # counts as no ACK
        frame.ack_code = code
        frame.ack_data = str(ack.get("data"))
        self.feed.publish("ack", frame)
