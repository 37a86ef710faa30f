"""DingTalk's logins for the page, and the signature that lets the page ask for a position."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import unquote, urlencode, urlsplit

from bot.clock import Clock, to_ms
from bot.dingtalk.contacts import Contacts
from bot.dingtalk.openapi import CamelRow, DingTalkApp, OpenApi, Result, Row
from bot.errors import Rejected

_BAD_CODES = frozenset({"40078", "40029"})  # unknown, used or expired
_RENEW_S = 300  # before it expires


class _User(Row):
    userid: str


class _Ticket(CamelRow):
    jsapi_ticket: str
    expire_in: int  # seconds


class _PersonToken(CamelRow):
    access_token: str


@dataclass(eq=False)
class PageIdentity:
    """DingTalk's logins. Each call that asks DingTalk raises UpstreamError."""

    openapi: OpenApi
    contacts: Contacts
    clock: Clock
    app: DingTalkApp
    agent_id: str | None
    corp_id: str | None

    def __post_init__(self) -> None:
        self._asking = asyncio.Lock()
        self._ticket = ""
        self._good_until = 0.0  # on the monotonic clock

    async def user_id_of(self, code: str) -> str | None:
        """Return the user id behind a code of `requestAuthCode`, None for an unknown code.

        A code works once.
        """
        try:
            answer = await self.openapi.read("page_user", {"code": code}, Result[_User])
        except Rejected as error:
            if error.code in _BAD_CODES:
                return None
            raise
        return answer.result.userid

    def login_url(self, redirect_uri: str, state: str) -> str:
        """Return the address of DingTalk's login for other browsers.

        The login returns to `redirect_uri`.
        """
        host = urlsplit(self.app.api_url)
        if (host.hostname or "").startswith("api.dingtalk."):
            host = host._replace(netloc=host.netloc.replace("api.", "login.", 1))
        asked = {
            "client_id": self.app.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "response_type": "code",
            "scope": "openid",
            "prompt": "consent",
        }
        return host._replace(path="/oauth2/auth", query=urlencode(asked)).geturl()

    async def user_id_of_login(self, code: str) -> str | None:
        """Return the user id behind a code of the login, None for an unknown code or a stranger."""
        app = {"clientId": self.app.client_id, "clientSecret": self.app.client_secret}
        body = {**app, "code": code, "grantType": "authorization_code"}
        try:
            granted = await self.openapi.read("login_token", body, _PersonToken)
            person = await self.openapi.call("login_user", None, person_token=granted.access_token)
        except Rejected:
            return None
        union_id = person.get("unionId")
        return await self.contacts.user_id_of(union_id) if isinstance(union_id, str) else None

    async def signature(self, url: str) -> dict[str, object] | None:
        """Return the arguments of `dd.config` for the page at `url`, None without agent id and corp
        id.

        DingTalk signs addresses without percent-encoding (JSAPI 鉴权).
        """
        if self.agent_id is None or self.corp_id is None:
            return None
        async with self._asking:
            if self.clock.monotonic() >= self._good_until:
                answer = await self.openapi.read("page_ticket", {}, _Ticket)
                self._ticket = answer.jsapi_ticket
                self._good_until = self.clock.monotonic() + answer.expire_in - _RENEW_S
        nonce = secrets.token_hex(8)
        at_ms = to_ms(self.clock.now())
        return {
            "agentId": self.agent_id,
            "corpId": self.corp_id,
            "clientId": self.app.client_id,
            "nonceStr": nonce,
            "timeStamp": at_ms,
            "signature": sign(self._ticket, nonce, at_ms, unquote(url)),
        }


def sign(ticket: str, nonce: str, at_ms: int, url: str) -> str:
    """Return the signature of `dd.config`: SHA-256 in hex, as in DingTalk's current sample (JSAPI
    鉴权).
    """
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={at_ms}&url={url}"
    return hashlib.sha256(text.encode()).hexdigest()
