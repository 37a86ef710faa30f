"""One connection to the Stream gateway, from its first frame to its last ACK."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum
from functools import partial

import aiohttp

from bot.clock import Clock
from bot.dingtalk.answering import FrameDesk
from bot.dingtalk.frames import PingFrame, SystemFrame, UnreadableFrame, read_frame
from bot.dingtalk.http import Socket

logger = logging.getLogger(__name__)

MOST_IN_HAND = 2_000
SILENCE_S = 60.0  # the gateway pings every 20 to 30 s
IDLE_S = 600.0  # without a message or an event: nobody writes, or the gateway pings and has forgotten to push
DRAIN_S = 10.0  # the gateway cuts a connection this long after its `disconnect`
_PATIENCE_S = 0.4  # for work in hand when we are told to stop
_FAREWELL_S = 0.1  # for what is then cancelled
_CLOSE_S = 0.3

Answer = Callable[[], Awaitable[str | None]]


class Departure(StrEnum):
    """Why a connection has to be replaced."""

    CLOSED = "closed"
    ASKED = "asked to leave"
    SILENT = "silent"
    IDLE = "idle"


class StreamConnection:
    """Reads frames, has each answered on its own, and sends every ACK down the socket its frame came from.

    At most MOST_IN_HAND frames are in work; beyond that nothing is read, so that the gateway has to wait.
    `sleep` waits for the silence and the draining; `on_ack` is told how long each ACK took, in seconds.
    """

    def __init__(
        self,
        socket: Socket,
        desk: FrameDesk,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        on_ack: Callable[[float], None],
    ) -> None:
        self._socket = socket
        self._desk = desk
        self._clock = clock
        self._sleep = sleep
        self._on_ack = on_ack
        self._room = asyncio.Semaphore(MOST_IN_HAND)
        self._in_hand: set[asyncio.Task[None]] = set()
        self._departure: asyncio.Future[Departure] = asyncio.get_running_loop().create_future()
        self._heard_at = self._pushed_at = self._began = clock.monotonic()

    @property
    def alive(self) -> bool:
        """Tell whether messages can still come this way."""
        silent = self._departure.done() and self._departure.result() is Departure.SILENT
        return not self._socket.closed and not silent

    @property
    def lived_s(self) -> float:
        """Return the connection's age in seconds."""
        return self._clock.monotonic() - self._began

    async def departure(self) -> Departure:
        """Wait until the connection has to be replaced."""
        return await asyncio.shield(self._departure)

    async def serve(self) -> None:
        """Read until the socket closes, and let what is then in hand finish."""
        watch = asyncio.create_task(self._watch())
        try:
            await self._read()
        finally:
            watch.cancel()
            self._leave(Departure.CLOSED)
        await self._settle(None)

    async def retire(self) -> None:
        """Close once a newer connection has taken over: after the gateway had its time to cut this one."""
        if not self._socket.closed:
            await self._sleep(DRAIN_S)
        await self._close()

    async def stop(self) -> None:
        """Finish or drop what is in hand and close, in less than a second. Reading must have ended."""
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
                self._heard_at = self._clock.monotonic()
                with suppress(aiohttp.ClientError, OSError):  # the next reading says that it is closed
                    await self._socket.pong(arrived.data)
            elif arrived.type is aiohttp.WSMsgType.BINARY:
                await self._take(arrived.data.decode("utf-8", "replace"))
            elif arrived.type is not aiohttp.WSMsgType.PONG:  # a mere echo of our heartbeat is no sign of life
                return

    async def _take(self, raw: str) -> None:
        began = self._heard_at = self._clock.monotonic()
        answer: Answer
        try:
            frame = read_frame(raw, self._clock.now())
        except UnreadableFrame as error:
            answer = partial(self._desk.refuse, raw, error)
        else:
            match frame:
                case PingFrame():
                    return await self._send(frame.ack, began)
                case SystemFrame():
                    return self._leave(Departure.ASKED) if frame is SystemFrame.DISCONNECT else None
            answer = partial(self._desk.answer, frame)
        self._pushed_at = began
        await self._room.acquire()
        task = asyncio.create_task(self._work(answer, began))
        self._in_hand.add(task)
        task.add_done_callback(self._end)
        return None

    def _end(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._room.release()

    async def _work(self, answer: Answer, began: float) -> None:
        ack = await answer()
        if ack is not None:
            await self._send(ack, began)

    async def _send(self, ack: str, began: float) -> None:
        with suppress(aiohttp.ClientError, OSError):  # the message is stored; if it comes again it is known
            await self._socket.send_str(ack)
            self._on_ack(self._clock.monotonic() - began)

    async def _watch(self) -> None:
        """Leave once nothing is heard any more, or nothing but pings for long."""
        while True:
            now = self._clock.monotonic()
            silent_in_s, idle_in_s = SILENCE_S - (now - self._heard_at), IDLE_S - (now - self._pushed_at)
            if min(silent_in_s, idle_in_s) <= 0:
                self._leave(Departure.SILENT if silent_in_s <= 0 else Departure.IDLE)
                return
            await self._sleep(min(silent_in_s, idle_in_s))
            if self._room.locked():  # it is us who do not read
                self._heard_at = self._pushed_at = self._clock.monotonic()

    def _leave(self, departure: Departure) -> None:
        if not self._departure.done():
            self._departure.set_result(departure)

    async def _settle(self, patience_s: float | None) -> None:
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=patience_s)

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._socket.close()
        except TimeoutError:
            logger.debug("The gateway did not answer the closing of a connection")
