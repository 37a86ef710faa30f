"""The Stream client: always one connection to the gateway, a newer one before an old one goes."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine

import aiohttp

from bot.clock import Clock
from bot.dingtalk.answering import FrameDesk, StreamCounters, StreamHandlers, TakeMessage
from bot.dingtalk.backoff import STABLE_S, GatewayBackoff
from bot.dingtalk.connection import Departure, StreamConnection
from bot.dingtalk.gateway import Gateway, Socket, new_session
from bot.errors import NotSent, ServiceStopped

__all__ = ["StreamClient", "StreamCounters", "StreamHandlers"]

logger = logging.getLogger(__name__)


def _unobserved(_: float) -> None:
    """Take no note of an ACK."""


class StreamClient:
    """Keeps the robot connected; gives messages to `take` and other frames to `handlers`.

    `new_session` makes the HTTP session that `run` owns and closes. `sleep` waits for back-off, silence and
    draining, in seconds. `on_ack` is told how long each ACK took, in seconds, from reading its frame.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        api_url: str,
        take: TakeMessage,
        handlers: StreamHandlers,
        clock: Clock,
        rng: random.Random,
        new_session: Callable[[], aiohttp.ClientSession] = new_session,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_ack: Callable[[float], None] = _unobserved,
    ) -> None:
        self.counters = StreamCounters()
        self._gateway = Gateway(client_id=client_id, client_secret=client_secret, api_url=api_url)
        self._desk = FrameDesk(take, handlers, clock, self.counters)
        self._clock = clock
        self._backoff = GatewayBackoff(rng)
        self._new_session = new_session
        self._sleep = sleep
        self._on_ack = on_ack
        self._current: StreamConnection | None = None
        self._connections: set[StreamConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._trouble: str | None = None

    @property
    def connected(self) -> bool:
        """Tell whether messages can reach us now."""
        return self._current is not None and self._current.alive

    @property
    def trouble(self) -> str:
        """Return why there is no connection, in words without secrets; empty while nothing is wrong."""
        return self._trouble or ""

    async def run(self) -> None:
        """Stay connected until cancelled; then finish or drop what is in hand and return within a second."""
        async with self._new_session() as session:
            try:
                wait_s = 0.0
                while True:
                    wait_s = await self._live_once(session, wait_s)
            finally:
                await self._stop()

    async def _live_once(self, session: aiohttp.ClientSession, wait_s: float) -> float:
        """Use one connection until it has to be replaced; return the seconds to wait before the next."""
        connection = await self._open(session, wait_s)
        if self._current is not None:
            self.counters.reconnects += 1
            self._spawn(self._current.retire())
        self._current = connection
        departure, lived_s = await connection.departure(), connection.lived_s
        self._note_departure(departure, stable=lived_s >= STABLE_S)
        return self._backoff.after_life(lived_s, still_up=departure is not Departure.CLOSED)

    async def _open(self, session: aiohttp.ClientSession, wait_s: float) -> StreamConnection:
        while True:
            if wait_s > 0:
                await self._sleep(wait_s)
            try:
                socket = await self._gateway.connect(session)
            except (NotSent, ServiceStopped) as error:
                self._note_failure(error)
                wait_s = self._backoff.after_failure(refused=isinstance(error, ServiceStopped))
            else:
                logger.info("Connected to the Stream gateway")
                return self._serve(socket)

    def _serve(self, socket: Socket) -> StreamConnection:
        connection = StreamConnection(
            socket,
            self._desk,
            clock=self._clock,
            sleep=self._sleep,
            counters=self.counters,
            on_ack=self._on_ack,
        )
        self._connections.add(connection)
        self._spawn(connection.serve()).add_done_callback(lambda _: self._connections.discard(connection))
        return connection

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

    def _note_departure(self, departure: Departure, *, stable: bool) -> None:
        if stable:
            self._trouble = None
        if departure is Departure.ASKED:
            logger.info("The Stream gateway asks for a new connection")
        elif departure is Departure.IDLE:
            logger.debug("Nothing was pushed for long; another connection takes over")
        elif self._is_news(departure):
            logger.warning("The Stream connection is %s; opening another", departure)

    def _note_failure(self, error: NotSent | ServiceStopped) -> None:
        if not self._is_news(error.reason):
            return
        if isinstance(error, ServiceStopped):
            logger.error("The Stream gateway refuses the app: %s. %s", error.reason, error.remedy)
        else:
            logger.warning("No connection to the Stream gateway: %s; trying on", error.reason)

    def _is_news(self, trouble: str) -> bool:
        """Tell whether this trouble differs from the last; the same is said again only after a stable life."""
        before, self._trouble = self._trouble, trouble
        return trouble != before
