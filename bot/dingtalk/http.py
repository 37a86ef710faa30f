"""The one HTTP session for outgoing calls: each is answered, not sent, or of unknown outcome."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Literal, NoReturn
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import JsonPayload, Payload
from yarl import URL

from bot.errors import NotSent, OutcomeUnknown, ServiceStopped, UpstreamError

DEADLINE_S = 10.0
CONNECT_S = 3.0
PER_SERVICE = 256  # calls under way at once, so that a service that hangs does not delay the others
MOST_BODY = 1024 * 1024  # bytes read of an answer or a frame
HEAD = 200  # characters kept of an answer that is not JSON
MOST_WAIT_S = 3600.0
_HEARTBEAT_S = 15.0  # between pings; aiohttp gives the pong half of it, then closes the WebSocket
_DOMAINS = (".dingtalk.com", ".dingtalk.io")

_HEADERS = {"User-Agent": "clock-in-bot", "Accept": "application/json"}
_NOT_SENT = (
    aiohttp.ClientConnectorError,  # refused, unreachable, DNS, TLS, the proxy
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    UnicodeError,  # an invalid host name
)
# A function makes the headers when the call leaves, because a signature must not wait in a queue.
Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]
Socket = aiohttp.ClientWebSocketResponse[Literal[True]]
# Runs right before a call leaves, because timers stop while the machine sleeps. Raises ClaimLost
# when another process may make the same call.
ASK_LEASE: ContextVar[Callable[[], None]] = ContextVar("ASK_LEASE", default=lambda: None)
# What a call sends: JSON, a form, or nothing.
Content = Mapping[str, Any] | Payload | None
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # compact JSON


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a server.

    `body` is its JSON. Without JSON it is None and `head` is the start of the text.
    """

    status: int
    body: Any = None
    head: str = ""
    retry_after_s: float = 0
    date: str = field(default="", compare=False)  # the `Date` header


class Http:
    """Calls with a deadline, through the proxy of the environment.

    No error quotes an address or a body.
    """

    def __init__(self) -> None:
        self._proxies = getproxies()  # by scheme
        self._session: aiohttp.ClientSession | None = None
        # by service
        self._slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(PER_SERVICE))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(
        self,
        service: str,
        url: URL,
        body: Content,
        *,
        method: str = "POST",
        headers: Headers | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> Answer:
        """Send `body` and return the answer with any status.

        A redirect is an answer and is not followed. `service` names the API in errors. `deadline_s`
        bounds the call without its wait for a slot of the service. Raises NotSent when the request
        certainly did not leave, OutcomeUnknown when the service may have acted. Raises
        ServiceStopped without a usable proxy, ClaimLost when another process may make the call.
        """
        proxy = self._proxy(service, url)
        data = JsonPayload(body, dumps=encode) if isinstance(body, Mapping) else body
        failure: UpstreamError
        async with self._slots[service]:
            session = self._open(service)
            ASK_LEASE.get()()
            try:
                async with session.request(
                    method,
                    url,
                    data=data,
                    headers=headers() if callable(headers) else headers,
                    timeout=_timeout(deadline_s),
                    allow_redirects=False,
                    proxy=proxy,
                ) as response:
                    return await _read(response)
            except _NOT_SENT as error:
                failure = NotSent(service, _in_words(error))
            except (aiohttp.ClientError, OSError) as error:
                failure = OutcomeUnknown(service, _in_words(error))
        # Outside the except block: aiohttp's errors hold addresses with tokens and must not be the
        # context.
        raise failure

    async def connect(self, service: str, url: URL) -> Socket:
        """Open a WebSocket. Its reader must answer pings. Raises NotSent."""
        proxy = self._proxy(service, url)
        tracing = aiohttp.TraceConfig()
        tracing.on_request_redirect.append(_refuse_redirect)
        # The handshake has a session of its own, because tracing makes each request slower.
        handshake = aiohttp.ClientSession(
            connector=self._open(service).connector,
            connector_owner=False,
            headers=_HEADERS,
            trace_configs=[tracing],
        )
        try:
            async with asyncio.timeout(DEADLINE_S), handshake as session:
                return await session.ws_connect(
                    url,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                    heartbeat=_HEARTBEAT_S,
                    autoping=False,
                    max_msg_size=MOST_BODY,
                    proxy=proxy,
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = NotSent(service, _in_words(error))
        raise failure

    def _open(self, service: str) -> aiohttp.ClientSession:
        if self._session is not None and self._session.closed:
            raise NotSent(service, "the assistant is shutting down")
        if self._session is None:
            # With `trust_env` aiohttp would read the environment again for each request, on a
            # thread.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60),
                headers=_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session

    def _proxy(self, service: str, url: URL) -> URL | None:
        """Return the HTTP proxy for `url`, None for this machine. Raises ServiceStopped."""
        named = self._proxies.get(url.scheme)
        host = url.raw_host or ""
        if not named or host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
            return None
        if not named.startswith(("http://", "https://")):
            remedy = f"Set {url.scheme}_proxy to http://host:port."
            raise ServiceStopped(service, "the proxy of the environment cannot be used", remedy)
        return URL(named)


def is_dingtalks(host: str) -> bool:
    """Return whether `host` belongs to DingTalk, which limits all calls of one IP address to its
    hosts.
    """
    return f".{host}".endswith(_DOMAINS)


async def _refuse_redirect(
    _: aiohttp.ClientSession, __: SimpleNamespace, redirect: aiohttp.TraceRequestRedirectParams
) -> NoReturn:
    """Refuse a redirect of the WebSocket handshake. `ws_connect` has no option for it."""
    redirect.response.close()
    raise aiohttp.ClientError("redirected")


@lru_cache(maxsize=64)
def _timeout(deadline_s: float) -> aiohttp.ClientTimeout:
    # Connecting times out before the call does: only then is it certain that nothing was sent.
    connect_s = min(CONNECT_S, deadline_s / 2)
    return aiohttp.ClientTimeout(total=deadline_s, connect=connect_s, ceil_threshold=float("inf"))


async def _read(response: aiohttp.ClientResponse) -> Answer:
    body = bytearray()
    while not response.content.at_eof() and len(body) <= MOST_BODY:
        body += await response.content.readany()
    wait_s = 0.0
    if response.status >= 400 and response.headers.get("Retry-After", "").isdecimal():
        wait_s = min(float(response.headers["Retry-After"]), MOST_WAIT_S)
    content = None
    head = ""
    try:
        if len(body) <= MOST_BODY:
            content = json.loads(body)
        else:
            response.close()
            head = "an answer of more than 1 MiB"
    except (ValueError, RecursionError):
        head = body[: HEAD * 4].decode("utf-8", "replace").strip()[:HEAD]
    return Answer(response.status, content, head, wait_s, response.headers.get("Date", ""))


def _in_words(error: Exception) -> str:
    """Describe the error without its text, which holds the address."""
    if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.WSServerHandshakeError):
        return f"proxy or handshake answered HTTP {error.status}"
    # its subclasses say more than the error of the system
    if type(error) is aiohttp.ClientConnectorError:
        error = error.os_error
    return f"the call failed ({type(error).__name__})"
