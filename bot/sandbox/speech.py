"""Frames to the bot: robot messages, presses, and notices of changes."""

import re
import secrets
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from bot.sandbox.api import CLIENT_ID, Json, State
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.gateway import Frame, Gateway, NoBotConnected
from bot.sandbox.people import Person
from bot.sandbox.talk import GROUP, SESSION_MS, SINGLE, Entry, Session, conversation_id
from bot.sandbox.world import WorldError

CALLBACK = "CALLBACK"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
AS_USUAL = "as usual"
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


@dataclass(frozen=True, slots=True)
class Saying:
    """A message to say. `fields` overrides fields of the message's data, None removes one.

    `sent_ms` is the `createAt`, by default the pretend clock's. `mentions` are the people that the text
    links, as "@name"; only in a group.
    """

    person: Person
    text: str
    conversation: str = SINGLE
    kind: Kind = "text"
    sent_ms: int | None = None
    fields: Json = field(default_factory=dict)
    mentions: tuple[Person, ...] = ()


class Speech:
    """Gives people a voice. Message ids are unique across restarts of the sandbox."""

    def __init__(self, state: State, gateway: Gateway) -> None:
        self._state = state
        self._gateway = gateway
        self._ids = (f"msg{secrets.token_hex(5)}{number:x}" for number in count(1))

    async def say(
        self,
        user_id: str,
        text: str = "",
        *,
        conversation: Literal["1", "2"] = "1",
        mentions: tuple[str, ...] = (),
        kind: Kind = "text",
        sent_at: int | None = None,
        staff_id: str | None = AS_USUAL,
        corp: str | None = AS_USUAL,
        fields: Json | None = None,
    ) -> str:
        """Push one message and return its id. Raises NoBotConnected when nobody listens in time, WorldError.

        `sent_at` is in ms. `staff_id` and `corp` put other values (or none) in the frame, `fields` any field.
        """
        if mentions and conversation != GROUP:
            raise WorldError("only a group, conversation 2, has mentions")
        world = self._state.world
        shaped = {"senderStaffId": staff_id, "senderCorpId": corp}
        changed = {name: value for name, value in shaped.items() if value != AS_USUAL} | (fields or {})
        mentioned = tuple(dict.fromkeys(map(world.known, mentions)))
        return await self.push(Saying(world.known(user_id), text, conversation, kind, sent_at, changed, mentioned))

    async def press(self, user_id: str, label: str) -> str:
        """Press the newest button of a label that a person was shown; return the id of its message.

        Raises NoBotConnected, WorldError.
        """
        person = self._state.world.known(user_id)
        for entry in self._state.talk.shown_to(person):
            for button in entry.pressable:
                if button.label == label and button.says:
                    return await self.push(Saying(person, button.says, entry.conversation))
        raise WorldError(f"{user_id} was shown no button {label!r} that sends a message")

    async def push(self, saying: Saying) -> str:
        """Push a message and return its id. Raises NoBotConnected."""
        await self._gateway.wait_connected(CALLBACK, ROBOT_TOPIC)
        frame = self.compose(saying)
        self.note(saying, frame.msg_id)
        await self._gateway.push(frame)
        if self._state.faults.take("deliver_twice"):
            again = (frame.kind, frame.topic, frame.text, frame.message_id, frame.msg_id, frame.user_id)
            await self._gateway.push(Frame(*again, tries=2))  # byte for byte, as its own entry in the log
        return frame.msg_id

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

    def compose(self, saying: Saying) -> Frame:
        """Return the frame of a message that nobody has sent yet."""
        msg_id = next(self._ids)
        data = _robot_message(self._state, saying, msg_id)
        return self._gateway.prepare(CALLBACK, ROBOT_TOPIC, data, msg_id=msg_id, user_id=saying.person.user_id)

    def note(self, saying: Saying, msg_id: str) -> None:
        """Enter the message into the transcript."""
        at = self._state.now() if saying.sent_ms is None else from_ms(saying.sent_ms)
        chat = conversation_id(saying.person, saying.conversation)
        shown = saying.text if saying.kind in ("text", "richText") else f"[{saying.kind}] {saying.text}".rstrip()
        user_id = saying.person.user_id
        self._state.talk.say(Entry("user", user_id, saying.conversation, chat, at.isoformat(), shown, msg_id))


def _robot_message(state: State, saying: Saying, msg_id: str) -> Json:
    """Return the data of a robot message, with a session webhook that lives 90 minutes."""
    person, now_ms = saying.person, to_ms(state.now())
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
        "createAt": now_ms if saying.sent_ms is None else saying.sent_ms,
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


def _in_group(saying: Saying) -> Json:
    people = [
        {"dingtalkId": f"$:LWCP_v1:${one.union_id}", "staffId": one.user_id, "unionId": one.union_id}
        for one in saying.mentions
    ]
    title = saying.person.department.name
    return {"conversationTitle": title, "isInAtList": True, "atUsers": [{"dingtalkId": _BOT_ID}, *people]}


def _between_mentions(saying: Saying) -> list[str]:
    """Return the text as DingTalk passes it on: the parts between the linked names."""
    if saying.conversation != GROUP:
        return [saying.text]
    names = sorted((re.escape(one.name) for one in saying.mentions), key=len, reverse=True)
    links = re.compile("|".join(f"@{name}" for name in (*names, r"bot\b")))
    return links.split(f"@bot {saying.text}")  # nobody speaks to the bot in a group without a mention


def _content(saying: Saying) -> Json:
    parts = _between_mentions(saying)
    if saying.kind == "voice":
        spoken = {"recognition": saying.text, "duration": 2000, "downloadCode": "sandbox-voice"}
        return {"msgtype": "audio", "content": spoken}
    if saying.kind == "richText":
        texts: list[list[Json]] = [[{"text": part}] if part else [] for part in parts]
        elements = [*texts[0], *(one for text in texts[1:] for one in ({"type": "at"}, *text))]
        return {"msgtype": "richText", "content": {"richText": elements}}
    return _UNREADABLE.get(saying.kind) or {"msgtype": "text", "text": {"content": "".join(parts)}}
