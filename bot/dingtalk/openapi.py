"""DingTalk's OpenAPI: calls with the access token, on the old host and the new one."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yarl import URL

from bot.clock import Clock
from bot.dingtalk.access_token import AccessToken
from bot.dingtalk.apis import Api, Host
from bot.dingtalk.calls import Calls, dumps
from bot.dingtalk.http import DEADLINE_S, Answer, Http
from bot.dingtalk.limits import Limits, Priority
from bot.dingtalk.outcomes import AnswerKind, Outcome, error_of
from bot.errors import NotSent, OutcomeUnknown

MOST_RETRIES = 3
FIRST_WAIT_S = 0.25
_LEAST_S = 1.0  # a retry is given no less


@dataclass(frozen=True, slots=True)
class _Content:
    """What a call carries: JSON unless its `type` says otherwise; `query` goes into the address."""

    data: bytes
    type: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)


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
        body: Mapping[str, Any],
        *,
        priority: Priority = Priority.PUNCH,
        deadline_s: float = DEADLINE_S,
    ) -> Mapping[str, Any]:
        """Call `api` and return its whole answer, which says that all went well.

        A read is tried again, at most three times within `deadline_s`, while the service is busy, asks for
        patience or does not answer; a write never is. Raises UpstreamError, ServiceStopped.
        """
        return await self._call(api, _Content(dumps(body)), priority, deadline_s)

    async def post(
        self,
        api: Api,
        data: bytes,
        *,
        content_type: str,
        query: Mapping[str, str],
        priority: Priority,
        deadline_s: float = DEADLINE_S,
    ) -> Mapping[str, Any]:
        """Call `api` as `call` does, with a body that is no JSON and more in the address. Raises the same."""
        return await self._call(api, _Content(data, content_type, query), priority, deadline_s)

    async def _call(
        self, api: Api, content: "_Content", priority: Priority, deadline_s: float
    ) -> Mapping[str, Any]:
        ends_at = self._clock.monotonic() + deadline_s
        tries = 0
        while True:
            left_s = ends_at - self._clock.monotonic()
            try:
                return await self._with_token(api, content, priority, max(left_s, _LEAST_S))
            except (NotSent, OutcomeUnknown) as error:
                wait_s = retry_after(error, tries, self._rng)
                left_s = ends_at - self._clock.monotonic()
                if api.writes or tries == MOST_RETRIES or wait_s >= left_s:
                    raise
            await self._sleep(wait_s)
            tries += 1

    async def _with_token(
        self, api: Api, content: "_Content", priority: Priority, deadline_s: float
    ) -> Mapping[str, Any]:
        token = await self._token.current()
        outcome, answer = await self._place(api, content, token, priority, deadline_s)
        if outcome.verdict is AnswerKind.TOKEN_EXPIRED:
            token = await self._token.renew(token)
            outcome, answer = await self._place(api, content, token, priority, deadline_s)
        if outcome.verdict is AnswerKind.ACCEPTED and isinstance(answer.body, dict):
            return answer.body
        raise error_of(api, outcome)

    async def _place(
        self, api: Api, content: "_Content", token: str, priority: Priority, deadline_s: float
    ) -> tuple[Outcome, Answer]:
        url = self._hosts[api.host].joinpath(api.path[1:])
        headers = {} if content.type is None else {"Content-Type": content.type}
        if api.host is Host.OLD:
            url = url.with_query(access_token=token, **content.query)
        else:
            headers["x-acs-dingtalk-access-token"] = token
        return await self._calls.place(
            api, url, content.data, priority=priority, headers=headers, deadline_s=deadline_s
        )


def retry_after(error: NotSent | OutcomeUnknown, tries: int, rng: random.Random) -> float:
    """Return the seconds to wait before a read goes again after `tries` retries: doubling, never all at once."""
    asked_s = error.retry_after_s if isinstance(error, NotSent) else None
    first_s = FIRST_WAIT_S if asked_s is None else asked_s
    return first_s * 2.0**tries * rng.uniform(1.0, 1.5)
