"""Open a connection to the Stream gateway: get a ticket, check its endpoint, connect."""

import re
import socket
from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError, WebsocketUrl
from yarl import URL

from bot.dingtalk.frames import SUBSCRIPTIONS
from bot.dingtalk.http import Answer, Http, Socket, is_dingtalks
from bot.dingtalk.openapi import DingTalkApp
from bot.dingtalk.outcomes import body_of
from bot.errors import (
    NotSent,
    OutcomeUnknown,
    Rejected,
    ServiceStopped,
    TokenExpired,
    UpstreamError,
)

SERVICE = "gateway"
_UNREAD = 128 * 1024  # bytes, about a hundred messages
_REMEDY = (
    "Check dingtalk.client_id, client_secret and api_url, and that the app receives by Stream mode."
)


class _Opened(BaseModel):
    endpoint: WebsocketUrl
    ticket: str = Field(min_length=1, max_length=1024)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The Stream gateway of an app."""

    http: Http
    app: DingTalkApp

    async def connect(self) -> Socket:
        """Open a WebSocket. Raises NotSent (try again), ServiceStopped (the app is refused)."""
        opened = await self.http.connect(SERVICE, await self.secret_url())
        connected: socket.socket | None = opened.get_extra_info("socket")
        if connected is not None:  # so that a ping is not behind a large backlog
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UNREAD)
        return opened

    async def secret_url(self) -> URL:
        """Return the secret address for one connection within 90 s.

        NotSent and ServiceStopped do not quote it.
        """
        asked = {
            "clientId": self.app.client_id,
            "clientSecret": self.app.client_secret,
            "subscriptions": SUBSCRIPTIONS,
            "ua": "clock-in-bot",
            "localIp": "127.0.0.1",
        }
        try:
            answer = await self.http.post(SERVICE, self.app.url_of(SERVICE), asked)
        except OutcomeUnknown as error:  # a second ticket does no harm
            raise NotSent(SERVICE, error.reason) from None
        try:
            opened = _Opened.model_validate(body_of(SERVICE, answer))
        except ValidationError:
            raise NotSent(SERVICE, "answered without endpoint and ticket") from None
        except (ServiceStopped, Rejected, TokenExpired):
            raise ServiceStopped(SERVICE, self._refusal(answer), _REMEDY) from None
        except UpstreamError:
            raise NotSent(SERVICE, self._refusal(answer)) from None
        return check_endpoint(opened.endpoint, URL(self.app.api_url)).update_query(
            ticket=opened.ticket
        )

    def _refusal(self, answer: Answer) -> str:
        """Describe a refusal by its status and code.

        The words of the gateway may quote the secret.
        """
        code = str(answer.body.get("code", "")) if isinstance(answer.body, dict) else ""
        is_shown = re.fullmatch(r"[\w.-]{1,80}", code) and self.app.client_secret not in code
        return f"answered HTTP {answer.status} {code if is_shown else 'without a code'}"


def check_endpoint(named: WebsocketUrl, api: URL) -> URL:
    """Return the endpoint that the gateway at `api` named, with http(s) in place of ws(s).

    The environment names proxies for http and https only. Raises NotSent for an unencrypted
    endpoint, and for a host of neither DingTalk nor `api`.
    """
    endpoint = URL(str(named))
    host = endpoint.raw_host or ""
    if endpoint.scheme != "wss" and api.scheme != "http":
        raise NotSent(SERVICE, "named an endpoint that is not encrypted")
    if endpoint.raw_user is not None or not (host == api.raw_host or is_dingtalks(host)):
        raise NotSent(
            SERVICE, "named an endpoint that is neither DingTalk's nor at dingtalk.api_url"
        )
    return endpoint.with_scheme("https" if endpoint.scheme == "wss" else "http")
