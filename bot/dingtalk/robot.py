"""Saying things to people: through a message's session webhook, or one to one in the robot's own name.

A reply goes as an ActionCard where its buttons fit one, else as markdown.
"""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import Field
from yarl import URL

from bot.clock import Clock
from bot.dingtalk.apis import BATCH_SEND, MEDIA_UPLOAD, REPLY
from bot.dingtalk.http import dumps, is_dingtalks
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import Listed, OpenApi, Row
from bot.dingtalk.outcomes import AnswerKind, error_of
from bot.domain.messages import SessionWebhook
from bot.errors import NotSent, OutcomeUnknown, Rejected
from bot.views.reply import Attachment, Button, Reply
from bot.views.sentences import escape, one_line

logger = logging.getLogger(__name__)

RECIPIENTS_A_CALL = 20
MOST_CARD_BUTTONS = 5
_DINGTALK = frozenset({("https", "oapi.dingtalk.com", 443), ("https", "api.dingtalk.com", 443)})
_WEBHOOK_PATH = "/robot/sendBySession"
_SESSION_GONE = "300001"
_UPLOAD_S = 60.0  # 20 MB on a slow line
_NOBODY = "clock-in-bot-check-nobody"  # DingTalk only says that it knows no such person
_PLAIN = re.compile(r"[!#-;=?-Z_a-z~\[\]%]{8,2048}")  # the characters of an address, by RFC 3986
_SENDS = "dtmd://dingtalkclient/sendMessage?content="  # a press sends the content as the person's own message
_MARKUP = re.compile(r"\\([^\w\s]|_)|\[([^\]]*)\]\([^)]*\)|\*+|`|\\$")

Origin = tuple[str, str, int | None]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SendResult:
    """Ids that a message did not reach: unknown ones, and ones to try again later. `key` is DingTalk's."""

    invalid: tuple[str, ...] = ()
    flow_controlled: tuple[str, ...] = ()
    key: str = field(default="", compare=False)


class _Sent(Row):
    key: str = Field("", alias="processQueryKey")
    invalid: Listed[str] = Field([], alias="invalidStaffIdList")
    filtered: Listed[str] = Field([], alias="filteredStaffIdList")
    flow_controlled: Listed[str] = Field([], alias="flowControlledStaffIdList")


class Robot:
    """Sends messages. A session webhook is a bearer secret and stays out of every error.

    Replies with buttons go as ActionCards, or all as markdown without `cards`. A reply may go to
    DingTalk, or to the hosts of the addresses `own` that the configuration names.
    """

    def __init__(
        self,
        openapi: OpenApi,
        *,
        robot_code: str,
        own: Sequence[str],
        clock: Clock,
        cards: bool = True,
    ) -> None:
        self._openapi = openapi
        self._robot_code = robot_code
        self._own = frozenset(origin(URL(address)) for address in own)
        self._clock = clock
        self._cards = cards

    async def answer(self, webhook: SessionWebhook, reply: Reply) -> None:
        """Answer through a session webhook; in a group that notifies the asker.

        Raises NotSent for an expired or foreign webhook, OutcomeUnknown, Rejected.
        """
        if self._clock.now() >= webhook.expires_at:
            raise NotSent(REPLY.name, "the session webhook has expired")
        url = trusted_webhook(webhook.url, self._own)
        if url is None:
            raise NotSent(REPLY.name, "the session webhook leads to somebody else than DingTalk")

        async def post(body: dict[str, Any]) -> None:
            outcome = await self._openapi.place(REPLY, url, dumps(body), priority=Priority.RECEIPT)
            # A webhook that does not work is no matter for an operator: the reply goes one to one.
            gone = outcome.code == _SESSION_GONE or outcome.code.startswith("session.")
            if gone or outcome.kind in (AnswerKind.STOPPED, AnswerKind.TOKEN_EXPIRED):
                raise NotSent(REPLY.name, outcome.reason, retry_after_s=outcome.wait_s)
            if outcome.kind is not AnswerKind.ACCEPTED:
                raise error_of(REPLY, outcome)

        notified = webhook.asker_user_id
        await self._say(session_card(reply, notified), partial(session_text, reply, notified), post)

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        """Say the same to at most 20 people, one to one; a message that is not `urgent` lets receipts go first.

        There is no key that would make a second call harmless. An answer without DingTalk's own key leaves open
        whether it was sent: OutcomeUnknown if not `urgent`; a receipt would be sent again and again. Raises
        UpstreamError, ServiceStopped.
        """
        if not user_ids:
            return SendResult()

        async def post(message: dict[str, str]) -> SendResult:
            return await self.batch_send(user_ids, message, Priority.RECEIPT if urgent else Priority.REMINDER)

        result = await self._say(batch_card(reply), lambda: sample("sampleMarkdown", markdown(reply)), post)
        if not urgent and not result.key and not {*user_ids} <= {*result.invalid, *result.flow_controlled}:
            raise OutcomeUnknown(BATCH_SEND.name, "answered without the key of what it sent")
        return result

    async def batch_send(self, user_ids: Sequence[str], message: dict[str, str], priority: Priority) -> SendResult:
        """Send one message of `sample` to at most 20 people. Raises UpstreamError, ServiceStopped."""
        if len(user_ids) > RECIPIENTS_A_CALL:
            raise ValueError(f"at most {RECIPIENTS_A_CALL} people a call")
        body = {"robotCode": self._robot_code, "userIds": list(user_ids), **message}
        answer = await self._openapi.call(BATCH_SEND, body, priority=priority)
        sent = _Sent.model_validate(answer)
        return SendResult((*sent.invalid, *sent.filtered), tuple(sent.flow_controlled), sent.key)

    async def upload(self, attachment: Attachment) -> str:
        """Store an attachment; return its media id, good any number of times. Raises as `batch_send`."""
        content_type, body = form(attachment, boundary=secrets.token_hex(16))
        answer = await self._openapi.call(
            MEDIA_UPLOAD,
            body,
            content_type=content_type,
            query={"type": "image" if attachment.is_picture else "file"},
            priority=Priority.DIGEST,
            deadline_s=_UPLOAD_S,
        )
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise OutcomeUnknown(MEDIA_UPLOAD.name, "the upload was taken, but its answer names no media id")
        return media_id

    async def show(self, user_id: str, attachment: Attachment, media_id: str) -> SendResult:
        """Show an uploaded attachment to one person; a second call repeats it. Raises as `batch_send`."""
        if attachment.is_picture:
            message = sample("sampleImageMsg", {"photoURL": media_id})  # by DingTalk's table it may be a media id
        else:
            names = {"fileName": attachment.name, "fileType": attachment.file_type}
            message = sample("sampleFile", {"mediaId": media_id, **names})
        return await self.batch_send([user_id], message, Priority.DIGEST)

    async def probe(self) -> str:
        """Send to an unknown person and describe the result. Raises UpstreamError, ServiceStopped."""
        try:
            await self.send([_NOBODY], Reply("check", "check"))
        except Rejected as error:
            if "robot" in error.code.casefold():
                raise
        return "the robot may speak to people one to one"

    async def _say(
        self,
        card: dict[str, Any] | None,
        text: Callable[[], dict[str, Any]],
        post: Callable[[dict[str, Any]], Awaitable[_T]],
    ) -> _T:
        """Post the card; where DingTalk rejects it, it reached nobody, so post the markdown at once."""
        if card is None or not self._cards:
            return await post(text())
        try:
            return await post(card)
        except Rejected as refusal:
            answered = await post(text())
            logger.warning("A reply went as markdown, since its ActionCard was refused: %s", refusal)
            return answered


def trusted_webhook(url: str, own: frozenset[Origin]) -> URL | None:
    """Return the parsed address if it is DingTalk's `sendBySession` or at one of the `own` origins, else None.

    A forged webhook could otherwise make us call into the company's network.
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
    return url.scheme, (url.raw_host or "").lower(), url.port


def session_card(reply: Reply, notified: str | None) -> dict[str, Any] | None:
    """Return the body of a card for a session webhook, None where it can be none.

    A reply that notifies somebody is markdown: `at` is not documented for cards.
    """
    if notified is not None or not 1 <= len(reply.buttons) <= MOST_CARD_BUTTONS:
        return None
    card = {
        "title": plain(reply.title),
        "text": reply.text,
        "btnOrientation": "0",
        "btns": [{"title": one_line(one.label), "actionURL": press_url(one)} for one in reply.buttons],
    }
    return {"msgtype": "actionCard", "actionCard": card}


def session_text(reply: Reply, notified: str | None) -> dict[str, Any]:
    """Return the body of markdown for a session webhook."""
    body: dict[str, Any] = {"msgtype": "markdown", "markdown": markdown(reply, notified=notified)}
    return body if notified is None else {**body, "at": {"atUserIds": [notified]}}


def batch_card(reply: Reply) -> dict[str, str] | None:
    """Return a card as `msgKey` and `msgParam` of batchSend, which takes two to five buttons; else None."""
    if not 2 <= len(reply.buttons) <= MOST_CARD_BUTTONS:
        return None
    card = {"title": plain(reply.title), "text": reply.text}
    for number, one in enumerate(reply.buttons, 1):
        card |= {f"actionTitle{number}": one_line(one.label), f"actionURL{number}": press_url(one)}
    return sample(f"sampleActionCard{len(reply.buttons)}", card)


def sample(key: str, parameters: dict[str, str]) -> dict[str, str]:
    """Return a message of batchSend: one of DingTalk's message keys with its parameters."""
    return {"msgKey": key, "msgParam": dumps(parameters).decode()}


def markdown(reply: Reply, *, notified: str | None = None) -> dict[str, str]:
    """Return title and text of a markdown message, the buttons as links below the text.

    `notified` is a user id of `at.atUserIds`. DingTalk notifies that person only if the text has `@` and the id.
    """
    links = " | ".join(f"[{escape(one.label)}]({press_url(one)})" for one in reply.buttons)
    parts = (f"@{notified}" if notified is not None else "", reply.text, links)
    return {"title": plain(reply.title), "text": "\n\n".join([part for part in parts if part])}


def plain(title: str) -> str:
    """Return a title without markup: notifications and lists of conversations show it as it stands."""
    return " ".join(_MARKUP.sub(lambda mark: mark[1] or mark[2] or "", title).split())


def press_url(button: Button) -> str:
    """Return the address that sends the words of a button as the presser's own message."""
    return _SENDS + quote(button.says or button.label, safe="")


def form(attachment: Attachment, *, boundary: str) -> tuple[str, bytes]:
    """Return content type and body of the multipart form that `media/upload` wants: one part, named `media`."""
    name = "".join("_" if char in '"\\' or not char.isprintable() else char for char in attachment.name)
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="media"; filename="{name}"\r\n'
        f"Content-Type: {'image/png' if attachment.is_picture else 'application/octet-stream'}\r\n\r\n"
    )
    body = b"".join((head.encode(), attachment.content, f"\r\n--{boundary}--\r\n".encode()))
    return f"multipart/form-data; boundary={boundary}", body
