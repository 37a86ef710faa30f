"""How many connections the port holds, whose, and for how long they may keep it waiting."""

import asyncio
import logging
import resource
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.web.guards import Network, counted_as, parsed
from bot.web.headers import ErrorAnswer

log = logging.getLogger(__name__)

MOST, SHARE = 1024, 4  # connections at once; one of so many file handles is the port's, the others are the bot's
TELL_S = 60.0
_HEAD_ENDS = b"\r\n\r\n"


def most_connections() -> int:
    """Return how many connections leave the bot the file handles that it needs itself."""
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if handles == resource.RLIM_INFINITY else max(SHARE, min(MOST, handles // SHARE))


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections there may be at once, half of them from one address, unless it is one of our `proxies`.

    A new one has `head_s` seconds to send the head of a request. After an answer it has `idle_s` to begin another,
    longer than proxies keep an idle one, lest we close what they are just about to use, and from then on `head_s`.
    One that has sent more than the request that was answered has `head_s` at once, and ever after: no browser
    does that, and no proxy.
    """

    most: int = field(default_factory=most_connections)
    head_s: float = 10.0
    idle_s: float = 130.0
    proxies: Sequence[Network] = ()

    @property
    def each(self) -> int:
        """Return how many one address may have."""
        return max(1, self.most // 2)


class Room:
    """The connections that are open. Where it is full, whoever has kept us waiting longest makes room."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self.limits = limits
        self._monotonic = monotonic
        self._inside: dict[HttpConnection, str] = {}
        self._waiting: dict[HttpConnection, None] = {}  # longest first
        self._by_address: Counter[str] = Counter()
        self._untold = 0
        self._told_at = -TELL_S

    def __len__(self) -> int:
        return len(self._inside)

    def enter(self, one: "HttpConnection", address: str) -> bool:
        """Take a connection in; False where there is no room for it. The addresses of an IPv6 /64 count as one."""
        counted = counted_as(parsed(address))
        if not self._is_proxy(address) and self._by_address[counted] >= self.limits.each:
            full = [other for other in self._waiting if self._inside[other] == counted]
        elif len(self._inside) >= self.limits.most:
            full = list(self._waiting)
        else:
            self._inside[one] = counted
            self._by_address[counted] += 1
            return True
        self._tell()
        if not full:
            return False
        full[0].drop()
        return self.enter(one, address)

    def leave(self, one: "HttpConnection") -> None:
        """Forget a connection, also one that never entered."""
        self._waiting.pop(one, None)
        address = self._inside.pop(one, None)
        if address is not None:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def waits(self, one: "HttpConnection") -> None:
        """Note that a connection keeps us waiting from now on; one that was dropped meanwhile does not."""
        self._waiting.pop(one, None)
        if one in self._inside:
            self._waiting[one] = None

    def works(self, one: "HttpConnection") -> None:
        """Note that a connection waits for us."""
        self._waiting.pop(one, None)

    def _is_proxy(self, address: str) -> bool:
        peer = parsed(address)
        return peer is not None and any(peer in network for network in self.limits.proxies)

    def _tell(self) -> None:
        """Log that there was no room, once a minute: a flood is not to fill the disk too."""
        self._untold += 1
        now = self._monotonic()
        if now - self._told_at >= TELL_S:
            log.warning("the web port had no room: %d connections closed since last said", self._untold)
            self._told_at, self._untold = now, 0


_NOTHING_KEPT = logging.Logger("nothing", logging.CRITICAL)  # no access log: addresses hold tokens


class HttpConnection(web.RequestHandler):
    """One connection: refused where there is no room, closed when it keeps us waiting too long."""

    def __init__(self, server: web.Server, room: Room, logger: logging.Logger) -> None:
        self._room = room
        self._loop_of_it = asyncio.get_running_loop()
        self._too_long: asyncio.TimerHandle | None = None
        self._idle = False  # nothing has come since the last answer
        self._head_tail = b""  # of a head that has not ended
        self._beyond_head: int | None = None  # bytes that came after the head of the request at hand
        self._runs_ahead = False
        self._entered = False
        limits = room.limits
        super().__init__(
            server,
            loop=self._loop_of_it,
            logger=logger,
            access_log=_NOTHING_KEPT,
            keepalive_timeout=limits.idle_s,
            lingering_time=min(2.0, limits.head_s),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Enter, or be closed at once."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self._entered = self._room.enter(self, str(peer[0]).partition("%")[0] if peer else "")
        if not self._entered:
            transport.abort()
            return
        super().connection_made(transport)
        self.waits(self._room.limits.head_s)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Make room."""
        self.works()
        self._room.leave(self)
        if self._entered:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on. The first bytes after an answer begin a head, for which there is as long as for a first one."""
        if self._idle and self._too_long is not None:
            self._idle = False
            ends = min(self._too_long.when(), self._loop_of_it.time() + self._room.limits.head_s)
            self._too_long.cancel()
            self._too_long = self._loop_of_it.call_at(ends, self.drop)
        self._count(data)
        super().data_received(data)

    def _count(self, data: bytes) -> None:
        """Count what comes after the head of the request at hand: the parser does not tell what it has left."""
        if self._beyond_head is not None:
            self._beyond_head += len(data)
            return
        head, ended, beyond = (self._head_tail + data).partition(_HEAD_ENDS)
        if ended:
            self._beyond_head = len(beyond)
        self._head_tail = head[1 - len(_HEAD_ENDS) :]

    def idles(self, body: int) -> None:
        """Begin to count how long it is silent after the answer to a request with `body` bytes beyond its head."""
        if self._beyond_head != body:  # also for a body in chunks, whose sizes are not counted
            self._runs_ahead = True
        self._head_tail, self._beyond_head = b"", None
        if self.transport is not None:
            self.waits(self._room.limits.head_s if self._runs_ahead else self._room.limits.idle_s)
            self._idle = not self._runs_ahead

    def drop(self) -> None:
        """Close without another word."""
        self._room.leave(self)
        if self.transport is not None:
            self.transport.abort()

    def waits(self, seconds: float) -> None:
        """Begin to count how long we are kept waiting, which may be `seconds`."""
        self.works()
        self._room.waits(self)
        self._too_long = self._loop_of_it.call_later(seconds, self.drop)

    def works(self) -> None:
        """Stop to count it: now it is we who are waited for."""
        self._room.works(self)
        self._idle = False
        if self._too_long is not None:
            self._too_long.cancel()
            self._too_long = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is broken as any other error, and log what is ours."""
        super().handle_error(request, status, exc, message)
        answer = ErrorAnswer(status, "bad" if status < 500 else "unknown")
        answer.force_close()
        return answer


@web.middleware
async def count_waiting(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the connection of a request wait for us while it is answered."""
    connection = request.protocol
    if not isinstance(connection, HttpConnection):
        return await handler(request)
    connection.works()
    try:
        return await handler(request)
    finally:
        connection.idles(request.content.total_bytes)
