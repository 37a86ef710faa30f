"""The Stream client: always one connection to the gateway, a newer one before an old one goes."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine

from bot.clock import Clock
from bot.dingtalk.answering import FrameDesk, KeepRefused, TakeEvent, TakeMessage
from bot.dingtalk.connection import Departure, StreamConnection
from bot.dingtalk.gateway import Gateway
from bot.errors import NotSent, ServiceStopped

logger = logging.getLogger(__name__)

STABLE_S = 60.0
_FIRST_S, _MOST_S = 1.0, 60.0
_REFUSED_FIRST_S, _REFUSED_MOST_S = 20.0, 300.0
_CHANGE_OVER_MOST_S = 5.0  # a connection lives on for 10 s after its `disconnect`


class GatewayBackoff:
    """How long to wait for another connection: full jitter, doubling; forgotten after a life of STABLE_S."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._attempt = 0

    def after_failure(self, *, refused: bool) -> float:
        """Return the seconds to wait after a failed opening; `refused`: an operator has to act."""
        return self._wait_s(_REFUSED_FIRST_S, _REFUSED_MOST_S) if refused else self._wait_s(_FIRST_S, _MOST_S)

    def after_life(self, lived_s: float, *, still_up: bool) -> float:
        """Return the seconds to wait after a connection lived; `still_up`: it goes on until there is another."""
        stable = lived_s >= STABLE_S
        if stable:
            self._attempt = 0
        if still_up:
            return 0.0 if stable else self._wait_s(_FIRST_S, _CHANGE_OVER_MOST_S)
        return self._wait_s(_FIRST_S, _MOST_S)

    def _wait_s(self, first_s: float, most_s: float) -> float:
        ceiling = min(most_s, first_s * 2.0 ** min(self._attempt, 16))
        self._attempt += 1
        return self._rng.uniform(0.0, ceiling)


class StreamClient:
    """Keeps the robot connected and hands its frames over; see `FrameDesk`.

    `sleep` waits for back-off, silence and draining, in seconds. `on_ack` is told how long each ACK took, in
    seconds, from reading its frame.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        take: TakeMessage,
        on_event: TakeEvent,
        on_refused: KeepRefused,
        clock: Clock,
        rng: random.Random,
        on_ack: Callable[[float], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.counts = Counter[str]()  # frames, refused, unstored, reconnects
        self._gateway = gateway
        self._desk = FrameDesk(take, on_event, on_refused, clock, self.counts)
        self._clock = clock
        self._backoff = GatewayBackoff(rng)
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
        try:
            wait_s = 0.0
            while True:
                connection = await self._open(wait_s)
                if self._current is not None:
                    self.counts["reconnects"] += 1
                    self._spawn(self._current.retire())
                self._current = connection
                departure, lived_s = await connection.departure(), connection.lived_s
                self._note_departure(departure, stable=lived_s >= STABLE_S)
                wait_s = self._backoff.after_life(lived_s, still_up=departure is not Departure.CLOSED)
        finally:
            await self._stop()

    async def _open(self, wait_s: float) -> StreamConnection:
        """Return a connection that is being served."""
        while True:
            if wait_s > 0:
                await self._sleep(wait_s)
            try:
                socket = await self._gateway.connect()
                break
            except (NotSent, ServiceStopped) as error:
                self._note_failure(error)
                wait_s = self._backoff.after_failure(refused=isinstance(error, ServiceStopped))
        logger.info("Connected to the Stream gateway")
        connection = StreamConnection(
            socket, self._desk, clock=self._clock, sleep=self._sleep, on_ack=self._on_ack
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
