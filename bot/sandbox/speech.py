"""What people say and press, as frames to the bot."""

import re
import secrets
from collections.abc import Sequence
from typing import Literal

from bot.sandbox.api import CLIENT_ID, Json, State
from bot.sandbox.cards import press as press_card
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.gateway import Gateway
from bot.sandbox.talk import GROUP, SESSION_MS, SINGLE, Conversation, Entry, conversation_id
from bot.sandbox.world import Person, WorldError

CALLBACK = "CALLBACK"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
_BOT_ID = "$:LWCP_v1:$sandboxbot"

Kind = Literal["text", "voice", "richText", "picture"]


async def say(
    state: State,
    gateway: Gateway,
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
    person = state.world.known(user_id)
    mentioned = [state.world.known(one) for one in dict.fromkeys(mentions)]
    await gateway.choose(CALLBACK, ROBOT_TOPIC)
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
    state.talk.say(entry)
    await gateway.call_back(ROBOT_TOPIC, data, user_id, entry.message_id)
    return entry.message_id


async def press(state: State, gateway: Gateway, user_id: str, label: str, url: str = "") -> str:
    """Press the newest button of a label that a person was shown, or the one with this address.

    Return the id of the message. Raises NoBotConnected, NotAnswered, WorldError.
    """
    person, talk = state.world.known(user_id), state.talk
    shown = [entry for where in (SINGLE, GROUP) for entry in talk.of(conversation_id(person, where))]
    for entry in sorted(shown, key=lambda entry: entry.number, reverse=True):
        for button in entry.pressable:
            if button.label == label and button.url == (url or button.url):
                if button.of_card:
                    return await press_card(state, gateway, user_id, *button.of_card)
                if button.says:
                    return await say(state, gateway, user_id, button.says, conversation=entry.conversation)
    raise WorldError(f"{user_id} was shown no button {label!r} that does something here")


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
