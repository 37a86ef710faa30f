"""Saying things to people: through a message's session webhook, or one to one in the robot's own name."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, TypeVar

from yarl import URL

from bot.clock import Clock
from bot.dingtalk.apis import BATCH_SEND, REPLY
from bot.dingtalk.fields import as_text, as_texts
from bot.dingtalk.http import DEADLINE_S, Http
from bot.dingtalk.limits import Limits, Priority
from bot.dingtalk.openapi import Calls, OpenApi, dumps, is_dingtalks
from bot.dingtalk.outcomes import AnswerKind, RejectedCode, error_of
from bot.dingtalk.rendering import Forms, batch_forms, session_forms
from bot.domain.messages import SessionWebhook
from bot.errors import NotSent, OutcomeUnknown, Rejected
from bot.views.reply import Reply

RECIPIENTS_A_CALL = 20

logger = logging.getLogger(__name__)

CARDS_REST_S = 3600.0  # after DingTalk refused a card and took the same reply as markdown
_DINGTALK = frozenset({("https", "oapi.dingtalk.com", 443), ("https", "api.dingtalk.com", 443)})
_WEBHOOK_PATH = "/robot/sendBySession"
_SESSION_GONE = "300001"
_NOBODY = "clock-in-bot-check-nobody"  # DingTalk only says that it knows no such person
_PLAIN = re.compile(r"[!#-;=?-Z_a-z~\[\]%]{8,2048}")  # what an address may be made of, by RFC 3986

Origin = tuple[str, str, int | None]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SendResult:
    """Who a proactive message did not reach: ids nobody has, ids to try again later."""

    invalid: tuple[str, ...] = ()
    flow_controlled: tuple[str, ...] = ()


class Robot:
    """Sends messages. A session webhook is a bearer secret and stays out of every error."""

    def __init__(
        self,
        http: Http,
        openapi: OpenApi,
        limits: Limits,
        *,
        robot_code: str,
        api_url: str,
        oapi_url: str,
        clock: Clock,
        cards: bool = True,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Send replies with buttons as ActionCards, or all as markdown without `cards`."""
        self._calls = Calls(http, limits)
        self._openapi = openapi
        self._robot_code = robot_code
        self._own = frozenset({origin(URL(api_url)), origin(URL(oapi_url))})
        self._clock = clock
        self._deadline_s = deadline_s
        self._cards_rest_until = -inf if cards else inf  # monotonic seconds

    async def answer(self, webhook: SessionWebhook, reply: Reply) -> None:
        """Answer through a message's session webhook; in a group that notifies the asker.

        Raises NotSent when the webhook has expired, is not one of DingTalk's or takes nothing now, OutcomeUnknown,
        Rejected.
        """
        if self._clock.now() >= webhook.expires_at:
            raise NotSent(REPLY.name, "the session webhook has expired")
        url = trusted_webhook(webhook.url, self._own)
        if url is None:
            raise NotSent(REPLY.name, "the session webhook leads to somebody else than DingTalk")

        async def post(body: dict[str, Any]) -> None:
            outcome, _ = await self._calls.place(
                REPLY, url, dumps(body), priority=Priority.RECEIPT, deadline_s=self._deadline_s
            )
            # A webhook that does not work is no matter for an operator: the reply goes one to one.
            gone = outcome.code == _SESSION_GONE or outcome.code.startswith("session.")
            if gone or outcome.verdict in (AnswerKind.STOPPED, AnswerKind.TOKEN_EXPIRED):
                raise NotSent(REPLY.name, outcome.reason, retry_after_s=outcome.wait_s)
            if outcome.verdict is not AnswerKind.ACCEPTED:
                raise error_of(REPLY, outcome)

        await self._say(session_forms(reply, notified=webhook.asker_user_id), post)

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        """Say the same to at most 20 people, one to one; what is not `urgent` lets receipts go first.

        There is no key that would make a second call harmless. An answer without DingTalk's own key leaves open
        whether it was sent: OutcomeUnknown for what is not `urgent`; a receipt would be said again and again.

        Raises UpstreamError, ServiceStopped.
        """
        if len(user_ids) > RECIPIENTS_A_CALL:
            raise ValueError(f"at most {RECIPIENTS_A_CALL} people a call")
        if not user_ids:
            return SendResult()
        answer = await self._batch_send(user_ids, reply, Priority.RECEIPT if urgent else Priority.REMINDER)
        result = send_result_of(answer)
        unnamed = set(user_ids).difference(result.invalid, result.flow_controlled)
        if not urgent and unnamed and not as_text(answer.get("processQueryKey")):
            raise OutcomeUnknown(BATCH_SEND.name, "answered without the key of what it sent")
        return result

    async def probe(self) -> str:
        """Send to an unknown person and describe the result. Raises UpstreamError, ServiceStopped."""
        try:
            await self._batch_send([_NOBODY], Reply("check", "check"), Priority.RECEIPT)
        except RejectedCode as error:
            if "robot" in error.code.casefold():
                raise
        return "the robot may speak to people one to one"

    async def _batch_send(self, user_ids: Sequence[str], reply: Reply, priority: Priority) -> Mapping[str, Any]:
        async def post(message: dict[str, Any]) -> Mapping[str, Any]:
            body = {"robotCode": self._robot_code, "userIds": list(user_ids), **message}
            return await self._openapi.call(BATCH_SEND, body, priority=priority, deadline_s=self._deadline_s)

        return await self._say(batch_forms(reply), post)

    async def _say(self, forms: Forms, post: Callable[[dict[str, Any]], Awaitable[_T]]) -> _T:
        """Post the card; where DingTalk rejects it, post the markdown at once.

        A rejected card reached nobody, so nothing is said twice. No source lists the codes that reject a card as
        such: if the markdown is taken, the card was the reason.
        """
        if forms.card is None or self._clock.monotonic() < self._cards_rest_until:
            return await post(forms.markdown)
        try:
            return await post(forms.card)
        except Rejected as refusal:
            answered = await post(forms.markdown)
            self._cards_rest_until = self._clock.monotonic() + CARDS_REST_S
            logger.warning("Replies go as markdown for an hour, since an ActionCard was refused: %s", refusal)
            return answered


def send_result_of(answer: Mapping[str, Any]) -> SendResult:
    """Return the people that `oToMessages/batchSend` did not reach, from its answer."""
    unreachable = (*as_texts(answer.get("invalidStaffIdList")), *as_texts(answer.get("filteredStaffIdList")))
    return SendResult(unreachable, as_texts(answer.get("flowControlledStaffIdList")))


def trusted_webhook(url: str, own: frozenset[Origin]) -> URL | None:
    """Return the parsed address if a reply may go there, else None.

    Allowed are DingTalk's own `sendBySession` over https and the `own` origins of the configuration; at DingTalk's
    hosts only `sendBySession`. A forged webhook could otherwise make us call into the company's network.
    """
    if not _PLAIN.fullmatch(url) or "#" in url:
        return None
    try:
        parsed = URL(url, encoded=True)
        there = origin(parsed)
    except ValueError:
        return None
    if parsed.raw_user is not None or parsed.raw_password is not None or there not in own | _DINGTALK:
        return None
    return parsed if parsed.raw_path == _WEBHOOK_PATH or not is_dingtalks(there[1]) else None


def origin(url: URL) -> Origin:
    """Return scheme, host and port, the default port filled in."""
    return url.scheme, (url.raw_host or "").lower(), url.port
