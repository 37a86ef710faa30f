"""The bot's messages: by session webhook, to people and to groups; files."""

import json
import secrets
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from bot.sandbox.api import CLIENT_ID, Ask, Json, Refused, State, api
from bot.sandbox.cards import CARD_KEYS, sample_card, session_card, wrong_content
from bot.sandbox.clock import to_ms
from bot.sandbox.media import shown_file, shown_image
from bot.sandbox.talk import GROUP, Content, group_id

_SCOPE = "qyapi_robot_sendmsg"
_MOST_PEOPLE = 20
_MOST_BYTES = 15_000


@api("webhook", "/robot/sendBySession", token=False, kind="webhook")
def answer_in_session(state: State, ask: Ask) -> Json:
    """Let the text of a session webhook reach the conversation that the message came from."""
    session = state.talk.session(ask.query.get("session", ""), to_ms(state.now()))
    if session is None or state.faults.take("webhook_expired"):
        raise Refused(300001, "session.expired", "session 不存在")
    ask.call.user_id = session.user_id
    kind = str(ask.body.get("msgtype"))
    if kind == "empty":  # shows nothing
        return {}
    show, shown = _SHOWN_IN_SESSION.get(kind), ask.body.get(kind)
    refused = kind == "actionCard" and state.faults.take("cards_refused", ask.call.api)
    if show is None or refused or not isinstance(shown, dict):
        raise Refused(400105, "invalidMessageType", "unsupported msgtype, or its content is missing")
    content = show(shown)
    notified = _notified(ask.body, content.text) if session.conversation == GROUP else []
    state.talk.answer(session, state.now(), content, notified)
    return {}


@api("batchSend", "/v1.0/robot/oToMessages/batchSend", _SCOPE, kind="send")
def send_to_people(state: State, ask: Ask) -> Json:
    """Tell at most 20 people; list the people who are not reached."""
    _check_robot(ask)
    user_ids = ask.texts("userIds", most=_MOST_PEOPLE)
    content = _message(state, ask)
    held_back = {name: _hit(state, name, user_ids) for name in ("flow_controlled", "filtered")}
    told = [
        person
        for user_id in dict.fromkeys(user_ids)
        if (person := state.world.get(user_id)) and not any(user_id in hit for hit in held_back.values())
    ]
    for person in told:
        state.talk.tell(person, state.now(), content)
    ask.call.user_id = ",".join(person.user_id for person in told)
    filtered = {"filteredStaffIdList": held_back["filtered"]} if held_back["filtered"] else {}
    return {
        "processQueryKey": secrets.token_hex(8),
        "invalidStaffIdList": [user_id for user_id in user_ids if state.world.get(user_id) is None],
        "flowControlledStaffIdList": held_back["flow_controlled"],
        **filtered,
    }


@api("groupSend", "/v1.0/robot/groupMessages/send", _SCOPE, kind="send")
def send_to_group(state: State, ask: Ask) -> Json:
    _check_robot(ask)
    group = ask.text("openConversationId")
    if not any(group == group_id(one.id) for one in state.world.departments):
        raise Refused(400002, "invalidParameter.openConversationId.notExist", "the robot is in no such group")
    state.talk.tell_group(group, state.now(), _message(state, ask))
    return {"processQueryKey": secrets.token_hex(8)}


@api("batchRecall", "/v1.0/robot/otoMessages/batchRecall", _SCOPE)
def recall(state: State, ask: Ask) -> Json:
    """Accept it; the sandbox's transcript keeps the message."""
    _check_robot(ask)
    return {"successResult": ask.texts("processQueryKeys", most=20), "failedResult": {}}


@api("download", "/v1.0/robot/messageFiles/download", _SCOPE)
def download(state: State, ask: Ask) -> Json:
    """Answer with an address that holds nothing."""
    _check_robot(ask)
    return {"downloadUrl": f"{state.url}/_sandbox/files/{quote(ask.text('downloadCode'))}"}


def _hit(state: State, fault: str, user_ids: list[str]) -> list[str]:
    """Return the employees that a fault keeps the message from."""
    value = state.faults.take(fault, "batchSend")
    return [one for one in user_ids if value and state.world.get(one) and (value is True or one in value)]


def _check_robot(ask: Ask) -> None:
    if ask.text("robotCode") != CLIENT_ID:
        raise Refused(400002, "robot.notExist", "robotCode is unknown; the sandbox's robot is called sandbox")


def _notified(body: Json, text: str) -> list[str]:
    """Return the people that a group answer notifies: in `at.atUserIds`, and as `@userid` in the text."""
    at = body.get("at")
    user_ids = at.get("atUserIds") if isinstance(at, dict) else None
    return [one for one in user_ids if f"@{one}" in text] if isinstance(user_ids, list) else []


def _message(state: State, ask: Ask) -> Content:
    """Return the content of a msgKey with its msgParam (JSON as text)."""
    key, parameters = ask.text("msgKey"), ask.text("msgParam")
    if len(parameters.encode()) > _MOST_BYTES:
        raise Refused(400002, "invalidParameter.msgParam.tooLong", f"msgParam takes at most {_MOST_BYTES} bytes")
    try:
        content = json.loads(parameters)
    except ValueError:
        content = None
    refused = key in CARD_KEYS and state.faults.take("cards_refused", ask.call.api)
    if refused or not isinstance(content, dict) or key not in _SHOWN_BY_KEY:
        why = "unknown msgKey, or msgParam is no JSON object"
        raise Refused(400002, "invalidParameter.msgParam.invalid", why)
    return _SHOWN_BY_KEY[key](state, content)


def _field(name: str, content: Json) -> Content:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise wrong_content(f"{name} must be a text")
    return Content(value)


def _text_field(name: str) -> Callable[[State, Json], Content]:
    return lambda _, content: _field(name, content)


def _card(key: str) -> Callable[[State, Json], Content]:
    return lambda _, content: sample_card(key, content)


_SHOWN_IN_SESSION: dict[str, Callable[[Json], Content]] = {
    "text": partial(_field, "content"),
    "markdown": partial(_field, "text"),
    "actionCard": session_card,
    "link": partial(_field, "text"),
}
_SHOWN_BY_KEY: dict[str, Callable[[State, Json], Content]] = {
    "sampleText": _text_field("content"),
    "sampleMarkdown": _text_field("text"),
    "sampleLink": _text_field("text"),
    "sampleImageMsg": shown_image,
    "sampleFile": shown_file,
    **{key: _card(key) for key in CARD_KEYS},
}
