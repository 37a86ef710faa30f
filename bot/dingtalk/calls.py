"""One call from its turn to its meaning, the same for every API: paced, posted, classified, remembered."""

import json

from yarl import URL

from bot.dingtalk.apis import Api
from bot.dingtalk.http import DEADLINE_S, Answer, Headers, Http
from bot.dingtalk.limits import Limits, Priority
from bot.dingtalk.outcomes import AnswerKind, Outcome, classify

_DOMAINS = ("dingtalk.com", "dingtalk.io")
_WITHIN = tuple(f".{domain}" for domain in _DOMAINS)
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


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


def is_dingtalks(host: str) -> bool:
    """Tell whether `host` is DingTalk's own, so that calls count towards what it allows one address."""
    return host in _DOMAINS or host.endswith(_WITHIN)


def dumps(body: object) -> bytes:
    """Return `body` as compact JSON in UTF-8."""
    return _encoder.encode(body).encode()
