"""The bot's messages: by session webhook, to people and to groups."""

import secrets
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, Field
from pydantic import Json as ParsedJson

from bot.sandbox.api import Json, Refused, State, Text, api, invalid
from bot.sandbox.cards import CARD_KEYS, sample_card, session_card
from bot.sandbox.clock import to_ms
from bot.sandbox.media import shown_file, shown_image
from bot.sandbox.talk import GROUP, SINGLE, Content, conversation_id, group_id

_SCOPE = "qyapi_robot_sendmsg"
_TEXT_FIELDS = {"text": "content", "markdown": "text", "link": "text"}
_SAMPLES = {"sampleText": "text", "sampleMarkdown": "markdown", "sampleLink": "link"}


def _check_size(parameters: str) -> str:
    if len(parameters.encode()) > 15_000:
        raise ValueError("takes at most 15,000 bytes")
    return parameters


_RobotCode = Literal["sandbox"]
_UpTo20 = Annotated[list[str], Field(min_length=1, max_length=20)]
_Parameters = Annotated[ParsedJson[Json], BeforeValidator(_check_size)]


@api("webhook", "/robot/sendBySession", token=False)
def answer_in_session(state: State, fields: Json, session: str, msgtype: str) -> Json:
    """Let the text of a session webhook reach the conversation that the message came from."""
    asked = state.talk.session(session, to_ms(state.now()))
    if asked is None or state.faults.take("webhook_expired"):
        raise Refused(300001, "session.expired", "session 不存在")
    if msgtype == "empty":  # shows nothing
        return {}
    shown = fields.get(msgtype)
    refused = msgtype == "actionCard" and state.faults.take("cards_refused", "webhook")
    if msgtype not in (*_TEXT_FIELDS, "actionCard") or refused or not isinstance(shown, dict):
        raise Refused(400105, "invalidMessageType", "unsupported msgtype, or its content is missing")
    content = session_card(shown) if msgtype == "actionCard" else _text(msgtype, shown)
    # A group answer notifies the people in `at.atUserIds`, if their `@userid` stands in the text, too.
    at_user_ids = (fields.get("at") or {}).get("atUserIds") or []
    notified = [one for one in at_user_ids if f"@{one}" in content.text and asked.conversation == GROUP]
    where = (asked.user_id, asked.conversation, asked.conversation_id)
    state.talk.tell(where, state.now(), content, message_id=asked.message_id, at_user_ids=notified)
    return {}


@api("batchSend", "/v1.0/robot/oToMessages/batchSend", _SCOPE)
def send_to_people(
    state: State, robot_code: _RobotCode, user_ids: _UpTo20, msg_key: Text, msg_param: _Parameters
) -> Json:
    """Tell at most 20 people; list the people who are not reached."""
    content = _message(state, "batchSend", msg_key, msg_param)
    here = {one: person for one in user_ids if (person := state.world.get(one))}
    controlled, filtered = (_hit(state, fault, list(here)) for fault in ("flow_controlled", "filtered"))
    for user_id, person in here.items():
        if user_id not in (*controlled, *filtered):
            state.talk.tell((user_id, SINGLE, conversation_id(person, SINGLE)), state.now(), content)
    return {
        "processQueryKey": secrets.token_hex(8),
        "invalidStaffIdList": [one for one in user_ids if one not in here],
        "flowControlledStaffIdList": controlled,
        **({"filteredStaffIdList": filtered} if filtered else {}),
    }


@api("groupSend", "/v1.0/robot/groupMessages/send", _SCOPE)
def send_to_group(
    state: State, robot_code: _RobotCode, open_conversation_id: Text, msg_key: Text, msg_param: _Parameters
) -> Json:
    if open_conversation_id not in [group_id(one.id) for one in state.world.departments]:
        raise Refused(400002, "invalidParameter.openConversationId.notExist", "the robot is in no such group")
    content = _message(state, "groupSend", msg_key, msg_param)
    state.talk.tell(("", GROUP, open_conversation_id), state.now(), content)
    return {"processQueryKey": secrets.token_hex(8)}


# The transcript keeps a message that is taken back; the address of a file holds nothing.
api("batchRecall", "/v1.0/robot/otoMessages/batchRecall", _SCOPE)(
    lambda process_query_keys: {"successResult": process_query_keys, "failedResult": {}}
)
api("download", "/v1.0/robot/messageFiles/download", _SCOPE)(
    lambda state, download_code: {"downloadUrl": f"{state.url}/_sandbox/files/{quote(download_code)}"}
)


def _hit(state: State, fault: str, user_ids: list[str]) -> list[str]:
    """Return the people that a fault keeps the message from."""
    value = state.faults.take(fault, "batchSend") or []
    return [one for one in user_ids if value is True or one in value]


def _message(state: State, api_name: str, key: str, content: Json) -> Content:
    if key in CARD_KEYS and not state.faults.take("cards_refused", api_name):
        return sample_card(key, content)
    if key in _SAMPLES:
        return _text(_SAMPLES[key], content)
    if key in ("sampleImageMsg", "sampleFile"):
        return (shown_image if key == "sampleImageMsg" else shown_file)(state, content)
    raise Refused(400002, "invalidParameter.msgKey", f"unknown msgKey {key}")


def _text(msgtype: str, content: Json) -> Content:
    value = content.get(_TEXT_FIELDS[msgtype])
    if not isinstance(value, str) or not value:
        raise invalid(f"{_TEXT_FIELDS[msgtype]} must be a text")
    return Content(value)
