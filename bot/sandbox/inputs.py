"""What the control API is sent, checked; and who may send it."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.api import Json, State
from bot.sandbox.faults import FaultError
from bot.sandbox.frames import KINDS, Saying
from bot.sandbox.gateway import NoBotConnected
from bot.sandbox.talk import GROUP, SINGLE
from bot.sandbox.world import Person, WorldError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_DEFAULT_LIMIT = 200
_FIELDS = frozenset({
    "user_id", "text", "conversation", "mentions", "kind", "sent_at", "staff_id", "corp", "fields",
})  # fmt: skip


class BadRequest(ValueError):
    """What was sent cannot be used; the text says why."""


def guarded(answer: Callable[[web.Request], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Turn a function that returns JSON data into a handler that also answers mistakes in JSON."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await answer(request), headers={"Cache-Control": "no-store"}, dumps=_dumps)
        except (BadRequest, FaultError, WorldError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        except NoBotConnected as nobody:
            return web.json_response({"error": str(nobody)}, status=503)

    return handle


def _dumps(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def foreign(request: web.Request) -> bool:
    """Tell whether a call came under a name that is not this machine's, or from another site's page."""
    origin = request.headers.get("Origin")
    addresses = [f"//{request.host}"] if origin is None else [f"//{request.host}", origin]
    return any(urlsplit(address).hostname not in LOOPBACK for address in addresses)


async def read_body(request: web.Request) -> Json:
    """Return the body, which must be a JSON object. Raises BadRequest."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def read_limit(request: web.Request) -> int:
    """Return the query's `limit`, 200 without one. Raises BadRequest."""
    text = request.query.get("limit", str(_DEFAULT_LIMIT))
    if not text.isdecimal():
        raise BadRequest("limit must be a number")
    return int(text)


def read_moment(state: State, text: str) -> datetime:
    """Return an ISO time; without an offset it is the company's local time. Raises BadRequest."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text!r} is not an ISO time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=state.world.zone)


def known_person(state: State, user_id: Any) -> Person:
    """Return the employee. Raises BadRequest."""
    person = state.world.get(user_id) if isinstance(user_id, str) else None
    if person is None:
        raise BadRequest(f"nobody here has the user_id {user_id!r}")
    return person


def read_saying(state: State, body: Json) -> Saying:
    """Return what somebody says.

    `mentions` are the user ids of the people whose names the text links, which only a group has.
    `staff_id` and `corp` put other values (or null) in the frame, `fields` does so for any field.
    Raises BadRequest.
    """
    unknown = set(body) - _FIELDS
    if unknown:
        raise BadRequest(f"unknown: {', '.join(sorted(unknown))}")
    text, conversation, kind = (
        body.get("text", ""),
        str(body.get("conversation", SINGLE)),
        body.get("kind", "text"),
    )
    if not isinstance(text, str) or conversation not in (SINGLE, GROUP) or kind not in KINDS:
        raise BadRequest(f"text must be a text, conversation 1 or 2, kind one of {', '.join(KINDS)}")
    mentions = body.get("mentions", [])
    if not isinstance(mentions, list) or (mentions and conversation != GROUP):
        raise BadRequest("mentions must be a list of user ids, in conversation 2")
    sent_ms, fields = body.get("sent_at"), body.get("fields", {})
    if not isinstance(sent_ms, int | None) or not isinstance(fields, dict):
        raise BadRequest("sent_at must be milliseconds, fields an object")
    given = {"senderStaffId": "staff_id", "senderCorpId": "corp"}
    fields = {**{name: body[key] for name, key in given.items() if key in body}, **fields}
    mentioned = tuple(dict.fromkeys(known_person(state, user_id) for user_id in mentions))
    person = known_person(state, body.get("user_id"))
    return Saying(person, text, conversation, kind, sent_ms, fields, mentioned)


def read_press(state: State, body: Json) -> Saying:
    """Return what a press of the newest button of a label says, in the conversation that shows it.

    Raises BadRequest.
    """
    if set(body) != {"user_id", "label"}:
        raise BadRequest("send user_id and label")
    person, label = known_person(state, body["user_id"]), body["label"]
    for entry in state.talk.shown_to(person):
        for button in entry.pressable:
            if button.label != label:
                continue
            if not button.says:
                raise BadRequest(f"the button {label!r} opens a page and sends no message")
            return Saying(person, button.says, entry.conversation)
    raise BadRequest(f"{person.user_id} was shown no button {label!r}")
