"""Messages to people: through the session webhook of a message, or one to one from the robot.

A reply is an ActionCard if its buttons fit, else markdown.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.resources import files
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from aiohttp import FormData
from pydantic import Field
from yarl import URL

from bot.dingtalk.http import encode, is_dingtalks
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import CamelRow, Listed, OpenApi
from bot.domain.messages import SessionWebhook
from bot.errors import NotSent, OutcomeUnknown, Rejected, TooLarge
from bot.views.sentences import Attachment, Button, Reply, escape, one_line, without_markup

logger = logging.getLogger(__name__)

RECIPIENTS_A_CALL = 20
PEOPLE_A_DING = 199  # 《发送DING消息》 says both "at most 200" and "fewer than 200"
_IN_APP = 1  # the kind of a "ding"; the others, by SMS or phone, cost money
MOST_CARD_BUTTONS = 5
_DINGTALK = ("https://oapi.dingtalk.com", "https://api.dingtalk.com")
_WEBHOOK_PATH = "/robot/sendBySession?"
_UPLOAD_S = 60.0  # 20 MB on a slow line
# Bytes, by 《全局错误码》 40006 for pictures and by 《上传媒体文件》 for files. For files the former names
# 10 MB: a file between both leaves, and DingTalk decides.
_MOST_OF_PICTURE = 1024 * 1024
_MOST_OF_FILE = 20 * 1024 * 1024
_TOO_LARGE = ("40006", "45001")
_NOBODY = "clock-in-bot-check-nobody"  # DingTalk only answers that it knows no such person
_PLAIN = re.compile(r"[!$-;=?-Z_a-z~\[\]]{8,2048}")  # of an address without #, by RFC 3986
# By DingTalk's examples a press sends the content as the person's own message. To be seen in an
# organisation (docs/first-hour.md).
_SEND_LINK = "dtmd://dingtalkclient/sendMessage?content="

_T = TypeVar("_T")
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SendResult:
    """The people without the message: unknown people, and people to try again later.

    DingTalk's `key` proves that it took the message.
    """

    invalid: tuple[str, ...] = ()
    flow_controlled: tuple[str, ...] = ()
    key: str = field(default="", compare=False)


class _Sent(CamelRow):
    process_query_key: str = ""
    invalid_staff_id_list: Listed[str] = []
    filtered_staff_id_list: Listed[str] = []
    flow_controlled_staff_id_list: Listed[str] = []


class _Ding(CamelRow):
    open_ding_id: str = ""
    failed_list: dict[str, Listed[str]] = Field({})  # people by reason


@dataclass(eq=False)
class Robot:
    """Sends messages. A session webhook is a secret and stays out of every error.

    Without `cards` every reply is markdown. The bot trusts a webhook at DingTalk's addresses, and
    at `own` addresses of the configuration.
    """

    openapi: OpenApi
    robot_code: str
    own: Sequence[str]
    cards: bool = True

    def __post_init__(self) -> None:
        origins = {URL(address).origin() for address in (*_DINGTALK, *self.own)}
        # A forged webhook could otherwise make the bot call servers inside the company.
        self._trusted = tuple(
            f"{origin}{_WEBHOOK_PATH if is_dingtalks(origin.raw_host or '') else '/'}"
            for origin in origins
        )
        self._most_buttons = MOST_CARD_BUTTONS if self.cards else 0

    async def answer(self, webhook: SessionWebhook, reply: Reply) -> None:
        """Answer through a session webhook. In a group this notifies the person who asked.

        Raises UpstreamError, NotSent for an expired or untrusted webhook.
        """
        if self.openapi.clock.now() >= webhook.expires_at:
            raise NotSent("replies", "the session webhook has expired")
        if not self.trusts(webhook.url):
            raise NotSent("replies", "the session webhook is no address of DingTalk")

        await _post_first_accepted(
            session_bodies(reply, webhook.asker_user_id, self._most_buttons),
            partial(self.openapi.post, "replies", URL(webhook.url, encoded=True)),
        )

    def trusts(self, webhook: str) -> bool:
        """Return whether an address is a webhook of DingTalk, or at one of `own`."""
        return webhook.startswith(self._trusted) and _PLAIN.fullmatch(webhook) is not None

    async def send(
        self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True
    ) -> SendResult:
        """Send one reply to at most 20 people, one to one. If it is not `urgent`, receipts go first.

        A second call sends the reply again. DingTalk's answer without a key proves nothing: then
        an `urgent` message counts as sent, or the bot would repeat it for ever. Any other raises
        OutcomeUnknown. Raises UpstreamError.
        """
        priority = Priority.RECEIPT if urgent else Priority.REMINDER
        result = await _post_first_accepted(
            batch_bodies(reply, self._most_buttons),
            partial(self.batch_send, user_ids, priority=priority),
        )
        if (
            not urgent
            and not result.key
            and not {*user_ids} <= {*result.invalid, *result.flow_controlled}
        ):
            raise OutcomeUnknown("batch_send", "answered without the key of the message")
        return result

    async def batch_send(
        self, user_ids: Sequence[str], message: Body, priority: Priority
    ) -> SendResult:
        """Send one `sample` message to at most 20 people. Raises UpstreamError."""
        body = {"robotCode": self.robot_code, "userIds": list(user_ids), **message}
        sent = _Sent.model_validate(await self.openapi.call("batch_send", body, priority=priority))
        return SendResult(
            (*sent.invalid_staff_id_list, *sent.filtered_staff_id_list),
            tuple(sent.flow_controlled_staff_id_list),
            sent.process_query_key,
        )

    async def ding(self, user_ids: Sequence[str], text: str) -> Sequence[str]:
        """Send an in-app "ding" to at most 199 people. Return the people whom it did not reach.

        A second call sends it again. An answer without DingTalk's key proves nothing. Raises
        NotSent, OutcomeUnknown, ServiceStopped, Unclassified.
        """
        body = {
            "robotCode": self.robot_code,
            "remindType": _IN_APP,
            "receiverUserIdList": list(user_ids),
            "content": text,
        }
        sent = await self.openapi.read("ding", body, _Ding)
        failed = [user_id for people in sent.failed_list.values() for user_id in people]
        if not sent.open_ding_id and not {*user_ids} <= {*failed}:
            raise OutcomeUnknown("ding", "answered without the id of the DING")
        return failed

    async def upload(self, attachment: Attachment) -> str:
        """Store an attachment and return its media id, which does not expire.

        Raises TooLarge, perhaps without a call, and as `batch_send`.
        """
        most = _MOST_OF_PICTURE if attachment.is_picture else _MOST_OF_FILE
        if len(attachment.content) > most:
            raise TooLarge("media_upload", f"more than {most} bytes")
        form = FormData(quote_fields=False)
        form.add_field(
            "media",
            BytesIO(attachment.content),
            filename=attachment.name,
            content_type="image/png" if attachment.is_picture else "application/octet-stream",
        )
        try:
            answer = await self.openapi.call(
                "media_upload",
                form(),
                query={"type": "image" if attachment.is_picture else "file"},
                deadline_s=_UPLOAD_S,
            )
        except Rejected as refusal:
            if refusal.code in _TOO_LARGE:
                raise TooLarge(refusal.service, refusal.reason, refusal.code) from None
            raise
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise OutcomeUnknown("media_upload", "the answer to the upload names no media id")
        return media_id

    async def show(self, user_id: str, attachment: Attachment, media_id: str) -> SendResult:
        """Send an uploaded attachment to one person. Raises as `batch_send`."""
        if attachment.is_picture:
            # by DingTalk's table it may be a media id
            message = sample("sampleImageMsg", {"photoURL": media_id})
        else:
            names = {"fileName": attachment.name, "fileType": attachment.file_type}
            message = sample("sampleFile", {"mediaId": media_id, **names})
        return await self.batch_send([user_id], message, Priority.DIGEST)

    async def set_quick_entry(self, names: Mapping[str, str], url: str) -> None:
        """Show a link to a page above the input box of all chats with the robot (快捷入口).

        It replaces other entries. `names` are by language, such as `zh_CN`. Raises as `batch_send`.
        """
        icon = await self.upload(
            Attachment("entry.png", (files("bot.dingtalk") / "quick-entry.png").read_bytes())
        )
        name = json.dumps(names, ensure_ascii=False)
        entry = {"name": name, "icon": icon, "pcUrl": page_link(url), "mobileUrl": url}
        await self.openapi.call(
            "quick_entries", {"robotCode": self.robot_code, "pluginInfoList": [entry]}
        )

    async def probe(self) -> str:
        """Send to an unknown person and describe the result.

        Raises UpstreamError.
        """
        try:
            await self.send([_NOBODY], Reply("check", "check"))
        except Rejected as error:
            if "robot" in error.code.casefold():
                raise
        return "the robot may send messages one to one"


def page_link(url: str) -> str:
    """Return the link that opens a page inside DingTalk's client, on a PC in its side bar
    (《消息链接说明》).
    """
    return f"dingtalk://dingtalkclient/page/link?{urlencode({'url': url, 'pc_slide': 'true'})}"


async def _post_first_accepted(bodies: Sequence[Body], post: Callable[[Body], Awaitable[_T]]) -> _T:
    """Post the first body that DingTalk does not reject: a rejected message reached nobody."""
    *cards, text = bodies
    for card in cards:
        try:
            return await post(card)
        except Rejected as refusal:
            logger.warning(
                "DingTalk refused an ActionCard, so the reply goes as markdown: %s", refusal
            )
    return await post(text)


def session_bodies(reply: Reply, notified: str | None, most_buttons: int) -> list[Body]:
    """Return the bodies for a session webhook: first a card if the buttons fit, then markdown.

    DingTalk notifies the person `notified` only if the text has `@` and the id, and `at` names the
    id. This holds for a card, too (《消息发送与接收类型》).
    """
    at: Body = {} if notified is None else {"at": {"atUserIds": [notified]}}
    if notified is not None:
        reply = replace(reply, text=f"@{notified}\n\n{reply.text}")
    text: Body = {"msgtype": "markdown", "markdown": markdown(reply), **at}
    if not 1 <= len(reply.buttons) <= most_buttons:
        return [text]
    buttons = [
        {"title": one_line(button.label), "actionURL": press_url(button)}
        for button in reply.buttons
    ]
    card = {
        "title": without_markup(reply.title),
        "text": reply.text,
        "btnOrientation": "0",
        "btns": buttons,
    }
    return [{"msgtype": "actionCard", "actionCard": card, **at}, text]


def batch_bodies(reply: Reply, most_buttons: int) -> list[Body]:
    """Return the messages for batchSend, the best first. Its cards have two to five buttons."""
    text = sample("sampleMarkdown", markdown(reply))
    if not 2 <= len(reply.buttons) <= most_buttons:
        return [text]
    card = {"title": without_markup(reply.title), "text": reply.text}
    for number, button in enumerate(reply.buttons, 1):
        card |= {
            f"actionTitle{number}": one_line(button.label),
            f"actionURL{number}": press_url(button),
        }
    return [sample(f"sampleActionCard{len(reply.buttons)}", card), text]


def sample(key: str, parameters: dict[str, str]) -> Body:
    """Return a message of batchSend: DingTalk's message key with its parameters."""
    return {"msgKey": key, "msgParam": encode(parameters)}


def markdown(reply: Reply) -> dict[str, str]:
    """Return title and text of a markdown message, with the buttons as links below the text."""
    links = " | ".join(f"[{escape(button.label)}]({press_url(button)})" for button in reply.buttons)
    parts = (reply.text, links)
    return {"title": without_markup(reply.title), "text": "\n\n".join(filter(None, parts))}


def press_url(button: Button) -> str:
    """Return the address of a button, or the one that sends its words as the presser's message."""
    if button.url is not None:
        return button.url
    return _SEND_LINK + quote(button.says or button.label, safe="")
