"""Acts of people: they speak to the bot, press its buttons, and punch in DingTalk itself."""

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from bot.clock import to_ms
from bot.sandbox.api import CLIENT_ID, Json, State
from bot.sandbox.cards import press as press_card
from bot.sandbox.talk import GROUP, SESSION_MS, SINGLE, Conversation, Entry, conversation_id
from bot.sandbox.world import ON_DUTY, SITES, CheckPoint, Person, WorldError, check_points, midnight

CALLBACK = "CALLBACK"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
_BOT_ID = "$:LWCP_v1:$sandboxbot"

_DAYS = 14
_MOST_PEOPLE = 500  # more would take too long
_MINUTES = (3, 7, 12, 5, 18)  # how early people come, and how late they leave
_LATE_MINUTES = 11
_LATE_EVERY = 13  # of so many clock-ins one is late
_ON_LEAVE = "user005"
_LEAVE_DAYS_AGO = 6
NATIVE = "native"  # the target of a punch in DingTalk itself
AT_SITE = {"latitude": SITES[0].latitude, "longitude": SITES[0].longitude, "accuracy": 15.0}


async def say(
    state: State,
    user_id: str,
    text: str = "",
    *,
    conversation: Conversation = "1",
    mentions: Sequence[str] = (),  # people whom the text links as "@name"
    fields: Json | None = None,
) -> str:
    """Push a message and return its id. Raises NoBotConnected, WorldError.

    `fields` override the message's data; None removes a field.
    """
    person = state.world.person(user_id)
    mentioned = [state.world.person(other_id) for other_id in dict.fromkeys(mentions)]
    await state.gateway.choose(CALLBACK, ROBOT_TOPIC)
    now_ms = state.now_ms()
    entry = Entry(
        speaker="user",
        user_id=user_id,
        conversation=conversation,
        conversation_id=conversation_id(person, conversation),
        at=state.now().isoformat(),
        text=text,
        message_id=f"msg{secrets.token_hex(8)}",
    )
    session = state.make_secret()
    state.sessions[session] = entry
    data = {
        "conversationId": entry.conversation_id,
        "chatbotCorpId": state.world.corp_id,
        "chatbotUserId": _BOT_ID,
        "msgId": entry.message_id,
        "senderNick": person.name,
        "senderStaffId": user_id,
        "senderUnionId": person.union_id,
        "sessionWebhookExpiredTime": now_ms + SESSION_MS,
        "createAt": now_ms,
        "senderCorpId": state.world.corp_id,
        "conversationType": conversation,
        "sessionWebhook": f"{state.url}/robot/sendBySession?session={session}",
        "robotCode": CLIENT_ID,
    }
    if conversation == GROUP:
        text = _without_links(text, mentioned)
        linked = [
            {
                "dingtalkId": f"$:LWCP_v1:${other.union_id}",
                "staffId": other.user_id,
                "unionId": other.union_id,
            }
            for other in mentioned
        ]
        data |= {"atUsers": [{"dingtalkId": _BOT_ID}, *linked], "isInAtList": True}
    data |= {"msgtype": "text", "text": {"content": text}} | (fields or {})
    data = {name: value for name, value in data.items() if value is not None}
    state.talk.say(entry)
    await state.gateway.call_back(ROBOT_TOPIC, data, user_id, entry.message_id)
    return entry.message_id


async def press(state: State, user_id: str, label: str, url: str = "") -> str:
    """Press the newest button of the single chat with this label and `url`.

    A button in a group does nothing: its words mention no bot. Raises NoBotConnected, NotAnswered,
    WorldError.
    """
    chat = state.talk.of(conversation_id(state.world.person(user_id), SINGLE))
    for entry in reversed(chat):
        for button in entry.pressable:
            if button.label == label and button.url == (url or button.url):
                if button.of_card:
                    return await press_card(state, user_id, *button.of_card)
                if button.says:
                    return await say(state, user_id, button.says)
    raise WorldError(f"{user_id} was shown no button {label!r} that does something here")


def _without_links(text: str, mentioned: Sequence[Person]) -> str:
    """Return a group's text without linked names, as DingTalk does."""
    names = sorted((re.escape(person.name) for person in mentioned), key=len, reverse=True)
    links = re.compile("|".join(f"@{name}" for name in (*names, r"bot\b")))
    return links.sub("", f"@bot {text}")  # nobody speaks to the bot in a group without a mention


def invent_past(state: State) -> None:
    """Store invented punches and one leave of the last two weeks, if there is no punch yet.

    The same start date gives the same past.
    """
    world = state.world
    today = state.local_date(to_ms(state.now()))
    if not len(state.records) and len(world) <= _MOST_PEOPLE:
        away = midnight(today - timedelta(days=_LEAVE_DAYS_AGO))
        away -= timedelta(days=max(away.weekday() - 4, 0))  # a workday
        if world.get(_ON_LEAVE):
            state.absences.add(_ON_LEAVE, away, away + timedelta(days=1, seconds=-1))
        for person in world:
            for ago in range(_DAYS, 0, -1):
                for point in check_points(world, person, today - timedelta(days=ago)):
                    if not state.absences.excuse_for(point):
                        _invent_punch(state, point)
    # Nobody was planned before the first punch, so nobody is absent then.
    world.founded_on = min(
        (state.local_date(record.time_ms) for record in state.records), default=today
    )


def _invent_punch(state: State, point: CheckPoint) -> None:
    day = point.work_date.toordinal()
    number = point.person.number
    minutes = _MINUTES[(day + number) % len(_MINUTES)]
    if point.check_type == ON_DUTY:
        minutes = _LATE_MINUTES if (day * 5 + number * 3) % _LATE_EVERY == 0 else -minutes
    moment = point.due_at + timedelta(minutes=minutes)
    if moment < state.now():
        state.records.take(NATIVE, point.person.user_id, to_ms(moment), moment, **AT_SITE)
