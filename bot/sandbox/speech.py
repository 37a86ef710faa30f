"""Frames to the bot: robot messages, presses, and notices of changes."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Literal

from bot.sandbox.api import CLIENT_ID, Json, State
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.gateway import Gateway
from bot.sandbox.talk import GROUP, SESSION_MS, SINGLE, Conversation, Entry, conversation_id
from bot.sandbox.world import Person, WorldError

CALLBACK = "CALLBACK"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
_BOT_ID = "$:LWCP_v1:$sandboxbot"

Kind = Literal["text", "voice", "richText", "picture"]


class Speech:
    """Gives people a voice."""

    def __init__(self, state: State, gateway: Gateway) -> None:
        self._state = state
        self._gateway = gateway

    async def say(
        self,
        user_id: str,
        text: str = "",
        *,
        conversation: Conversation = "1",
        mentions: Sequence[str] = (),
        kind: Kind = "text",
        sent_at: int | None = None,
        fields: Json | None = None,
    ) -> str:
        """Push one message and return its id. Raises NoBotConnected, WorldError.

        `mentions` are the people that a group's text links as "@name". `sent_at` (ms) is the `createAt`, by
        default now; `fields` overrides fields of the message's data, None removes one.
        """
        state, person = self._state, self._state.world.known(user_id)
        mentioned = [state.world.known(one) for one in dict.fromkeys(mentions)]
        await self._gateway.choose(CALLBACK, ROBOT_TOPIC)
        now_ms = to_ms(state.now())
        said_ms, expires_ms = now_ms if sent_at is None else sent_at, now_ms + SESSION_MS
        entry = Entry(
            speaker="user",
            user_id=user_id,
            conversation=conversation,
            conversation_id=conversation_id(person, conversation),
            at=from_ms(said_ms).isoformat(),
            text=text if kind in ("text", "richText") else f"[{kind}] {text}".rstrip(),
            message_id=f"msg{secrets.token_hex(8)}",
        )
        session = state.talk.open_session(entry, expires_ms)
        data = {
            "conversationId": entry.conversation_id,
            "chatbotCorpId": state.world.corp_id,
            "chatbotUserId": _BOT_ID,
            "msgId": entry.message_id,
            "senderNick": person.name,
            "isAdmin": person == state.world.admin,
            "senderStaffId": user_id,
            "senderUnionId": person.union_id,
            "sessionWebhookExpiredTime": expires_ms,
            "createAt": said_ms,
            "senderCorpId": state.world.corp_id,
            "conversationType": conversation,
            "senderId": f"$:LWCP_v1:${person.union_id}",
            "sessionWebhook": f"{state.url}/robot/sendBySession?session={session}",
            "robotCode": CLIENT_ID,
        }
        parts = [text]
        if conversation == GROUP:
            parts = _between_mentions(text, mentioned)
            data |= {"conversationTitle": person.department.name, "isInAtList": True}
            data["atUsers"] = [
                {"dingtalkId": _BOT_ID},
                *(
                    {"dingtalkId": f"$:LWCP_v1:${one.union_id}", "staffId": one.user_id, "unionId": one.union_id}
                    for one in mentioned
                ),
            ]
        data |= _content(kind, text, parts) | (fields or {})
        data = {name: value for name, value in data.items() if value is not None}
        frame = self._gateway.prepare(CALLBACK, ROBOT_TOPIC, data)
        frame.msg_id, frame.user_id = entry.message_id, user_id
        state.talk.say(entry)
        await self._gateway.push(frame)
        if state.faults.take("deliver_twice"):
            await self._gateway.push(replace(frame, tries=2))  # byte for byte, as its own entry in the log
        return entry.message_id

    async def press(self, user_id: str, label: str) -> str:
        """Press the newest button of a label that a person was shown; return the id of its message.

        Raises NoBotConnected, WorldError.
        """
        person, talk = self._state.world.known(user_id), self._state.talk
        shown = [one for where in (SINGLE, GROUP) for one in talk.of(conversation_id(person, where))]
        for entry in sorted(shown, key=lambda one: one.number, reverse=True):
            for button in entry.pressable:
                if button.label == label and button.says:
                    return await self.say(user_id, button.says, conversation=entry.conversation)
        raise WorldError(f"{user_id} was shown no button {label!r} that sends a message")

    async def notify(self, event_type: str, data: Json) -> None:
        """Push an EVENT once a bot is there; it comes again until its ACK says SUCCESS."""
        headers = {
            "eventId": secrets.token_hex(16),
            "eventType": event_type,
            "eventBornTime": str(to_ms(self._state.now())),
            "eventCorpId": self._state.world.corp_id,
            "eventUnifiedAppId": "sandbox",
        }
        await self._gateway.push(self._gateway.prepare("EVENT", "*", data, **headers), wait_s=inf)


def _between_mentions(text: str, mentioned: Sequence[Person]) -> list[str]:
    """Return the parts of a group's text between the linked names, as DingTalk passes it on."""
    names = sorted((re.escape(one.name) for one in mentioned), key=len, reverse=True)
    links = re.compile("|".join(f"@{name}" for name in (*names, r"bot\b")))
    return links.split(f"@bot {text}")  # nobody speaks to the bot in a group without a mention


def _content(kind: Kind, text: str, parts: list[str]) -> Json:
    if kind == "text":
        return {"msgtype": "text", "text": {"content": "".join(parts)}}
    if kind == "voice":
        spoken = {"recognition": text, "duration": 2000, "downloadCode": "sandbox-voice"}
        return {"msgtype": "audio", "content": spoken}
    if kind == "picture":
        return {"msgtype": "picture", "content": {"downloadCode": "sandbox-picture"}}
    texts: list[list[Json]] = [[{"text": part}] if part else [] for part in parts]
    elements = [*texts[0], *(one for text in texts[1:] for one in ({"type": "at"}, *text))]
    return {"msgtype": "richText", "content": {"richText": elements}}
