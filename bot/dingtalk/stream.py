"""The Stream client: always one connection to the gateway. A new one opens before the old one
closes.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import ClientError, WSMsgType

from bot.clock import Clock
from bot.dingtalk import frames
from bot.dingtalk.frames import Frame
from bot.dingtalk.gateway import Gateway
from bot.dingtalk.http import Socket
from bot.errors import ServiceStopped, UpstreamError

logger = logging.getLogger(__name__)

MOST_IN_HAND = 2_000
SILENCE_S = 60.0  # the gateway pings every 20 to 30 s
DRAIN_S = 10.0  # the gateway cuts a connection this long after its `disconnect`
STABLE_S = 60.0
# The first and the longest pause before the next opening, in seconds.
_USUAL = (1.0, 60.0)
_REFUSED = (20.0, 300.0)  # an operator has to act
_CHANGE_OVER = (1.0, 5.0)  # the old connection lives on for 10 s after its `disconnect`
_PATIENCE_S = 0.4  # for frames in hand at the stop
_FAREWELL_S = 0.1  # for cancelled tasks to end
_CLOSE_S = 0.3
# Why a connection has to be replaced.
_CLOSED = "closed"
_ASKED = "asked to leave"
_SILENT = "silent"

# returns the ACK; None stands for an unreadable text
Handle = Callable[[Frame | None], Awaitable[str | None]]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(eq=False)
class StreamConnection:
    """Reads frames, handles each in its own task, and sends the ACK through the socket of the
    frame.

    While MOST_IN_HAND frames are in hand, nothing is read and the gateway has to wait. `on_ack`
    gets the seconds from each frame to its ACK.
    """

    socket: Socket
    handle: Handle
    clock: Clock
    sleep: Sleep
    on_ack: Callable[[float], None]

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(MOST_IN_HAND)
        self._in_hand: set[asyncio.Task[None]] = set()
        self.departure: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._heard_at = self.began = self.clock.monotonic()

    @property
    def alive(self) -> bool:
        """Return whether messages can still arrive here."""
        return not self.socket.closed and not (
            self.departure.done() and self.departure.result() == _SILENT
        )

    async def serve(self) -> None:
        """Read until the connection ends, and finish its frames.

        If cancelled, finish or drop the frames in hand and close, in less than a second.
        """
        watch = asyncio.create_task(self._watch())
        try:
            await self._read()
            self._leave(_CLOSED)
            await self._settle(None)
        finally:
            watch.cancel()
            self._leave(_CLOSED)
            await self._settle(_PATIENCE_S)
            for task in self._in_hand:
                task.cancel()
            await self._settle(_FAREWELL_S)
            await self._close()

    async def retire(self) -> None:
        """Close after DRAIN_S. By then the gateway has usually cut the connection."""
        if not self.socket.closed:
            await self.sleep(DRAIN_S)
        await self._close()

    async def _read(self) -> None:
        while True:
            arrived = await self.socket.receive()
            if arrived.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await self._take(arrived.data)
            elif arrived.type is WSMsgType.PING:
                self._heard_at = self.clock.monotonic()
                # `receive` will report that it is closed
                with suppress(ClientError, OSError):
                    await self.socket.pong(arrived.data)
            # a pong proves no more than the network
            elif arrived.type is not WSMsgType.PONG:
                return

    async def _take(self, raw: str | bytes) -> None:
        began = self._heard_at = self.clock.monotonic()
        frame = frames.read_frame(raw)
        if frame is not None and frame.kind == frames.SYSTEM:
            if frame.headers.topic == "ping":
                await self._send(frames.ack(frame.headers.frame_id, frame.data), began)
            elif frame.headers.topic == frames.TOPIC_DISCONNECT:
                self._leave(_ASKED)
            return
        await self._room.acquire()
        task = asyncio.create_task(self._work(frame, began))
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)

    async def _work(self, frame: Frame | None, began: float) -> None:
        try:
            answer = await self.handle(frame)
            if answer is not None:
                await self._send(answer, began)
        finally:
            self._room.release()

    async def _send(self, answer: str, began: float) -> None:
        # the message is stored, and a redelivery is recognised
        with suppress(ClientError, OSError):
            await self.socket.send_str(answer)
            self.on_ack(self.clock.monotonic() - began)

    async def _watch(self) -> None:
        """Leave after SILENCE_S without a frame or ping."""
        while (silent_in_s := SILENCE_S - (self.clock.monotonic() - self._heard_at)) > 0:
            await self.sleep(silent_in_s)
            if self._room.locked():  # the client itself has stopped reading
                self._heard_at = self.clock.monotonic()
        self._leave(_SILENT)

    def _leave(self, departure: str) -> None:
        if not self.departure.done():
            self.departure.set_result(departure)

    async def _settle(self, patience_s: float | None) -> None:
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=patience_s)

    async def _close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await self.socket.close()


@dataclass(eq=False)
class StreamClient:
    """Keeps the robot connected."""

    gateway: Gateway
    handle: Handle
    counts: Counter[str]  # events by name; this class counts reconnects
    clock: Clock
    on_ack: Callable[[float], None]
    sleep: Sleep = asyncio.sleep

    def __post_init__(self) -> None:
        self.trouble = ""  # why there is no connection, without secrets; empty while all is well
        self._attempt = 0
        self._current: StreamConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        return self._current is not None and self._current.alive

    async def run(self) -> None:
        """Stay connected until cancelled.

        Then finish or drop the frames in hand within a second.
        """
        try:
            wait_s = 0.0
            while True:
                connection = await self._open(wait_s)
                if self._current is not None:
                    self.counts["reconnects"] += 1
                    self._spawn(self._current.retire())
                self._current = connection
                departure = await asyncio.shield(connection.departure)
                if self.clock.monotonic() - connection.began >= STABLE_S:
                    self.trouble = ""
                    self._attempt = 0
                if departure == _ASKED:
                    logger.info("The Stream gateway asks for a new connection")
                elif self._is_news(departure):
                    logger.warning("The Stream connection is %s; opening another", departure)
                wait_s = self._back_off(*(_USUAL if departure == _CLOSED else _CHANGE_OVER))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._current = None

    async def _open(self, wait_s: float) -> StreamConnection:
        while True:
            if wait_s > 0:
                await self.sleep(wait_s)
            try:
                socket = await self.gateway.connect()
                break
            except UpstreamError as error:
                is_refused = isinstance(error, ServiceStopped)
                if self._is_news(error.reason):
                    level = logging.ERROR if is_refused else logging.WARNING
                    logger.log(
                        level, "No connection to the Stream gateway, trying again. %s", error
                    )
                wait_s = self._back_off(*(_REFUSED if is_refused else _USUAL))
        logger.info("Connected to the Stream gateway")
        connection = StreamConnection(socket, self.handle, self.clock, self.sleep, self.on_ack)
        self._spawn(connection.serve())
        return connection

    def _back_off(self, first_s: float, most_s: float) -> float:
        """Return the seconds to wait: full jitter, doubled by each try since the last stable
        connection.
        """
        ceiling = min(most_s, first_s * 2.0 ** min(self._attempt, 16))
        self._attempt += 1
        return random.uniform(0.0, ceiling)  # noqa: S311

    def _is_news(self, trouble: str) -> bool:
        """Return whether this trouble is new, so that the log names it once."""
        before = self.trouble
        self.trouble = trouble
        return trouble != before

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            logger.error("A Stream connection failed by a bug", exc_info=bug)
