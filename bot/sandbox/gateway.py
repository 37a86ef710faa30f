"""The Stream gateway: tickets, WebSocket connections, frames pushed and the ACKs that come back."""

import asyncio
import json
import random
import secrets
import socket
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from math import inf

from aiohttp import web

from bot.sandbox.api import Json, State, api

_KEPT_FRAMES = 3000
_EVENT_RETRY_S = 10.0
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

    state: State
    ping_every_s: float = 20.0
    disconnect_grace_s: float = 10.0
    wait_for_bot_s: float = 5.0

    def __post_init__(self) -> None:
        self._connections: list[Connection] = []
        self._pending: dict[str, Frame] = {}  # frames without an ACK, by message id
        self.frames: deque[Frame] = deque(maxlen=_KEPT_FRAMES)

    @property
    def connections(self) -> int:
        return len(self._open())

    def _open(self, kind: str = "SYSTEM", topic: str = "") -> list[Connection]:
        return [connection for connection in self._connections if connection.takes(kind, topic)]

    def prepare(self, kind: str, topic: str, data: Json, **more: str) -> Frame:
        """Build a frame; `more` goes into its headers."""
        message_id = secrets.token_hex(8)
        headers = {
            "topic": topic,
            "contentType": "application/json",
            "messageId": message_id,
            "time": str(self.state.now_ms()),
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
            open_ones = await self.state.feed.wait_for(lambda: self._open(kind, topic), wait_s)
        except TimeoutError:
            raise NoBotConnected("no bot connected") from None
        return random.choice(open_ones)  # noqa: S311 - keeps no secret

    async def push(self, frame: Frame, *, wait_s: float | None = None) -> None:
        """Send a frame on a random connection, or wait a little. Raises NoBotConnected."""
        while not await self._send(await self.choose(frame.kind, frame.topic, wait_s), frame):
            pass

    async def call_back(
        self, topic: str, data: Json, user_id: str, msg_id: str = ""
    ) -> list[Frame]:
        """Push a person's act as a CALLBACK, with `deliver_twice` two times.

        Raises NoBotConnected.
        """
        frame = self.prepare("CALLBACK", topic, data)
        frame.user_id = user_id
        frame.msg_id = msg_id or frame.message_id
        frames = (
            [frame, replace(frame, tries=2)] if self.state.faults.take("deliver_twice") else [frame]
        )
        for each in frames:  # byte for byte the same
            await self.push(each)
        return frames

    async def push_event(self, event_type: str, data: Json) -> None:
        """Push an EVENT once a bot is there. It comes again until its ACK says SUCCESS."""
        headers = {
            "eventId": secrets.token_hex(16),
            "eventType": event_type,
            "eventBornTime": str(self.state.now_ms()),
            "eventCorpId": self.state.world.corp_id,
        }
        await self.push(self.prepare("EVENT", "*", data, **headers), wait_s=inf)

    async def push_raw(self, text: str) -> None:
        await self.push(Frame("RAW", "", text))

    async def disconnect(self) -> None:
        """Announce a disconnect on every connection, fall silent, and later cut TCP."""
        for connection in self._open():
            reason = {"reason": "connection is expired"}
            await self._send(connection, self.prepare("SYSTEM", "disconnect", reason))
            connection.silent = True
            asyncio.get_running_loop().call_later(self.disconnect_grace_s, connection.cut)
        self.state.feed.publish("connections")

    async def drop(self) -> None:
        for connection in self._connections:
            connection.cut()

    async def connect(self, request: web.Request) -> web.StreamResponse:
        topics = self.state.tickets.pop(request.query.get("ticket", ""), None)
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
        self.state.feed.publish("connections")
        try:
            async for message in ws:
                self._acknowledge(message.data)
        finally:
            self._connections.remove(connection)
            self.state.feed.publish("connections")
        return ws

    async def keep_pinging(self) -> None:
        while True:
            await asyncio.sleep(self.ping_every_s)
            for connection in self._open():
                await self._send(
                    connection, self.prepare("SYSTEM", "ping", {"opaque": secrets.token_hex(8)})
                )

    async def keep_announcing(self) -> None:
        while True:
            await self.push_event(*await self.state.events.get())
            self.state.events.task_done()

    async def keep_redelivering(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            quick: float = self.state.faults.take("redeliver_unacked_s")
            waits = {"EVENT": _EVENT_RETRY_S, "CALLBACK": quick or _MESSAGE_RETRY_S}
            now = self.state.clock.monotonic()
            unanswered = [
                frame
                for frame in self._pending.values()
                if now - frame.pushed >= waits.get(frame.kind, inf)
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
        frame.pushed = self.state.clock.monotonic()
        if frame.message_id:  # before the sending, for the ACK may be quicker than our return
            self._pending[frame.message_id] = frame
        try:
            await connection.ws.send_str(frame.text)
        except ConnectionError:
            connection.cut()
            self._pending.pop(frame.message_id, None)
            return False
        self.frames.append(frame)
        self.state.feed.publish("frame", frame)
        return True

    def _acknowledge(self, text: str) -> None:
        try:
            ack = json.loads(text)
            frame = self._pending[ack["headers"]["messageId"]]
            frame.ack_code = int(ack["code"])
            frame.ack_data = str(ack.get("data"))
            is_taken = frame.kind != "EVENT" or json.loads(frame.ack_data)["status"] == "SUCCESS"
        except (ValueError, KeyError, TypeError):
            return  # counts as no ACK
        if is_taken:
            del self._pending[frame.message_id]
        self.state.feed.publish("ack", frame)


@api("gateway_open", "/v1.0/gateway/connections/open", token=False)
def open_connection(
    state: State, client_id: str, client_secret: str, subscriptions: list[dict[str, str]]
) -> Json:
    state.check_app(client_id, client_secret)
    ticket = state.make_secret()
    state.tickets[ticket] = frozenset((topic["type"], topic["topic"]) for topic in subscriptions)
    return {"endpoint": f"{state.url.replace('http', 'ws', 1)}/connect", "ticket": ticket}
