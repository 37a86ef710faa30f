"""The one HTTP session for calls that leave, and whether a call was answered, not sent, or of unknown outcome."""

import asyncio
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Literal, NoReturn
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.errors import NotSent, OutcomeUnknown, ServiceStopped, UpstreamError

DEADLINE_S = 10.0
CONNECT_S = 3.0
PER_SERVICE = 256  # calls under way at once; one that hangs holds up no other
MOST_BODY = 1024 * 1024  # bytes of an answer or a frame that are read
LARGE = 256 * 1024  # bytes that are written in pieces, so that the event loop goes on meanwhile
HEAD = 200  # characters kept of an answer that is not JSON
MOST_WAIT_S = 3600.0
_HEARTBEAT_S = 15.0  # a WebSocket peer that then says nothing for half as long again is gone
_DOMAINS = ("dingtalk.com", "dingtalk.io")
_WITHIN = tuple(f".{domain}" for domain in _DOMAINS)

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_NOT_SENT = (
    aiohttp.ClientConnectorError,  # refused, unreachable, DNS, TLS, the proxy
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    UnicodeError,  # an invalid host name
)
# A function makes headers as the call leaves: a signature must not grow old in a queue.
Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]
Socket = aiohttp.ClientWebSocketResponse[Literal[True]]
# Asked right before a call leaves, since timers stop while the machine sleeps. It raises ClaimLost where others
# may be making the call by now.
ASK_LEASE: ContextVar[Callable[[], None]] = ContextVar("ASK_LEASE", default=lambda: None)
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. `body` is the JSON; without JSON it is None, and `head` is how the text begins."""

    status: int
    body: Any = None
    head: str = ""
    retry_after_s: float | None = None


class Http:
    """Calls with a deadline, through the proxy that the environment names. No error quotes address or body."""

    def __init__(self, *, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        self._proxies: dict[tuple[str, str | None], URL | None] = {}  # by scheme and host
        self._slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(PER_SERVICE))  # by service
        self.socket_class: type[Socket] = aiohttp.ClientWebSocketResponse

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()

    async def post(
        self,
        url: URL,
        *,
        service: str,
        data: bytes,
        method: str = "POST",
        headers: Headers | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> Answer:
        """Send JSON and return the answer with any status; redirects are answers, never followed.

        `service` names the API in errors. `deadline_s` bounds the whole call, connecting takes at most 3 s of it.
        It does not count the wait for a slot of the service: else a crowd of calls would all be given up, and
        tried again, for ever.
        Raises NotSent when the request certainly did not leave, OutcomeUnknown when it may have been carried out,
        ServiceStopped when the proxy cannot be used, ClaimLost when others may be making the call by now.
        """
        proxy = self._proxy(service, url)
        failure: UpstreamError
        async with self._slots[service]:
            session = self._open(service)
            ASK_LEASE.get()()
            try:
                async with session.request(
                    method,
                    url,
                    data=data if len(data) < LARGE else io.BytesIO(data),
                    headers={**_JSON, **(headers() if callable(headers) else headers or {})},
                    timeout=_timeout(deadline_s),
                    allow_redirects=False,
                    proxy=proxy,
                ) as response:
                    return await _read(response)
            except _NOT_SENT as error:
                failure = NotSent(service, _in_words(error))
            except (aiohttp.ClientError, OSError) as error:
                failure = OutcomeUnknown(service, _in_words(error))
        # Outside of the except block: aiohttp's errors hold addresses with tokens and must not be context.
        raise failure

    async def connect(self, url: URL, *, service: str) -> Socket:
        """Open a WebSocket. Its reader answers pings, which prove that the server lives. Raises NotSent."""
        proxy, session = self._proxy(service, url), self._open(service)
        socket: Socket
        try:
            async with asyncio.timeout(DEADLINE_S):
                socket = await session.ws_connect(
                    url,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                    heartbeat=_HEARTBEAT_S,
                    autoping=False,
                    max_msg_size=MOST_BODY,
                    proxy=proxy,
                )
                return socket
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = NotSent(service, _in_words(error))
        raise failure

    async def server_time(self, url: URL, *, service: str) -> datetime:
        """Return the time of the server's clock (the `Date` header, to the second). Raises NotSent."""
        proxy, session = self._proxy(service, url), self._open(service)
        try:
            async with session.get(
                url, timeout=_timeout(DEADLINE_S), allow_redirects=False, proxy=proxy
            ) as answer:
                return parsedate_to_datetime(answer.headers["Date"])
        except (aiohttp.ClientError, OSError, ValueError, KeyError) as error:
            failure = NotSent(service, _in_words(error))
        raise failure

    def _open(self, service: str) -> aiohttp.ClientSession:
        if self._closed:
            raise NotSent(service, "the assistant is shutting down")
        if self._session is None:
            tracing = aiohttp.TraceConfig()
            tracing.on_request_redirect.append(_refuse_redirect)
            # aiohttp's own reading of the environment asks it anew, on a thread, for each request.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60, resolver=self._resolver),
                headers={"User-Agent": "clock-in-bot"},
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                trace_configs=[tracing],
                ws_response_class=self.socket_class,
            )
        return self._session

    def _proxy(self, service: str, url: URL) -> URL | None:
        key = (url.scheme, url.raw_host)
        if key not in self._proxies:
            self._proxies[key] = find_proxy(service, url)
        return self._proxies[key]


@contextmanager
def asking_too(check: Callable[[], None]) -> Iterator[None]:
    """Ask `check`, too, before a call of this task leaves inside the block; its errors propagate."""
    before, task = ASK_LEASE.get(), asyncio.current_task()

    def both() -> None:
        before()
        if asyncio.current_task() is task:  # tasks that it began serve others, too
            check()

    token = ASK_LEASE.set(both)
    try:
        yield
    finally:
        ASK_LEASE.reset(token)


def dumps(body: object) -> bytes:
    """Return `body` as compact JSON in UTF-8."""
    return _encoder.encode(body).encode()


def is_dingtalks(host: str) -> bool:
    """Tell whether `host` is DingTalk's own: calls to it count towards the limit of our address."""
    return host in _DOMAINS or host.endswith(_WITHIN)


def find_proxy(service: str, url: URL) -> URL | None:
    """Return the HTTP proxy of the environment for `url`, none for this machine. Raises ServiceStopped."""
    named, host = getproxies().get(url.scheme), url.raw_host or ""
    if not named or host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
        return None
    if not named.startswith(("http://", "https://")):
        remedy = f"Let {url.scheme}_proxy be http://host:port."
        raise ServiceStopped(service, "the proxy of the environment cannot be used", remedy)
    return URL(named)


async def _refuse_redirect(
    _: aiohttp.ClientSession, __: SimpleNamespace, redirect: aiohttp.TraceRequestRedirectParams
) -> NoReturn:
    """End a redirected handshake: `ws_connect` has no switch for it."""
    redirect.response.close()
    raise aiohttp.ClientError("redirected")


@lru_cache(maxsize=64)
def _timeout(deadline_s: float) -> aiohttp.ClientTimeout:
    # Connecting must run out before the whole does, for only then is it certain that nothing was sent.
    connect_s = min(CONNECT_S, deadline_s / 2)
    return aiohttp.ClientTimeout(total=deadline_s, connect=connect_s, ceil_threshold=float("inf"))


async def _read(response: aiohttp.ClientResponse) -> Answer:
    body = bytearray()
    while not response.content.at_eof() and len(body) <= MOST_BODY:
        body += await response.content.readany()
    wait_s: float | None = None
    if response.status >= 400 and response.headers.get("Retry-After", "").isdecimal():
        wait_s = min(float(response.headers["Retry-After"]), MOST_WAIT_S)
    if len(body) > MOST_BODY:
        response.close()
        return Answer(response.status, None, "an answer of more than 1 MiB", wait_s)
    try:
        return Answer(response.status, json.loads(body), "", wait_s)
    except (ValueError, RecursionError):
        return Answer(response.status, None, body[: HEAD * 4].decode("utf-8", "replace").strip()[:HEAD], wait_s)


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ConnectionTimeoutError, "no connection in time"),
    (aiohttp.ClientConnectorDNSError, "the host's name cannot be resolved"),
    (aiohttp.ClientConnectorCertificateError, "the host's certificate is not trusted"),
    (aiohttp.ClientSSLError, "no encrypted connection"),
    (TimeoutError, "no answer in time"),
)


def _in_words(error: Exception) -> str:
    """Say what happened without quoting the error: its text holds the address."""
    if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.WSServerHandshakeError):
        return f"proxy or handshake answered HTTP {error.status}"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    words = (said for kind, said in _WORDS if isinstance(error, kind))
    return next(words, f"the connection broke ({type(cause).__name__})")
