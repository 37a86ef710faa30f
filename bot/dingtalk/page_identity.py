"""Who is at the page inside DingTalk's client, and the signature that lets the page ask for a position."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import unquote

from pydantic import Field

from bot.clock import Clock, to_ms
from bot.dingtalk.apis import PAGE_TICKET, PAGE_USER
from bot.dingtalk.fields import Result, Row
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.outcomes import RejectedCode
from bot.errors import OperatorError, UpstreamError

_BAD_CODES = frozenset({"40078", "40029"})  # unknown, used or expired
_RENEW_S = 300  # before it expires
_LONGEST_S = 7200
_REST_S = 30.0  # after a failure: a visitor without a link can ask for signatures, too


@dataclass(frozen=True, slots=True)
class PageSignature:
    """What DingTalk's script in the page needs before it gives a position."""

    agent_id: str
    corp_id: str
    client_id: str
    nonce: str
    at_ms: int
    signature: str


class _User(Row):
    user_id: str = Field(alias="userid")


class _Ticket(Row):
    ticket: str = Field(alias="jsapiTicket")
    lasts_s: int = Field(alias="expireIn")


class DingTalkPage:
    """Who is at the page, and its signature. Each call raises UpstreamError, ServiceStopped."""

    def __init__(self, openapi: OpenApi, clock: Clock, *, agent_id: str, corp_id: str, client_id: str) -> None:
        self._openapi = openapi
        self._clock = clock
        self._agent_id = agent_id
        self._corp_id = corp_id
        self._client_id = client_id
        self._asking = asyncio.Lock()
        self._ticket: str | UpstreamError | OperatorError = ""  # the ticket, or the error of the last call
        self._good_until = 0.0  # on the monotonic clock

    async def user_id_of(self, code: str) -> str | None:
        """Return the user id behind a login code, None for an unknown code. A code is good once."""
        try:
            found = await self._openapi.read(PAGE_USER, {"code": code}, Result[_User], priority=Priority.PUNCH)
        except RejectedCode as error:
            if error.code in _BAD_CODES:
                return None
            raise
        return found.result.user_id

    async def signature(self, url: str) -> PageSignature:
        """Return the signature of the page at `url`, which has no `#` and is as the client sees it.

        DingTalk signs addresses without percent-encoding (JSAPI 鉴权). However many ask at once, the ticket is
        fetched once, and after a failure not again for some seconds.
        """
        async with self._asking:
            if self._clock.monotonic() >= self._good_until:
                self._ticket, lasts_s = await self._fetch()
                self._good_until = self._clock.monotonic() + lasts_s
        if not isinstance(self._ticket, str):
            raise self._ticket.with_traceback(None)
        nonce, at_ms = secrets.token_hex(8), to_ms(self._clock.now())
        signed = sign(self._ticket, nonce, at_ms, unquote(url))
        return PageSignature(self._agent_id, self._corp_id, self._client_id, nonce, at_ms, signed)

    async def _fetch(self) -> tuple[str | UpstreamError | OperatorError, float]:
        """Return a new ticket, a secret, or the failure; and how many seconds that holds."""
        try:
            found = await self._openapi.read(PAGE_TICKET, {}, _Ticket, priority=Priority.PUNCH)
        except (UpstreamError, OperatorError) as error:
            return error, _REST_S
        return found.ticket, min(found.lasts_s, _LONGEST_S) - _RENEW_S


def sign(ticket: str, nonce: str, at_ms: int, url: str) -> str:
    """Return the signature of `dd.config`: SHA-256 in hex, as DingTalk's present sample has it (JSAPI 鉴权)."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={at_ms}&url={url}"
    return hashlib.sha256(text.encode()).hexdigest()
