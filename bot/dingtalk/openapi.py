"""Calls within the limits, and calls of DingTalk's old and new OpenAPI with the access token.

DingTalk's samples also write a number or boolean as text. They write a list of one item as the
item, and no value as null or "".
"""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from yarl import URL

from bot.clock import Clock
from bot.dingtalk.apis import APIS, Host
from bot.dingtalk.http import DEADLINE_S, Content, Headers, Http, is_dingtalks
from bot.dingtalk.limits import Limits, Priority
from bot.dingtalk.outcomes import body_of
from bot.errors import (
    Banned,
    ClaimLost,
    NotSent,
    OutcomeUnknown,
    Rejected,
    ServiceStopped,
    TokenExpired,
    TooFast,
    Unclassified,
    UpstreamError,
)

_T = TypeVar("_T")


class Row(BaseModel):
    """One object of an answer or an event. Its fields have the names of DingTalk's pages.

    A time as text is local (naive), a time as number UTC (aware).
    """

    model_config = ConfigDict(coerce_numbers_to_str=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nothing(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: item for name, item in value.items() if item is not None and item != ""}


class CamelRow(Row):
    """A row of the new host, of robots or of events."""

    model_config = ConfigDict(alias_generator=to_camel)


class Result(Row, Generic[_T]):
    """An answer that holds everything under `result`."""

    result: _T


def _as_list(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("["):  # such as "[2,3,4]"
        return json.loads(value)
    return value if isinstance(value, list) else [value]


def _or_none(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


Listed = Annotated[list[_T], BeforeValidator(_as_list)]
Maybe = Annotated[_T | None, WrapValidator(_or_none)]  # None for an unreadable value


def in_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the time of a row in UTC. A naive time is local to `zone`."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


log = logging.getLogger(__name__)

MOST_RETRIES = 3
FIRST_WAIT_S = 0.25
_LEAST_S = 1.0  # the shortest deadline of a retry
_MINUTE_S = 60.0  # a limit a minute ends with its minute
_EARLY_S = 60.0  # a token is renewed so long before its end

_Read = TypeVar("_Read", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class DingTalkApp:
    """The app of the organisation: its credentials, and the addresses of DingTalk's new and old
    APIs.
    """

    client_id: str
    client_secret: str = field(repr=False)
    api_url: str
    oapi_url: str

    def url_of(self, api: str) -> URL:
        host = self.api_url if APIS[api].host is Host.NEW else self.oapi_url
        return URL(host).joinpath(APIS[api].path[1:])


class _Granted(CamelRow):
    access_token: str
    expire_in: int = 7200  # seconds


@dataclass(eq=False)
class OpenApi:
    """Calls the documented APIs for one app. The access token stays in memory.

    `report` gets each answer that an operator should know, and None once a stopped API works again.
    """

    http: Http
    limits: Limits
    app: DingTalkApp
    clock: Clock
    usage: Counter[str]  # billable calls by quota and name
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    # Only a running bot has operators to tell.
    report: Callable[[str, Unclassified | ServiceStopped | None], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        self._refused = set[str]()  # names of the APIs whose last reported answer was a refusal
        self._granted = ""
        self._ends_at = -inf  # on the monotonic clock
        self._asking: asyncio.Task[str] | None = None

    async def post(
        self,
        api: str,
        url: URL,
        body: Content,
        *,
        priority: Priority | None = None,
        headers: Headers | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> dict[str, Any]:
        """Wait for a turn, post `body` to `url`, and return the answer. Raises as `body_of` and
        `Http.post`.

        `deadline_s` bounds the call without the wait.
        """
        counted = is_dingtalks(url.raw_host or "")
        usual = Priority[APIS[api].priority]
        await self.limits.wait_for_turn(api, priority or usual, counted=counted)
        is_billed = True
        try:
            answer = await self.http.post(
                api,
                url,
                body,
                method=APIS[api].method,
                headers=headers,
                deadline_s=deadline_s,
            )
            content = body_of(api, answer)
        except (NotSent, Unclassified, ClaimLost, ServiceStopped) as error:
            # DingTalk does not bill a call that it refuses to do (《计费模型说明》)
            is_billed = isinstance(error, Unclassified)
            self._slow_down(api, error, counted=counted)
            if self.report and isinstance(error, Unclassified | ServiceStopped):
                self._refused.add(api)
                await self.report(api, error)
            raise
        else:
            if self.report and api in self._refused:
                self._refused.discard(api)
                await self.report(api, None)
            return content
        finally:
            if is_billed and (quota := APIS[api].quota):
                self.usage[f"{quota} {api}"] += 1

    def _slow_down(self, api: str, error: Exception, *, counted: bool) -> None:
        """Let fewer calls leave, or none for a time, after a refusal of the pace."""
        if isinstance(error, Banned):
            self.limits.pause(api, error.retry_after_s, counted=counted)
        elif isinstance(error, TooFast):
            self.limits.slow_down(api)
            if error.retry_after_s >= _MINUTE_S:
                self.limits.pause(api, error.retry_after_s, counted=False)

    async def token(self, refused: str = "") -> str:
        """Return a token other than `refused`.

        All callers share one request. Raises NotSent, ServiceStopped.
        """
        if self._granted != refused and self.clock.monotonic() < self._ends_at:
            return self._granted
        if self._asking is None:
            # With an empty context: it serves all callers, even if this one loses its claim.
            self._asking = asyncio.create_task(self._ask_for_token(), context=Context())
            self._asking.add_done_callback(self._end_asking)
        try:
            return await asyncio.shield(self._asking)
        except UpstreamError as error:
            raise error.with_traceback(None) from None  # all waiters share this error

    def _end_asking(self, asked: asyncio.Task[str]) -> None:
        self._asking = None
        if not asked.cancelled() and (error := asked.exception()):
            log.warning("no access token: %s", error)

    async def _ask_for_token(self) -> str:
        body = {"appKey": self.app.client_id, "appSecret": self.app.client_secret}
        try:
            answer = await self.post("access_token", self.app.url_of("access_token"), body)
            granted = _Granted.model_validate(answer)
        except (OutcomeUnknown, Rejected) as error:
            raise NotSent("access_token", error.reason) from None
        except ValidationError:
            raise NotSent("access_token", "answered without a token") from None
        self._granted = granted.access_token
        self._ends_at = self.clock.monotonic() + granted.expire_in - _EARLY_S
        return self._granted

    async def read(
        self,
        api: str,
        body: Mapping[str, Any],
        model: type[_Read],
        *,
        priority: Priority | None = None,
    ) -> _Read:
        """Return the answer of a read. Raises UpstreamError.

        A partly unreadable answer is OutcomeUnknown, so that nobody takes it for an empty one.
        """
        answer = await self.call(api, body, priority=priority)
        try:
            return model.model_validate(answer)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise OutcomeUnknown(api, f"answered with {where} missing or of another form") from None

    async def call(
        self,
        api: str,
        body: Content,
        *,
        priority: Priority | None = None,
        deadline_s: float = DEADLINE_S,
        query: Mapping[str, str] | None = None,
        person_token: str = "",
    ) -> dict[str, Any]:
        """Call `api` and return its whole answer, which reports success.

        `person_token` is the token of a person. A read
        is tried again up to three times within `deadline_s`, a write never. Raises UpstreamError.
        """
        url = self.app.url_of(api)
        ends_at = self.clock.monotonic() + deadline_s

        async def call_once(refused: str = "") -> dict[str, Any]:
            token = person_token or await self.token(refused)
            headers = {}
            address = url
            if APIS[api].host is Host.OLD:
                address = url.with_query(access_token=token, **(query or {}))
            else:
                headers["x-acs-dingtalk-access-token"] = token
            left_s = max(ends_at - self.clock.monotonic(), _LEAST_S)
            try:
                return await self.post(
                    api, address, body, priority=priority, headers=headers, deadline_s=left_s
                )
            except TokenExpired:
                if person_token or refused:
                    raise
            return await call_once(refused=token)

        tries = 0
        while True:
            try:
                return await call_once()
            except (NotSent, OutcomeUnknown, Unclassified) as error:
                first_s = error.retry_after_s or FIRST_WAIT_S
                # callers do not retry together
                wait_s = first_s * 2.0**tries * random.uniform(1.0, 1.5)  # noqa: S311
                if (
                    APIS[api].writes
                    or tries == MOST_RETRIES
                    or wait_s >= ends_at - self.clock.monotonic()
                ):
                    raise
            await self.sleep(wait_s)
            tries += 1
