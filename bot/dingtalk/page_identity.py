"""Who is at the page inside DingTalk's client, and the signature that lets the page ask for a position."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import unquote

from bot.clock import Clock, to_ms
from bot.dingtalk.apis import PAGE_TICKET, PAGE_USER
from bot.dingtalk.fields import as_int, as_object, as_text
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.outcomes import RejectedCode
from bot.errors import OperatorError, OutcomeUnknown, UpstreamError

_BAD_CODES = frozenset({"40078", "40029"})  # unknown, used or expired
_RENEW_S = 300.0  # before it expires
_LONGEST_S = 7200.0
_REST_S = 30.0  # after a failure: whoever opens the page may ask for a signature, without a link


@dataclass(frozen=True, slots=True)
class PageSignature:
    """What DingTalk's script in the page needs before it gives a position."""

    agent_id: str
    corp_id: str
    client_id: str
    nonce: str
    at_ms: int
    signature: str


class DingTalkPage:
    """Who is at the page, by DingTalk's word. Each call raises UpstreamError or ServiceStopped."""

    def __init__(self, openapi: OpenApi, clock: Clock, *, agent_id: str, corp_id: str, client_id: str) -> None:
        self._openapi = openapi
        self._clock = clock
        self._agent_id = agent_id
        self._corp_id = corp_id
        self._client_id = client_id
        self._ticket = ""
        self._ticket_until = 0.0  # on the monotonic clock
        self._asking = asyncio.Lock()
        self._failed: UpstreamError | OperatorError | None = None
        self._rests_until = 0.0

    async def user_id_of(self, code: str) -> str | None:
        """Return whose login code this is; None for one that DingTalk does not know. A code is good once."""
        try:
            answer = await self._openapi.call(PAGE_USER, {"code": code}, priority=Priority.PUNCH)
        except RejectedCode as error:
            if error.code in _BAD_CODES:
                return None
            raise
        return as_text(as_object(answer.get("result")).get("userid")) or None

    async def signature(self, url: str) -> PageSignature:
        """Return the signature of the page at `url`, which has no `#` and is as the client sees it.

        DingTalk signs addresses without percent-encoding (JSAPI 鉴权).
        """
        ticket = await self._current_ticket()
        nonce, at_ms = secrets.token_hex(8), to_ms(self._clock.now())
        signed = sign(ticket, nonce, at_ms, unquote(url))
        return PageSignature(self._agent_id, self._corp_id, self._client_id, nonce, at_ms, signed)

    async def _current_ticket(self) -> str:
        """Return the app's ticket, which DingTalk gives out for two hours. A secret.

        However many ask at once it is fetched once, and after a failure not again for some seconds.
        """
        async with self._asking:
            now = self._clock.monotonic()
            if now >= self._ticket_until:
                if self._failed is not None and now < self._rests_until:
                    raise self._failed.with_traceback(None)
                try:
                    self._ticket, lasts_s = await self._fetched()
                except (UpstreamError, OperatorError) as error:
                    self._failed, self._rests_until = error, self._clock.monotonic() + _REST_S
                    raise
                self._failed, self._ticket_until = None, now + min(lasts_s, _LONGEST_S) - _RENEW_S
            return self._ticket

    async def _fetched(self) -> tuple[str, float]:
        """Return a new ticket, and how many seconds it lasts."""
        answer = await self._openapi.call(PAGE_TICKET, {}, priority=Priority.PUNCH)
        ticket, lasts_s = as_text(answer.get("jsapiTicket")), as_int(answer.get("expireIn")) or 0
        if not ticket:
            raise OutcomeUnknown(PAGE_TICKET.name, "answered without the ticket")
        return ticket, float(lasts_s)


def sign(ticket: str, nonce: str, at_ms: int, url: str) -> str:
    """Return the signature of `dd.config`: SHA-256 in hex, as DingTalk's present sample has it (JSAPI 鉴权)."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={at_ms}&url={url}"
    return hashlib.sha256(text.encode()).hexdigest()
