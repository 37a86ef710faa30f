"""DingTalk's OpenAPI: calls within the limits, with the access token, on the old host and the new one."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from math import inf
from typing import Any

from yarl import URL

from bot.clock import Clock
from bot.dingtalk.apis import ACCESS_TOKEN, Api, Host
from bot.dingtalk.fields import as_int, as_object, as_text
from bot.dingtalk.http import DEADLINE_S, Answer, Headers, Http
from bot.dingtalk.limits import Limits, Priority
from bot.dingtalk.outcomes import AnswerKind, Outcome, classify, error_of
from bot.errors import BotError, NotSent, OperatorError, OutcomeUnknown, UpstreamError

log = logging.getLogger(__name__)

MOST_RETRIES = 3
FIRST_WAIT_S = 0.25
_LEAST_S = 1.0  # a retry is given no less
_EARLY_S = (300.0, 600.0)  # the official tutorial renews ten minutes early, the official SDK five
_ASK_AGAIN_S = 30.0  # after an early renewal that failed
_LIFE_S = 7200
_DOMAINS = ("dingtalk.com", "dingtalk.io")
_WITHIN = tuple(f".{domain}" for domain in _DOMAINS)
_Place = Callable[[str], Awaitable[tuple[Outcome, Answer]]]
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def is_dingtalks(host: str) -> bool:
    """Tell whether `host` is DingTalk's own: calls to it count towards the limit of our address."""
    return host in _DOMAINS or host.endswith(_WITHIN)


def dumps(body: object) -> bytes:
    """Return `body` as compact JSON in UTF-8."""
    return _encoder.encode(body).encode()


class Calls:
    """Places calls within the limits, and lets the limits learn from refusals."""

    def __init__(self, http: Http, limits: Limits) -> None:
        self._http = http
        self._limits = limits

    async def place(
        self,
        api: Api,
        url: URL,
        data: bytes,
        *,
        priority: Priority,
        headers: Headers | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> tuple[Outcome, Answer]:
        """Wait for a turn, post `data`, and return what came back with its meaning.

        `deadline_s` bounds the posting, not the wait. Raises NotSent, OutcomeUnknown, ServiceStopped when nothing
        came back.
        """
        counted = is_dingtalks(url.raw_host or "")
        await self._limits.turn(api.name, priority, counted=counted)
        answer = await self._http.post(url, service=api.name, data=data, headers=headers, deadline_s=deadline_s)
        outcome = classify(api.host, answer, writes=api.writes)
        if outcome.verdict is AnswerKind.TOO_FAST:
            self._limits.slow_down(api.name)
        elif outcome.ban and outcome.wait_s is not None:
            self._limits.pause(api.name, outcome.wait_s, counted=counted)
        return outcome, answer


class AccessToken:
    """The app's token: asked for once, for everybody who waits, renewed before it ends. Kept in memory only."""

    def __init__(
        self, calls: Calls, *, api_url: URL, client_id: str, client_secret: str, clock: Clock, rng: random.Random
    ) -> None:
        self._calls = calls
        self._url = api_url.joinpath(ACCESS_TOKEN.path[1:])
        self._request = dumps({"appKey": client_id, "appSecret": client_secret})
        self._clock = clock
        self._rng = rng
        self._value = ""
        self._renew_at = self._ends_at = -inf  # on the monotonic clock
        self._lock = asyncio.Lock()
        self._asked = 0  # how often the service was asked
        self._failure: BotError | None = None  # the error of the last renewal

    async def current(self) -> str:
        """Return a token that should be good. Raises NotSent, ServiceStopped when there is none to be had."""
        now = self._clock.monotonic()
        if now < self._renew_at or (now < self._ends_at and self._lock.locked()):
            return self._value
        try:
            return await self.renew(self._value)
        except (UpstreamError, OperatorError):
            if now >= self._ends_at:
                raise
            self._renew_at = now + _ASK_AGAIN_S
            return self._value

    async def renew(self, refused: str) -> str:
        """Return another token than `refused`. Whoever asks meanwhile gets the same token, or the same failure."""
        if refused != self._value:
            return self._value
        asked = self._asked
        async with self._lock:
            if self._asked == asked:
                before, self._failure = self._failure, await self._ask()
                self._asked += 1
                if self._failure is not None and before is None:
                    log.warning("no access token to be had: %s", self._failure)
                elif self._failure is None and before is not None:
                    log.info("there is an access token again")
            if self._failure is not None:
                raise self._failure.with_traceback(None)  # one error for many waiters
            return self._value

    async def _ask(self) -> BotError | None:
        try:
            outcome, answer = await self._calls.place(
                ACCESS_TOKEN, self._url, self._request, priority=Priority.PUNCH
            )
        except OperatorError as error:
            return error
        except UpstreamError as error:
            return NotSent(ACCESS_TOKEN.name, error.reason)
        if outcome.verdict in (AnswerKind.STOPPED, AnswerKind.BUSY, AnswerKind.TOO_FAST):
            return error_of(ACCESS_TOKEN, outcome)
        body = as_object(answer.body)
        value = as_text(body.get("accessToken"))
        if outcome.verdict is not AnswerKind.ACCEPTED or not value:
            return NotSent(ACCESS_TOKEN.name, outcome.reason or "answered without a token")
        life_s = as_int(body.get("expireIn")) or _LIFE_S
        self._value = value
        self._ends_at = self._clock.monotonic() + life_s
        self._renew_at = self._ends_at - min(self._rng.uniform(*_EARLY_S), life_s / 2)
        return None


class OpenApi:
    """Calls the documented APIs for one app."""

    def __init__(
        self,
        http: Http,
        limits: Limits,
        *,
        client_id: str,
        client_secret: str,
        api_url: str,
        oapi_url: str,
        clock: Clock,
        rng: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._calls = Calls(http, limits)
        self._hosts = {Host.NEW: URL(api_url), Host.OLD: URL(oapi_url)}
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311
        self._sleep = sleep
        self._token = AccessToken(
            self._calls,
            api_url=self._hosts[Host.NEW],
            client_id=client_id,
            client_secret=client_secret,
            clock=clock,
            rng=self._rng,
        )

    async def token(self) -> str:
        """Return an access token. A secret. Raises NotSent, ServiceStopped."""
        return await self._token.current()

    async def call(
        self,
        api: Api,
        body: Mapping[str, Any] | bytes,
        *,
        priority: Priority = Priority.PUNCH,
        deadline_s: float = DEADLINE_S,
        content_type: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """Call `api` and return its whole answer, which says that all went well.

        Bytes go as they are, as `content_type`; `query` goes into the address. A read is tried again, at most
        three times within `deadline_s`, while the service is busy or does not answer; a write never is.
        Raises UpstreamError, ServiceStopped.
        """
        data = body if isinstance(body, bytes) else dumps(body)
        url = self._hosts[api.host].joinpath(api.path[1:])
        ends_at = self._clock.monotonic() + deadline_s

        async def place(token: str) -> tuple[Outcome, Answer]:
            headers = {} if content_type is None else {"Content-Type": content_type}
            there = url
            if api.host is Host.OLD:
                there = url.with_query(access_token=token, **(query or {}))
            else:
                headers["x-acs-dingtalk-access-token"] = token
            left_s = max(ends_at - self._clock.monotonic(), _LEAST_S)
            return await self._calls.place(api, there, data, priority=priority, headers=headers, deadline_s=left_s)

        tries = 0
        while True:
            try:
                return await self._accepted(api, place)
            except (NotSent, OutcomeUnknown) as error:
                asked_s = error.retry_after_s if isinstance(error, NotSent) else None
                first_s = FIRST_WAIT_S if asked_s is None else asked_s
                wait_s = first_s * 2.0**tries * self._rng.uniform(1.0, 1.5)  # doubling, never all at once
                if api.writes or tries == MOST_RETRIES or wait_s >= ends_at - self._clock.monotonic():
                    raise
            await self._sleep(wait_s)
            tries += 1

    async def _accepted(self, api: Api, place: _Place) -> Mapping[str, Any]:
        """Place a call, once more with a new token where the service calls the first one expired."""
        token = await self._token.current()
        outcome, answer = await place(token)
        if outcome.verdict is AnswerKind.TOKEN_EXPIRED:
            outcome, answer = await place(await self._token.renew(token))
        if outcome.verdict is AnswerKind.ACCEPTED and isinstance(answer.body, dict):
            return answer.body
        raise error_of(api, outcome)
