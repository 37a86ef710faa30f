"""The frames of the Stream protocol, and the robot messages inside them."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.api import CLIENT_ID, State
from bot.sandbox.calls import masked, masked_text, readable
from bot.sandbox.clock import to_ms
from bot.sandbox.people import Person
from bot.sandbox.talk import GROUP, SESSION_MS, SINGLE, Session, conversation_id

ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
APP_ID = "5a0db0c5-0000-4000-8000-5a0db0c50001"
_BOT_ID = "$:LWCP_v1:$sandboxbot"
_BOT_NAME = "bot"
KINDS = ("text", "voice", "richText", "picture", "unknown", "quota")
_QUOTA_TEXT = "受调用量超量影响，当前我的消息服务已经暂停"


@dataclass(slots=True, eq=False)
class Frame:
    """One frame and what became of it. `pushed` is real seconds; `ack_*` stay None without an ACK.

    `pushed_again` is of one that was not taken, so that another of the same content followed it.
    """

    kind: str
    topic: str
    text: str
    message_id: str = ""
    msg_id: str = ""
    user_id: str = ""
    connection: str = ""
    tries: int = 1
    at: datetime | None = None
    pushed: float = 0.0
    ack_code: int | None = None
    ack_data: str | None = None
    ack_ms: float | None = None
    ack_connection: str = ""
    pushed_again: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the frame and its ACK as the page shows them, session webhooks blotted out."""
        shown = readable(self.text)
        if isinstance(shown, dict) and isinstance(shown.get("data"), str):
            shown["data"] = readable(shown["data"])
        ack = {"code": self.ack_code, "data": readable(self.ack_data or ""), "ms": self.ack_ms}
        return {
            "type": self.kind,
            "topic": self.topic,
            "message_id": self.message_id,
            "msg_id": self.msg_id,
            "user_id": self.user_id,
            "connection": self.connection,
            "tries": self.tries,
            "pushed_again": self.pushed_again,
            "at": self.at.isoformat() if self.at else None,
            "frame": masked(shown) if isinstance(shown, dict) else masked_text(self.text),
            "ack": {**ack, "connection": self.ack_connection} if self.ack_code is not None else None,
        }


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody says. `fields` overrides fields of the message's data, None removes one.

    `sent_ms` is the `createAt` (ms), by default the pretend clock's. `mentions` are the people whose names the
    text links, as "@name"; only in a group.
    """

    person: Person
    text: str
    conversation: str = SINGLE
    kind: str = "text"
    sent_ms: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    mentions: tuple[Person, ...] = ()


def envelope(kind: str, topic: str, message_id: str, data: dict[str, Any], headers: dict[str, str]) -> str:
    """Return a frame as it goes over the wire; its data is JSON in a string."""
    common = {"topic": topic, "contentType": "application/json"}
    named = {"messageId": message_id} if message_id else {}
    body = json.dumps(data, ensure_ascii=False)
    frame = {"specVersion": "1.0", "type": kind, "headers": {**common, **named, **headers}, "data": body}
    return json.dumps(frame, ensure_ascii=False)


def robot_message(state: State, saying: Saying, msg_id: str) -> dict[str, Any]:
    """Return the data of a robot message, with a session webhook that lives 90 minutes."""
    person, now_ms = saying.person, to_ms(state.now())
    created_ms = now_ms if saying.sent_ms is None else saying.sent_ms
    chat = conversation_id(person, saying.conversation)
    session = Session(person.user_id, saying.conversation, chat, msg_id, now_ms + SESSION_MS)
    data = {
        "conversationId": chat,
        "chatbotCorpId": state.world.corp_id,
        "chatbotUserId": _BOT_ID,
        "msgId": msg_id,
        "senderNick": person.name,
        "isAdmin": person == state.world.admin,
        "senderStaffId": person.user_id,
        "senderUnionId": person.union_id,
        "sessionWebhookExpiredTime": session.expires_ms,
        "createAt": created_ms,
        "senderCorpId": state.world.corp_id,
        "conversationType": saying.conversation,
        "senderId": f"$:LWCP_v1:${person.union_id}",
        "sessionWebhook": f"{state.url}/robot/sendBySession?session={state.talk.open_session(session)}",
        "robotCode": CLIENT_ID,
        **(_in_group(saying) if saying.conversation == GROUP else {}),
        **_content(saying),
        **saying.fields,
    }
    return {name: value for name, value in data.items() if value is not None}


def _in_group(saying: Saying) -> dict[str, Any]:
    people = [
        {"dingtalkId": f"$:LWCP_v1:${one.union_id}", "staffId": one.user_id, "unionId": one.union_id}
        for one in saying.mentions
    ]
    title = saying.person.department.name
    return {"conversationTitle": title, "isInAtList": True, "atUsers": [{"dingtalkId": _BOT_ID}, *people]}


def _between_mentions(saying: Saying) -> list[str]:
    """Return what DingTalk leaves of the text: the parts between the linked names."""
    if saying.conversation != GROUP:
        return [saying.text]
    names = sorted((re.escape(one.name) for one in saying.mentions), key=len, reverse=True)
    links = re.compile("|".join(f"@{name}" for name in (*names, rf"{_BOT_NAME}\b")))
    return links.split(f"@{_BOT_NAME} {saying.text}")  # nobody speaks to the bot in a group without a mention


def _content(saying: Saying) -> dict[str, Any]:
    parts = _between_mentions(saying)
    text = "".join(parts)
    match saying.kind:
        case "voice":
            spoken = {"recognition": saying.text, "duration": 2000, "downloadCode": "sandbox-voice"}
            return {"msgtype": "audio", "content": spoken}
        case "richText":
            texts = [[{"text": part}] if part else [] for part in parts]
            elements = [*texts[0], *(one for text in texts[1:] for one in ({"type": "at"}, *text))]
            return {"msgtype": "richText", "content": {"richText": elements}}
        case "picture":
            return {"msgtype": "picture", "content": {"downloadCode": "sandbox-picture"}}
        case "unknown":
            told = {"unknownMsgType": "用户发送了一条消息，机器人暂不支持接收。"}
            return {"msgtype": "unknownMsgType", "content": told}
        case "quota":
            return {"msgtype": "text", "errorCode": 20001, "errorMessage": _QUOTA_TEXT}
        case _:
            return {"msgtype": "text", "text": {"content": text}}
