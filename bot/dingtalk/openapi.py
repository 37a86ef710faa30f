"""DingTalk's OpenAPI: calls within the limits, with the access token, on the old host and the new one."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context
from math import inf
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError
from yarl import URL

from bot.clock import Clock
from bot.dingtalk.apis import ACCESS_TOKEN, Api, Host
from bot.dingtalk.fields import Row
from bot.dingtalk.http import DEADLINE_S, Headers, Http, dumps, is_dingtalks
from bot.dingtalk.limits import Limits, Priority
from bot.dingtalk.outcomes import AnswerKind, Outcome, classify, error_of
from bot.errors import NotSent, OperatorError, OutcomeUnknown, UpstreamError

log = logging.getLogger(__name__)

MOST_RETRIES = 3
FIRST_WAIT_S = 0.25
_LEAST_S = 1.0  # a retry is given no less
_EARLY_S = 60.0  # before a token ends

_Read = TypeVar("_Read", bound=BaseModel)


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
    ) -> Outcome:
        """Wait for a turn, post `data`, and return the meaning of what came back.

        `deadline_s` bounds the posting, not the wait. Raises NotSent, OutcomeUnknown, ServiceStopped when nothing
        came back.
        """
        counted = is_dingtalks(url.raw_host or "")
        await self._limits.turn(api.name, priority, counted=counted)
        answer = await self._http.post(
            url, service=api.name, data=data, method=api.method, headers=headers, deadline_s=deadline_s
        )
        outcome = classify(api, answer)
        if outcome.kind is AnswerKind.TOO_FAST:
            self._limits.slow_down(api.name)
        elif outcome.ban and outcome.wait_s is not None:
            self._limits.pause(api.name, outcome.wait_s, counted=counted)
        return outcome


class _Granted(Row):
    value: str = Field(alias="accessToken")
    life_s: int = Field(7200, alias="expireIn")


class AccessToken:
    """The app's token: asked for once for everybody who waits, when it ends or is refused. Kept in memory only."""

    def __init__(self, calls: Calls, url: URL, request: Mapping[str, str], clock: Clock) -> None:
        self._calls = calls
        self._url = url
        self._request = dumps(request)
        self._now = clock.monotonic
        self._value = ""
        self._ends_at = -inf  # on the monotonic clock
        self._asking: asyncio.Task[str] | None = None
        self._is_away = False

    async def get(self, refused: str = "") -> str:
        """Return a token that should be good, another one than `refused`. Raises NotSent, ServiceStopped."""
        if self._value != refused and self._now() < self._ends_at:
            return self._value
        if self._asking is None:
            # In no caller's context: it serves others, too, whatever becomes of this one's claim.
            self._asking = asyncio.create_task(self._ask(), context=Context())
            self._asking.add_done_callback(self._note)
        try:
            return await asyncio.shield(self._asking)
        except (UpstreamError, OperatorError) as error:
            raise error.with_traceback(None) from None  # one error for many waiters

    def _note(self, asked: asyncio.Task[str]) -> None:
        self._asking = None
        error = None if asked.cancelled() else asked.exception()
        if error is not None and not self._is_away:
            log.warning("no access token to be had: %s", error)
        elif error is None and self._is_away:
            log.info("there is an access token again")
        self._is_away = error is not None

    async def _ask(self) -> str:
        try:
            outcome = await self._calls.place(ACCESS_TOKEN, self._url, self._request, priority=Priority.PUNCH)
        except OutcomeUnknown as error:
            raise NotSent(ACCESS_TOKEN.name, error.reason) from None
        if outcome.kind in (AnswerKind.STOPPED, AnswerKind.BUSY, AnswerKind.TOO_FAST):
            raise error_of(ACCESS_TOKEN, outcome)
        try:
            granted = _Granted.model_validate(outcome.body)
        except ValidationError:
            raise NotSent(ACCESS_TOKEN.name, outcome.reason or "answered without a token") from None
        self._value, self._ends_at = granted.value, self._now() + granted.life_s - _EARLY_S
        return self._value


class OpenApi:
    """Calls the documented APIs for one app."""

    def __init__(
        self,
        calls: Calls,
        *,
        client_id: str,
        client_secret: str,
        api_url: str,
        oapi_url: str,
        clock: Clock,
        rng: random.Random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.calls = calls
        self._hosts = {Host.NEW: URL(api_url), Host.OLD: URL(oapi_url)}
        self._clock = clock
        self._rng = rng
        self._sleep = sleep
        asked = {"appKey": client_id, "appSecret": client_secret}
        self.token = AccessToken(calls, self._hosts[Host.NEW].joinpath(ACCESS_TOKEN.path[1:]), asked, clock)

    async def read(self, api: Api, body: Mapping[str, Any], model: type[_Read], *, priority: Priority) -> _Read:
        """Return the answer of a read. Raises UpstreamError, ServiceStopped.

        An answer that cannot be read in full is OutcomeUnknown: it must not pass for "nothing".
        """
        answer = await self.call(api, body, priority=priority)
        try:
            return model.model_validate(answer)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise OutcomeUnknown(api.name, f"answered with {where} missing or of another form") from None

    async def call(
        self,
        api: Api,
        body: Mapping[str, Any] | bytes,
        *,
        priority: Priority = Priority.PUNCH,
        deadline_s: float = DEADLINE_S,
        content_type: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Call `api` and return its whole answer, which says that all went well.

        Bytes go as they are, as `content_type`; `query` goes into the address. A read is tried again, at most
        three times within `deadline_s`, while the service is busy or does not answer; a write never is.
        Raises UpstreamError, ServiceStopped.
        """
        data = body if isinstance(body, bytes) else dumps(body)
        url = self._hosts[api.host].joinpath(api.path[1:])
        ends_at = self._clock.monotonic() + deadline_s

        async def place(token: str) -> Outcome:
            headers = {} if content_type is None else {"Content-Type": content_type}
            there = url
            if api.host is Host.OLD:
                there = url.with_query(access_token=token, **(query or {}))
            else:
                headers["x-acs-dingtalk-access-token"] = token
            left_s = max(ends_at - self._clock.monotonic(), _LEAST_S)
            return await self.calls.place(api, there, data, priority=priority, headers=headers, deadline_s=left_s)

        tries = 0
        while True:
            try:
                token = await self.token.get()
                outcome = await place(token)
                if outcome.kind is AnswerKind.TOKEN_EXPIRED:
                    outcome = await place(await self.token.get(refused=token))
                if outcome.kind is AnswerKind.ACCEPTED:
                    answer: dict[str, Any] = outcome.body
                    return answer
                raise error_of(api, outcome)
            except (NotSent, OutcomeUnknown) as error:
                asked_s = error.retry_after_s if isinstance(error, NotSent) else None
                first_s = FIRST_WAIT_S if asked_s is None else asked_s
                wait_s = first_s * 2.0**tries * self._rng.uniform(1.0, 1.5)  # doubling, never all at once
                if api.writes or tries == MOST_RETRIES or wait_s >= ends_at - self._clock.monotonic():
                    raise
            await self._sleep(wait_s)
            tries += 1

    async def as_person(self, api: Api, token: str) -> Mapping[str, Any]:
        """Call `api` once with the access token of a person, a secret. Raises UpstreamError, ServiceStopped."""
        url = self._hosts[api.host].joinpath(api.path[1:])
        headers = {"x-acs-dingtalk-access-token": token}
        outcome = await self.calls.place(api, url, b"", priority=Priority.PUNCH, headers=headers)
        if outcome.kind is AnswerKind.ACCEPTED:
            answer: dict[str, Any] = outcome.body
            return answer
        raise error_of(api, outcome)
