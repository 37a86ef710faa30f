"""Open a connection to the Stream gateway: the ticket, its checks, the handshake."""

import re
import socket
from dataclasses import dataclass
from typing import NoReturn

from pydantic import BaseModel, Field, ValidationError, WebsocketUrl
from yarl import URL

from bot.dingtalk.frames import SUBSCRIPTIONS
from bot.dingtalk.http import Answer, Http, Socket, dumps, is_dingtalks
from bot.dingtalk.openapi import DingTalkApp
from bot.errors import NotSent, OutcomeUnknown, ServiceStopped

SERVICE = "gateway"
_PATH = "v1.0/gateway/connections/open"
_UNREAD = 128 * 1024  # bytes, about a hundred messages
_REFUSALS = frozenset({400, 401, 403, 404})
_REMEDY = "Check dingtalk.client_id, client_secret and api_url, and that the app receives by Stream mode."


class _Opened(BaseModel):
    endpoint: WebsocketUrl
    ticket: str = Field(min_length=1, max_length=1024)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The Stream gateway of an app."""

    http: Http
    app: DingTalkApp

    async def connect(self) -> Socket:
        """Raises NotSent (try again), ServiceStopped (the app is refused)."""
        opened = await self.http.connect(await self.ticket(), service=SERVICE)
        connected: socket.socket | None = opened.get_extra_info("socket")
        if connected is not None:  # bound what the system holds unread: a ping waits behind it
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UNREAD)
        return opened

    async def ticket(self) -> URL:
        """Return the address to connect to once, within 90 s, with its ticket: a secret.

        Raises NotSent, ServiceStopped; neither quotes a secret.
        """
        asked = {
            "clientId": self.app.client_id,
            "clientSecret": self.app.client_secret,
            "subscriptions": SUBSCRIPTIONS,
            "ua": "clock-in-bot",
            "localIp": "127.0.0.1",
        }
        api = URL(self.app.api_url)
        try:
            answer = await self.http.post(api.joinpath(_PATH), service=SERVICE, data=dumps(asked))
        except OutcomeUnknown as error:  # one more ticket is harmless
            raise NotSent(SERVICE, error.reason) from None
        if answer.status != 200:
            self._raise_refusal(answer)
        try:
            opened = _Opened.model_validate(answer.body)
        except ValidationError:
            raise NotSent(SERVICE, "answered without endpoint and ticket") from None
        endpoint = URL(str(opened.endpoint))
        host = endpoint.raw_host or ""
        if endpoint.scheme != "wss" and api.scheme != "http":
            raise NotSent(SERVICE, "named an endpoint that is not encrypted")
        if endpoint.raw_user is not None or not (host == api.raw_host or is_dingtalks(host)):
            raise NotSent(SERVICE, "named an endpoint of somebody else")
        # As http(s): proxies of the environment are named for these schemes.
        scheme = "https" if endpoint.scheme == "wss" else "http"
        return endpoint.with_scheme(scheme).update_query(ticket=opened.ticket)

    def _raise_refusal(self, answer: Answer) -> NoReturn:
        code = str(answer.body.get("code", "")) if isinstance(answer.body, dict) else ""
        is_shown = re.fullmatch(r"[\w.-]{1,80}", code) and self.app.client_secret not in code
        reason = f"answered HTTP {answer.status} {code if is_shown else 'without a code'}"
        throttled = "limit" in code.lower()  # …QpsLimitForApi and its like come as 403 too
        if answer.status in _REFUSALS and not throttled:
            raise ServiceStopped(SERVICE, reason, _REMEDY)
        raise NotSent(SERVICE, reason)
