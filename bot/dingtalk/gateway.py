"""Opening a connection to the Stream gateway: the ticket, what is checked about it, the handshake."""

import re
import socket
from dataclasses import dataclass, field
from typing import NoReturn

from yarl import URL

from bot.dingtalk.fields import as_object, as_text
from bot.dingtalk.frames import SUBSCRIPTIONS
from bot.dingtalk.http import DEADLINE_S, Answer, Http, Socket
from bot.dingtalk.openapi import dumps, is_dingtalks
from bot.errors import NotSent, OutcomeUnknown, ServiceStopped

SERVICE = "gateway"
_PATH = "v1.0/gateway/connections/open"
_MOST_TICKET = 1024
_UNREAD = 128 * 1024  # bytes, about a hundred messages
_REFUSALS = frozenset({400, 401, 403, 404})
_REMEDY = "Check dingtalk.client_id, client_secret and api_url, and that the app receives by Stream mode."


@dataclass(frozen=True, slots=True)
class Ticket:
    """Permission to connect once, within 90 s. A secret: never stored, never logged."""

    endpoint: URL
    value: str = field(repr=False)

    def url(self) -> URL:
        """Return what to connect to, as http(s): proxies of the environment are named for these schemes."""
        scheme = "https" if self.endpoint.scheme == "wss" else "http"
        return self.endpoint.with_scheme(scheme).update_query(ticket=self.value)


class Gateway:
    """The gateway at `api_url`, for one app. `deadline_s` bounds the ticket and the handshake, each."""

    def __init__(
        self, http: Http, *, client_id: str, client_secret: str, api_url: str, deadline_s: float = DEADLINE_S
    ) -> None:
        self._http = http
        self._client_id = client_id
        self._client_secret = client_secret
        self._api_url = URL(api_url)
        self._deadline_s = deadline_s

    async def connect(self) -> Socket:
        """Return a new connection. Raises NotSent (try again), ServiceStopped (the app is refused)."""
        ticket = await self.ticket()
        opened = await self._http.connect(ticket.url(), service=SERVICE, deadline_s=self._deadline_s)
        connected: socket.socket | None = opened.get_extra_info("socket")
        if connected is not None:  # bound what the system holds unread: a ping waits behind it
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UNREAD)
        return opened

    async def ticket(self) -> Ticket:
        """Ask for permission to connect. Raises NotSent, ServiceStopped; neither quotes a secret."""
        asked = {
            "clientId": self._client_id,
            "clientSecret": self._client_secret,
            "subscriptions": SUBSCRIPTIONS,
            "ua": "clock-in-bot",
            "localIp": "127.0.0.1",
        }
        try:
            answer = await self._http.post(
                self._api_url.joinpath(_PATH), service=SERVICE, data=dumps(asked), deadline_s=self._deadline_s
            )
        except OutcomeUnknown as error:  # a ticket more harms nobody
            raise NotSent(SERVICE, error.reason) from None
        return read_ticket(answer, self._api_url, secret=self._client_secret)


def read_ticket(answer: Answer, api_url: URL, *, secret: str) -> Ticket:
    """Return the ticket in the gateway's answer. Raises NotSent, ServiceStopped.

    `secret` is what no error may quote, should the answer repeat it.
    """
    body = as_object(answer.body)
    if answer.status != 200:
        _raise_refusal(answer.status, as_text(body.get("code")), secret)
    endpoint, ticket = body.get("endpoint"), body.get("ticket")
    if not isinstance(endpoint, str) or not isinstance(ticket, str) or not 0 < len(ticket) <= _MOST_TICKET:
        raise NotSent(SERVICE, "answered without endpoint and ticket")
    return Ticket(read_endpoint(endpoint, api_url), ticket)


def read_endpoint(endpoint: str, api_url: URL) -> URL:
    """Return the address to connect to: `wss` at a host of DingTalk or of `api_url`. Raises NotSent.

    `ws` is taken only where `api_url` is not encrypted either.
    """
    try:
        url = URL(endpoint)
    except ValueError:
        raise NotSent(SERVICE, "named an endpoint that is no address") from None
    if url.scheme != "wss" and not (url.scheme == "ws" and api_url.scheme == "http"):
        raise NotSent(SERVICE, "named an endpoint that is not encrypted")
    host = url.raw_host or ""
    if not (host == api_url.raw_host or is_dingtalks(host)) or url.raw_user is not None:
        raise NotSent(SERVICE, "named an endpoint of somebody else")
    return url.with_fragment(None)


def _raise_refusal(status: int, code: str, secret: str) -> NoReturn:
    shown = code if re.fullmatch(r"[\w.-]{1,80}", code) and secret not in code else ""
    reason = f"answered HTTP {status} {shown}".rstrip()
    throttled = "limit" in code.lower()  # …QpsLimitForApi and its like come as 403 too
    if status in _REFUSALS and not throttled:
        raise ServiceStopped(SERVICE, reason, _REMEDY)
    raise NotSent(SERVICE, reason)
