"""Opening a connection to the Stream gateway: the ticket, what is checked about it, the handshake."""

import asyncio
import json
import re
import socket
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import NoReturn

import aiohttp
from dingtalk_stream.version import VERSION_STRING
from yarl import URL

from bot.dingtalk.calls import is_dingtalks
from bot.dingtalk.frames import SUBSCRIPTIONS
from bot.errors import NotSent, ServiceStopped

_SERVICE = "gateway"
_PATH = "v1.0/gateway/connections/open"
_DEADLINE_S = 10.0  # for each of the two steps; a ticket lives 90 s
_HEARTBEAT_S = 15.0  # a peer that then says nothing for half as long again is gone
_CLOSE_S = 1.0
_MOST_ANSWER = 64 * 1024
_MOST_FRAME = 1024 * 1024
_MOST_TICKET = 1024
_UNREAD = 128 * 1024  # bytes, about a hundred messages
_REFUSALS = frozenset({400, 401, 403, 404})
_REMEDY = "Check dingtalk.client_id, client_secret and api_url, and that the app receives by Stream mode."

Socket = aiohttp.ClientWebSocketResponse[bool]


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to connect once, within 90 s. A secret: never stored, never logged."""

    endpoint: URL
    value: str = field(repr=False)

    def url(self) -> URL:
        """Return what to connect to, as http(s): proxies of the environment are named for these schemes."""
        scheme = "https" if self.endpoint.scheme == "wss" else "http"
        return self.endpoint.with_scheme(scheme).update_query(ticket=self.value)


class Gateway:
    """The gateway at `api_url`, for one app. `deadline_s` bounds the ticket and the handshake, each."""

    def __init__(
        self, *, client_id: str, client_secret: str, api_url: str, deadline_s: float = _DEADLINE_S
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._api_url = URL(api_url)
        self._deadline_s = deadline_s

    async def connect(self, session: aiohttp.ClientSession) -> Socket:
        """Return a new connection. Raises NotSent (try again), ServiceStopped (the app is refused)."""
        return await self._shake_hands(session, await self.ticket(session))

    async def server_time(self, session: aiohttp.ClientSession) -> datetime:
        """Return the time of the server's clock (the `Date` header, to the second). Raises NotSent."""
        try:
            async with (
                asyncio.timeout(self._deadline_s),
                session.get(self._api_url, allow_redirects=False) as answer,
            ):
                return parsedate_to_datetime(answer.headers["Date"])
        except (aiohttp.ClientError, OSError, ValueError, KeyError) as error:
            reason = _describe(error)
        raise NotSent(_SERVICE, reason)

    async def ticket(self, session: aiohttp.ClientSession) -> Ticket:
        """Ask for leave to connect. Raises NotSent, ServiceStopped; neither quotes a secret."""
        try:
            async with asyncio.timeout(self._deadline_s):
                status, body = await self._ask(session)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            reason = _describe(error)
        else:
            return read_ticket(status, body, self._api_url, secret=self._client_secret)
        # Outside of the except block: what the error quotes must not travel on as the cause of ours.
        raise NotSent(_SERVICE, reason)

    async def _ask(self, session: aiohttp.ClientSession) -> tuple[int, bytes]:
        asked = {
            "clientId": self._client_id,
            "clientSecret": self._client_secret,
            "subscriptions": SUBSCRIPTIONS,
            "ua": f"dingtalk-sdk-python/v{VERSION_STRING} clock-in-bot",
            "localIp": "127.0.0.1",
        }
        accepted = {"Accept": "application/json"}  # without it the answer may be XML
        url = self._api_url.joinpath(_PATH)
        async with session.post(url, json=asked, headers=accepted, allow_redirects=False) as response:
            return response.status, await _head(response)

    async def _shake_hands(self, session: aiohttp.ClientSession, ticket: Ticket) -> Socket:
        try:
            async with asyncio.timeout(self._deadline_s):
                opened = await session.ws_connect(
                    ticket.url(),
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_S),
                    heartbeat=_HEARTBEAT_S,
                    autoping=False,  # the reader answers pings, because they prove that the gateway lives
                    max_msg_size=_MOST_FRAME,
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            reason = _describe(error)
        else:
            _keep_queue_short(opened)
            return opened
        raise NotSent(_SERVICE, f"handshake: {reason}")


def _keep_queue_short(opened: Socket) -> None:
    """Bound what the system holds unread: a ping waits behind it."""
    connected: socket.socket | None = opened.get_extra_info("socket")
    if connected is not None:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UNREAD)


def new_session() -> aiohttp.ClientSession:
    """Return a session for one Stream client: proxy from the environment, never a redirect."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse_redirect)  # a handshake has no switch of its own for it
    return aiohttp.ClientSession(trust_env=True, trace_configs=[tracing], cookie_jar=aiohttp.DummyCookieJar())


async def _refuse_redirect(
    _: aiohttp.ClientSession, __: SimpleNamespace, redirect: aiohttp.TraceRequestRedirectParams
) -> NoReturn:
    redirect.response.close()
    raise NotSent(_SERVICE, f"handshake: answered HTTP {redirect.response.status}")


def read_ticket(status: int, body: bytes, api_url: URL, *, secret: str) -> Ticket:
    """Return the ticket in the gateway's answer. Raises NotSent, ServiceStopped.

    `secret` is what no error may quote, should the answer repeat it.
    """
    answer = _decoded(body)
    if status != 200:
        _raise_refusal(status, answer, secret)
    endpoint, ticket = answer.get("endpoint"), answer.get("ticket")
    if not isinstance(endpoint, str) or not isinstance(ticket, str) or not 0 < len(ticket) <= _MOST_TICKET:
        raise NotSent(_SERVICE, "answered without endpoint and ticket")
    return Ticket(read_endpoint(endpoint, api_url), ticket)


def read_endpoint(endpoint: str, api_url: URL) -> URL:
    """Return the address to connect to. Raises NotSent for one that is not DingTalk's or `api_url`'s host.

    `wss` always; `ws` only where `api_url` is not encrypted either.
    """
    try:
        url = URL(endpoint)
    except ValueError:
        raise NotSent(_SERVICE, "named an endpoint that is no address") from None
    if url.scheme != "wss" and not (url.scheme == "ws" and api_url.scheme == "http"):
        raise NotSent(_SERVICE, "named an endpoint that is not encrypted")
    if not _trusted(url.raw_host or "", api_url.raw_host or "") or url.raw_user is not None:
        raise NotSent(_SERVICE, "named an endpoint of somebody else")
    return url.with_fragment(None)


def _trusted(host: str, own_host: str) -> bool:
    return host == own_host or is_dingtalks(host)


def _raise_refusal(status: int, answer: dict[str, object], secret: str) -> NoReturn:
    code = answer.get("code")
    named = isinstance(code, str) and re.fullmatch(r"[\w.-]{1,80}", code) is not None and secret not in code
    reason = f"answered HTTP {status} {code}" if named else f"answered HTTP {status}"
    throttled = "limit" in str(code).lower()  # …QpsLimitForApi and its like come as 403 too
    if status in _REFUSALS and not throttled:
        raise ServiceStopped(_SERVICE, reason, _REMEDY)
    raise NotSent(_SERVICE, reason)


def _decoded(body: bytes) -> dict[str, object]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


async def _head(response: aiohttp.ClientResponse) -> bytes:
    try:
        return await response.content.readexactly(_MOST_ANSWER)
    except asyncio.IncompleteReadError as short:
        return short.partial


def _describe(error: Exception) -> str:
    """Say what happened without quoting the error: aiohttp's texts hold addresses, and those hold tickets."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"answered HTTP {error.status}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return f"no connection ({type(error).__name__})"
