"""The Stream client: always one connection to the gateway, a newer one before an old one goes."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from enum import StrEnum
from typing import TypeVar

import aiohttp

from bot.clock import Clock
from bot.dingtalk import frames
from bot.dingtalk.cards import CardChange, CardPress, ack_of, read_press
from bot.dingtalk.events import Event, read_event
from bot.dingtalk.frames import Frame, UnreadableFrame
from bot.dingtalk.gateway import Gateway
from bot.dingtalk.http import Socket
from bot.domain.messages import Message, SessionWebhook
from bot.errors import BotError, NotSent, ServiceStopped, StoreRefused

logger = logging.getLogger(__name__)

MOST_IN_HAND = 2_000
SILENCE_S = 60.0  # the gateway pings every 20 to 30 s
DRAIN_S = 10.0  # the gateway cuts a connection this long after its `disconnect`
STABLE_S = 60.0
_QUIET_S = 60.0  # garbage is logged at most this often
_FIRST_S, _MOST_S = 1.0, 60.0  # between two openings
_REFUSED_FIRST_S, _REFUSED_MOST_S = 20.0, 300.0  # where an operator has to act
_CHANGE_OVER_MOST_S = 5.0  # a connection lives on for 10 s after its `disconnect`
_PATIENCE_S = 0.4  # for work in hand when we are told to stop
_FAREWELL_S = 0.1  # for the cancelled tasks to end
_CLOSE_S = 0.3

# All are called concurrently. After an error a message or press has no ACK, and an event is asked for again.
TakeMessage = Callable[[Message, SessionWebhook | None], Awaitable[object]]
TakePress = Callable[[CardPress], Awaitable[CardChange | None]]  # returns the change for the ACK
TakeEvent = Callable[[Event], Awaitable[None]]
Handle = Callable[[Frame | None], Awaitable[str | None]]  # returns the ACK; None is a text that is no frame
T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


class Departure(StrEnum):
    """Why a connection has to be replaced."""

    CLOSED = "closed"
    ASKED = "asked to leave"
    SILENT = "silent"


class StreamConnection:
    """Reads frames, has each handled on its own, and sends every ACK down the socket its frame came from.

    At most MOST_IN_HAND frames are in work; beyond that nothing is read, so that the gateway has to wait.
    `on_ack` gets the duration of each ACK in seconds.
    """

    def __init__(
        self, socket: Socket, handle: Handle, *, clock: Clock, sleep: Sleep, on_ack: Callable[[float], None]
    ) -> None:
        self._socket = socket
        self._handle = handle
        self._now = clock.monotonic
        self._sleep = sleep
        self._on_ack = on_ack
        self._room = asyncio.Semaphore(MOST_IN_HAND)
        self._in_hand: set[asyncio.Task[None]] = set()
        self.departure: asyncio.Future[Departure] = asyncio.get_running_loop().create_future()
        self._heard_at = self.began = clock.monotonic()

    @property
    def alive(self) -> bool:
        """Tell whether messages can still come this way."""
        silent = self.departure.done() and self.departure.result() is Departure.SILENT
        return not self._socket.closed and not silent

    async def serve(self) -> None:
        watch = asyncio.create_task(self._watch())
        try:
            await self._read()
        finally:
            watch.cancel()
            self._leave(Departure.CLOSED)
        await self._settle(None)

    async def retire(self) -> None:
        """Close, after the gateway had its time to cut this connection."""
        if not self._socket.closed:
            await self._sleep(DRAIN_S)
        await self._close()

    async def stop(self) -> None:
        """Finish or drop the frames in hand and close, in less than a second. Reading must have ended."""
        await self._settle(_PATIENCE_S)
        for task in self._in_hand:
            task.cancel()
        await self._settle(_FAREWELL_S)
        await self._close()

    async def _read(self) -> None:
        while True:
            arrived = await self._socket.receive()
            if arrived.type is aiohttp.WSMsgType.TEXT:
                await self._take(arrived.data)
            elif arrived.type is aiohttp.WSMsgType.PING:
                self._heard_at = self._now()
                with suppress(aiohttp.ClientError, OSError):  # the next reading says that it is closed
                    await self._socket.pong(arrived.data)
            elif arrived.type is aiohttp.WSMsgType.BINARY:
                await self._take(arrived.data.decode("utf-8", "replace"))
            elif arrived.type is not aiohttp.WSMsgType.PONG:  # a mere echo of our heartbeat is no sign of life
                return

    async def _take(self, raw: str) -> None:
        began = self._heard_at = self._now()
        frame = frames.read_frame(raw)
        if frame is not None and frame.kind == frames.SYSTEM:
            if frame.headers.topic == "ping":
                await self._send(frames.ack(frame.headers.frame_id, frame.data), began)
            elif frame.headers.topic == frames.TOPIC_DISCONNECT:
                self._leave(Departure.ASKED)
            return
        await self._room.acquire()
        task = asyncio.create_task(self._work(frame, began))
        self._in_hand.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._room.release()

    async def _work(self, frame: Frame | None, began: float) -> None:
        answer = await self._handle(frame)
        if answer is not None:
            await self._send(answer, began)

    async def _send(self, answer: str, began: float) -> None:
        with suppress(aiohttp.ClientError, OSError):  # the message is stored; if it comes again it is known
            await self._socket.send_str(answer)
            self._on_ack(self._now() - began)

    async def _watch(self) -> None:
        """Leave once nothing is heard any more."""
        while (silent_in_s := SILENCE_S - (self._now() - self._heard_at)) > 0:
            await self._sleep(silent_in_s)
            if self._room.locked():  # it is us who do not read
                self._heard_at = self._now()
        self._leave(Departure.SILENT)

    def _leave(self, departure: Departure) -> None:
        if not self.departure.done():
            self.departure.set_result(departure)

    async def _settle(self, patience_s: float | None) -> None:
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=patience_s)

    async def _close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await self._socket.close()


class StreamClient:
    """Keeps the robot connected, hands frames over and acknowledges them. `sleep` waits, in seconds."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        take: TakeMessage,
        press: TakePress,
        on_event: TakeEvent,
        clock: Clock,
        rng: random.Random,
        on_ack: Callable[[float], None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.counts = Counter[str]()  # frames, refused, unstored, reconnects
        self.trouble = ""  # why there is no connection, in words without secrets; empty while nothing is wrong
        self._gateway = gateway
        self._take = take
        self._press = press
        self._on_event = on_event
        self._clock = clock
        self._rng = rng
        self._on_ack = on_ack
        self._sleep = sleep
        self._attempt = 0
        self._quiet_until = float("-inf")
        self._current: StreamConnection | None = None
        self._connections: set[StreamConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        return self._current is not None and self._current.alive

    async def run(self) -> None:
        """Stay connected until cancelled; then finish or drop what is in hand and return within a second."""
        try:
            wait_s = 0.0
            while True:
                connection = await self._open(wait_s)
                if self._current is not None:
                    self.counts["reconnects"] += 1
                    self._spawn(self._current.retire())
                self._current = connection
                wait_s = self._after(await asyncio.shield(connection.departure), connection.began)
        finally:
            await self._stop()

    async def handle(self, frame: Frame | None) -> str | None:
        """Hand a frame over; return its ACK, None when there is none. Never raises."""
        if frame is None:
            self._put_aside("not a frame")
            return None
        self.counts["frames"] += 1
        frame_id, is_event = frame.headers.frame_id, frame.kind == frames.EVENT
        try:
            if frame.kind == frames.CALLBACK and frame.headers.topic == frames.TOPIC_MESSAGE:
                message, webhook = frames.read_message(frame.body(), self._clock.now())
                taken = await self._taken(f"Message {message.message_id}", self._take(message, webhook))
                return frames.ack(frame_id) if taken and frame_id else None
            if frame.kind == frames.CALLBACK and frame.headers.topic == frames.TOPIC_PRESS:
                press = read_press(frame.body(), frame.headers.sent_ms, self._clock.now())
                changed = await self._taken("A press", self._press(press))
                return frames.ack(frame_id, ack_of(*changed)) if changed and frame_id else None
            if is_event:
                event = read_event(frame.headers.event_type, frame.body())
                done = event is None or await self._taken("An event", self._on_event(event))
                status = frames.EVENT_TAKEN if done else frames.EVENT_LATER
                return frames.ack(frame_id, status) if frame_id else None
        except UnreadableFrame as error:
            self._put_aside(str(error))
            status = frames.EVENT_TAKEN if is_event else frames.TAKEN
            return frames.ack(frame_id, status) if frame_id else None
        return frames.ack(frame_id, code=frames.NOT_SERVED) if frame_id else None

    def _put_aside(self, reason: str) -> None:
        self.counts["refused"] += 1
        if self._clock.monotonic() >= self._quiet_until:
            self._quiet_until = self._clock.monotonic() + _QUIET_S
            logger.warning("A frame could not be read: %s", reason)

    async def _taken(self, what: str, work: Awaitable[T]) -> tuple[T] | None:
        """Return the result of `work` in a tuple, None where it failed."""
        try:
            return (await work,)
        except StoreRefused:
            self.counts["unstored"] += 1  # readiness reports the store
        except BotError as error:
            logger.warning("%s is not taken: %s", what, error)
        except Exception:
            logger.exception("%s is not taken and may come again", what)
        return None

    async def _open(self, wait_s: float) -> StreamConnection:
        while True:
            if wait_s > 0:
                await self._sleep(wait_s)
            try:
                socket = await self._gateway.connect()
                break
            except ServiceStopped as error:
                if self._is_news(error.reason):
                    logger.error("The Stream gateway refuses the app: %s. %s", error.reason, error.remedy)
                wait_s = self._back_off(_REFUSED_FIRST_S, _REFUSED_MOST_S)
            except NotSent as error:
                if self._is_news(error.reason):
                    logger.warning("No connection to the Stream gateway: %s; trying on", error.reason)
                wait_s = self._back_off(_FIRST_S, _MOST_S)
        logger.info("Connected to the Stream gateway")
        connection = StreamConnection(
            socket, self.handle, clock=self._clock, sleep=self._sleep, on_ack=self._on_ack
        )
        self._connections.add(connection)
        self._spawn(connection.serve()).add_done_callback(lambda _: self._connections.discard(connection))
        return connection

    def _after(self, departure: Departure, began: float) -> float:
        """Note why a connection has to be replaced; return the seconds to wait before the next one."""
        if self._clock.monotonic() - began >= STABLE_S:
            self.trouble, self._attempt = "", 0
        if departure is Departure.ASKED:
            logger.info("The Stream gateway asks for a new connection")
        elif self._is_news(departure):
            logger.warning("The Stream connection is %s; opening another", departure)
        # All but a closed one go on until there is another.
        return self._back_off(_FIRST_S, _MOST_S if departure is Departure.CLOSED else _CHANGE_OVER_MOST_S)

    def _back_off(self, first_s: float, most_s: float) -> float:
        """Return how long to wait: full jitter, doubling; forgotten after a life of STABLE_S."""
        ceiling = min(most_s, first_s * 2.0 ** min(self._attempt, 16))
        self._attempt += 1
        return self._rng.uniform(0.0, ceiling)

    def _is_news(self, trouble: str) -> bool:
        """Tell whether this trouble differs from the last; the same is said again only after a stable life."""
        before, self.trouble = self.trouble, trouble
        return trouble != before

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return task

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            logger.error("A Stream connection failed by a bug", exc_info=bug)

    async def _stop(self) -> None:
        tasks, connections = list(self._tasks), list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(connection.stop() for connection in connections))
        self._current = None
