"""The robot: its messages by session webhook, to people and to groups, its DINGs, uploads and quick
entries.
"""

import mimetypes
import re
import secrets
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, Field
from pydantic import Json as ParsedJson

from bot.sandbox.api import Json, Medium, Refused, State, Text, api, at_most_bytes, invalid
from bot.sandbox.talk import Button, Content

_SCOPE = "qyapi_robot_sendmsg"
_MOST_BYTES = {"image": 1024 * 1024, "file": 20 * 1024 * 1024}
_MOST_OF_WEBHOOK = 20_000  # bytes of a body, by the text of DingTalk's refusal
_TEXT_FIELDS = {
    "text": "content",
    "markdown": "text",
    "sampleMarkdown": "text",
}
_CARD_KEY = re.compile(r"sampleActionCard([2-5])")
_ENDINGS = {
    "image": ("jpg", "gif", "png", "bmp"),
    "file": ("doc", "docx", "xlsx", "zip", "pdf", "rar"),
}
_RobotCode = Literal["sandbox"]
_UpTo20 = Annotated[list[str], Field(min_length=1, max_length=20)]
_Parameters = Annotated[ParsedJson[Json], at_most_bytes(15_000)]
# Other characters than these must be percent-encoded.
_Url = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://[!-~]+$")]


class _Row(BaseModel, extra="forbid"):
    title: Text
    url: _Url = Field(alias="actionURL")


class _Card(BaseModel, extra="forbid"):
    title: Text
    text: Text
    rows: Annotated[list[_Row], Field(alias="btns", min_length=1)]
    orientation: Literal["0", "1"] = Field("0", alias="btnOrientation")


class _QuickEntry(BaseModel, extra="forbid"):
    name: Text  # or JSON with a name for each of `zh_CN` and `en_US`
    icon: Text
    pc_url: _Url = Field(alias="pcUrl")
    mobile_url: _Url = Field(alias="mobileUrl")


@api("webhook", "/robot/sendBySession", token=False)
def answer_in_session(
    state: State,
    fields: Json,
    raw: bytes,
    session: str,
    msgtype: Literal["text", "markdown", "actionCard"],
) -> Json:
    """Answer a message through its session webhook, in the message's conversation."""
    if len(raw) > _MOST_OF_WEBHOOK:
        raise Refused(460101, "body 大小不合法，请保持大小在 20000bytes 以内")
    asked = state.sessions.get(session)
    if asked is None or state.faults.take("webhook_expired"):
        raise Refused(300001, "session 不存在")
    content = _content_of(state, "webhook", msgtype, fields.get(msgtype))
    at = state.now().isoformat()
    state.talk.say(replace(asked, speaker="bot", at=at, **asdict(content)))
    return {}


@api("batchSend", "/v1.0/robot/oToMessages/batchSend", _SCOPE)
def send_to_people(
    state: State, robot_code: _RobotCode, user_ids: _UpTo20, msg_key: Text, msg_param: _Parameters
) -> Json:
    content = _message(state, "batchSend", msg_key, msg_param)
    here = {user_id: person for user_id in user_ids if (person := state.world.get(user_id))}
    controlled, filtered = (
        state.faults.take_people(fault, here, "batchSend")
        for fault in ("flow_controlled", "filtered")
    )
    for user_id, person in here.items():
        if user_id not in (*controlled, *filtered):
            state.tell(person, content)
    return {
        "processQueryKey": secrets.token_hex(8),
        "invalidStaffIdList": [user_id for user_id in user_ids if user_id not in here],
        "flowControlledStaffIdList": controlled,
        "filteredStaffIdList": filtered,
    }


@api("ding_send", "/v1.0/robot/ding/send", "Premium.Ding.Write")
def send_ding(
    state: State,
    robot_code: _RobotCode,
    remind_type: Literal[1],
    receiver_user_id_list: Annotated[list[str], Field(min_length=1, max_length=199)],
    content: Text,
) -> Json:
    """Show a DING in single chats. This company has bought none by SMS or phone."""
    failed = state.faults.take_people("filtered", receiver_user_id_list, "ding_send")
    for user_id in receiver_user_id_list:
        person = state.world.get(user_id)
        if person is None:
            failed.append(user_id)
        elif user_id not in failed:
            state.tell(person, Content(content, title="DING"))
    answer = {"openDingId": secrets.token_hex(8)}
    return {**answer, "failedList": {"not reached": failed}} if failed else answer


@api("plugins_set", "/v1.0/robot/plugins/set", "Robot.SingleChat.ReadWrite")
def set_quick_entries(
    state: State, robot_code: _RobotCode, plugin_info_list: list[_QuickEntry]
) -> Json:
    """Show these entries above the input box of single chats, and no earlier ones."""
    state.quick_entries = [
        {**entry.model_dump(), "icon": _file(state, "image", entry.icon).medium}
        for entry in plugin_info_list
    ]
    return {"result": True}


@api("media_upload", "/media/upload", "qyapi_base")
def upload(state: State, request: web.Request, media: web.FileField) -> Json:
    """Take one part named `media`. The query's `type` limits the types of files."""
    kind = request.query.get("type", "")
    name = media.filename
    content = media.file.read()
    if not name.lower().endswith(_ENDINGS.get(kind, ())):
        raise Refused(40005, "不合法的文件类型")
    if not 0 < len(content) <= _MOST_BYTES.get(kind, 0):
        raise Refused(40006, "不合法的文件大小")
    media_id = f"$sandbox{secrets.token_hex(8)}"
    state.uploads[media_id] = Medium(kind, name, content)
    return {"media_id": media_id}


async def serve_upload(state: State, request: web.Request) -> web.Response:
    medium = state.uploads.get(request.match_info["media_id"])
    if medium is None:
        raise web.HTTPNotFound
    content_type = mimetypes.guess_type(medium.name)[0] or "application/octet-stream"
    return web.Response(body=medium.content, content_type=content_type)


def _message(state: State, api_name: str, key: str, given: Json) -> Content:
    card = _CARD_KEY.fullmatch(key)
    if card:
        rows = [
            {
                "title": given.pop(f"actionTitle{row}", None),
                "actionURL": given.pop(f"actionURL{row}", None),
            }
            for row in range(1, int(card[1]) + 1)
        ]
        return _content_of(state, api_name, "actionCard", {**given, "btns": rows})
    if key == "sampleImageMsg":
        return _file(state, "image", given.get("photoURL"))
    if key == "sampleFile":
        return _file(state, "file", given.get("mediaId"), given.get("fileName", ""))
    return _content_of(state, api_name, key, given)


def _content_of(state: State, api_name: str, kind: str, given: Any) -> Content:
    """Return the content of a text or an ActionCard. Raises Refused, ValidationError."""
    if kind != "actionCard":
        text = (given or {}).get(_TEXT_FIELDS.get(kind))
        if not isinstance(text, str) or not text:
            raise invalid(f"{kind} is no kind of message, or it has no text")
        return Content(text)
    if state.faults.take("cards_refused", api_name):
        raise invalid("ActionCards are refused here")
    card = _Card.model_validate(given)
    return Content(card.text, buttons=tuple(Button(row.title, row.url) for row in card.rows))


def _file(state: State, kind: str, media_id: object, name: str = "") -> Content:
    medium = state.uploads.get(str(media_id))
    if medium is None or medium.kind != kind:
        raise invalid(f"{media_id} is not the id of an upload of type {kind}")
    shown = {
        "kind": kind,
        "url": f"/_sandbox/media/{quote(str(media_id), safe='')}",
        "name": name or medium.name,
    }
    return Content(f"{'🖼' if kind == 'image' else '📎'} {shown['name']}", shown)
