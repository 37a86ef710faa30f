"""The app's access token: asked for once, for everybody who waits, and renewed before it ends."""

import asyncio
import logging
import random
from math import inf

from yarl import URL

from bot.clock import Clock
from bot.dingtalk.apis import ACCESS_TOKEN
from bot.dingtalk.calls import Calls, dumps
from bot.dingtalk.fields import as_int, as_object, as_text
from bot.dingtalk.limits import Priority
from bot.dingtalk.outcomes import AnswerKind, error_of
from bot.errors import BotError, NotSent, OperatorError, UpstreamError

log = logging.getLogger(__name__)

EARLY_S = (300.0, 600.0)  # the official tutorial renews ten minutes early, the official SDK five
ASK_AGAIN_S = 30.0  # after an early renewal that failed
LIFE_S = 7200


class AccessToken:
    """One token, kept in memory only. Its life is counted on the monotonic clock."""

    def __init__(
        self, calls: Calls, *, api_url: URL, client_id: str, client_secret: str, clock: Clock, rng: random.Random
    ) -> None:
        self._calls = calls
        self._url = api_url.joinpath(ACCESS_TOKEN.path[1:])
        self._request = dumps({"appKey": client_id, "appSecret": client_secret})
        self._clock = clock
        self._rng = rng
        self._value = ""
        self._renew_at = -inf
        self._ends_at = -inf
        self._lock = asyncio.Lock()
        self._asked = 0  # how often the service was asked
        self._failure: BotError | None = None  # what came of the last time
        self._failing = False

    async def current(self) -> str:
        """Return a token that should be good. Raises NotSent, ServiceStopped when there is none to be had."""
        now = self._clock.monotonic()
        if now < self._renew_at or (now < self._ends_at and self._lock.locked()):
            return self._value
        try:
            return await self._replace()
        except (UpstreamError, OperatorError):
            if now >= self._ends_at:
                raise
            self._renew_at = now + ASK_AGAIN_S
            return self._value

    async def renew(self, refused: str) -> str:
        """Return another token than `refused`, which a service called expired. Raises as `current` does."""
        if refused != self._value:
            return self._value
        return await self._replace()

    async def _replace(self) -> str:
        """Ask for a token, unless somebody did while we waited: then theirs is ours, and so is their failure."""
        asked = self._asked
        async with self._lock:
            if self._asked == asked:
                self._failure = await self._ask()
                self._asked += 1
            self._note(self._failure)
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
        self._keep(value, as_int(body.get("expireIn")) or LIFE_S)
        return None

    def _keep(self, value: str, life_s: int) -> None:
        self._value = value
        self._ends_at = self._clock.monotonic() + life_s
        self._renew_at = self._ends_at - min(self._rng.uniform(*EARLY_S), life_s / 2)

    def _note(self, failure: BotError | None) -> None:
        """Log that the token service went away, and that it is back."""
        if failure is not None and not self._failing:
            log.warning("no access token to be had: %s", failure)
        elif failure is None and self._failing:
            log.info("there is an access token again")
        self._failing = failure is not None
