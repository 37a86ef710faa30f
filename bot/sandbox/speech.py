"""Frames to the bot: robot messages, presses, and notices of changes."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import validate_call

from bot.sandbox.api import CLIENT_ID, Json, State
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.gateway import Frame, Gateway, NoBotConnected
from bot.sandbox.people import Person
from bot.sandbox.talk import GROUP, SESSION_MS, SINGLE, Entry, conversation_id
from bot.sandbox.world import WorldError

CALLBACK = "CALLBACK"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
_BOT_ID = "$:LWCP_v1:$sandboxbot"
_WAIT_FOR_ANY_BOT_S = 60.0
_UNREADABLE: dict[str, Json] = {
    "picture": {"msgtype": "picture", "content": {"downloadCode": "sandbox-picture"}},
    "unknown": {
        "msgtype": "unknownMsgType",
        "content": {"unknownMsgType": "用户发送了一条消息，机器人暂不支持接收。"},
    },
    "quota": {"msgtype": "text", "errorCode": 20001, "errorMessage": "受调用量超量影响，当前我的消息服务已经暂停"},
}

Kind = Literal["text", "voice", "richText", "picture", "unknown", "quota"]


class Speech:
    """Gives people a voice. Message ids are unique across restarts of the sandbox."""

    def __init__(self, state: State, gateway: Gateway) -> None:
        self._state = state
        self._gateway = gateway

    async def say(self, user_id: str, text: str = "", **more: Any) -> str:
        """Push one message as `compose` makes it; return its id. Raises NoBotConnected, ValueError."""
        entry, frame = self.compose(user_id, text, **more)
        await self._gateway.wait_connected(CALLBACK, ROBOT_TOPIC)
        self._state.talk.say(entry)
        await self._gateway.push(frame)
        if self._state.faults.take("deliver_twice"):
            await self._gateway.push(replace(frame, tries=2))  # byte for byte, as its own entry in the log
        return frame.msg_id

    async def press(self, user_id: str, label: str) -> str:
        """Press the newest button of a label that a person was shown; return the id of its message.

        Raises NoBotConnected, WorldError.
        """
        person, talk = self._state.world.known(user_id), self._state.talk
        shown = (*talk.shown_to(person, SINGLE), *talk.shown_to(person, GROUP))
        for entry in sorted(shown, key=lambda one: one.number, reverse=True):
            for button in entry.pressable:
                if button.label == label and button.says:
                    return await self.say(user_id, button.says, conversation=entry.conversation)
        raise WorldError(f"{user_id} was shown no button {label!r} that sends a message")

    async def notify(self, type: str, data: Json, *, wait_s: float | None = None) -> None:  # noqa: A002
        """Push an EVENT; it comes again until it is acknowledged with SUCCESS. Raises NoBotConnected."""
        headers = {
            "eventId": secrets.token_hex(16),
            "eventType": type,
            "eventBornTime": str(to_ms(self._state.now())),
            "eventCorpId": self._state.world.corp_id,
            "eventUnifiedAppId": "sandbox",
        }
        await self._gateway.push(self._gateway.prepare("EVENT", "*", data, **headers), wait_s=wait_s)

    async def notify_somebody(self, event_type: str, data: Json) -> bool:
        """Wait for a bot and push an EVENT to it; tell whether one came."""
        try:
            await self.notify(event_type, data, wait_s=_WAIT_FOR_ANY_BOT_S)
        except NoBotConnected:
            return False
        return True

    @validate_call
    def compose(
        self,
        user_id: str,
        text: str,
        *,
        conversation: Literal["1", "2"] = "1",
        mentions: Sequence[str] = (),
        kind: Kind = "text",
        sent_at: int | None = None,
        fields: Json | None = None,
    ) -> tuple[Entry, Frame]:
        """Return the entry and the frame of a message that nobody has sent yet. Raises ValueError.

        `mentions` are the people that the text links as "@name". `sent_at` (ms) is the `createAt`, by default now;
        `fields` overrides fields of the message's data, None removes one.
        """
        if mentions and conversation != GROUP:
            raise WorldError("only a group, conversation 2, has mentions")
        person = self._state.world.known(user_id)
        mentioned = [self._state.world.known(one) for one in dict.fromkeys(mentions)]
        entry = Entry(
            speaker="user",
            user_id=person.user_id,
            conversation=conversation,
            conversation_id=conversation_id(person, conversation),
            at=(self._state.now() if sent_at is None else from_ms(sent_at)).isoformat(),
            text=text if kind in ("text", "richText") else f"[{kind}] {text}".rstrip(),
            message_id=f"msg{secrets.token_hex(8)}",
        )
        parts = _between_mentions(text, mentioned) if conversation == GROUP else [text]
        data = {
            **self._about(person, entry),
            **({"createAt": sent_at} if sent_at is not None else {}),
            **(_in_group(person, mentioned) if conversation == GROUP else {}),
            **_content(kind, text, parts),
            **(fields or {}),
        }
        data = {name: value for name, value in data.items() if value is not None}
        names = {"msg_id": entry.message_id, "user_id": person.user_id}
        return entry, self._gateway.prepare(CALLBACK, ROBOT_TOPIC, data, **names)

    def _about(self, person: Person, entry: Entry) -> Json:
        """Return the fields of every robot message, with a session webhook that lives 90 minutes."""
        state = self._state
        now_ms = to_ms(state.now())
        expires_ms = now_ms + SESSION_MS
        session = state.talk.open_session(entry, expires_ms)
        return {
            "conversationId": entry.conversation_id,
            "chatbotCorpId": state.world.corp_id,
            "chatbotUserId": _BOT_ID,
            "msgId": entry.message_id,
            "senderNick": person.name,
            "isAdmin": person == state.world.admin,
            "senderStaffId": person.user_id,
            "senderUnionId": person.union_id,
            "sessionWebhookExpiredTime": expires_ms,
            "createAt": now_ms,
            "senderCorpId": state.world.corp_id,
            "conversationType": entry.conversation,
            "senderId": f"$:LWCP_v1:${person.union_id}",
            "sessionWebhook": f"{state.url}/robot/sendBySession?session={session}",
            "robotCode": CLIENT_ID,
        }


def _in_group(person: Person, mentioned: Sequence[Person]) -> Json:
    people = [
        {"dingtalkId": f"$:LWCP_v1:${one.union_id}", "staffId": one.user_id, "unionId": one.union_id}
        for one in mentioned
    ]
    title = person.department.name
    return {"conversationTitle": title, "isInAtList": True, "atUsers": [{"dingtalkId": _BOT_ID}, *people]}


def _between_mentions(text: str, mentioned: Sequence[Person]) -> list[str]:
    """Return the parts of a group's text between the linked names, as DingTalk passes it on."""
    names = sorted((re.escape(one.name) for one in mentioned), key=len, reverse=True)
    links = re.compile("|".join(f"@{name}" for name in (*names, r"bot\b")))
    return links.split(f"@bot {text}")  # nobody speaks to the bot in a group without a mention


def _content(kind: Kind, text: str, parts: list[str]) -> Json:
    if kind == "voice":
        return {
            "msgtype": "audio",
            "content": {"recognition": text, "duration": 2000, "downloadCode": "sandbox-voice"},
        }
    if kind == "richText":
        texts: list[list[Json]] = [[{"text": part}] if part else [] for part in parts]
        elements = [*texts[0], *(one for text in texts[1:] for one in ({"type": "at"}, *text))]
        return {"msgtype": "richText", "content": {"richText": elements}}
    return _UNREADABLE.get(kind) or {"msgtype": "text", "text": {"content": "".join(parts)}}
