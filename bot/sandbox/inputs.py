"""What the control API is sent, checked; who may send it; and the chat page's files."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from importlib.resources import files
from inspect import isawaitable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.api import Json, State
from bot.sandbox.faults import FaultError
from bot.sandbox.frames import KINDS, Saying
from bot.sandbox.gateway import NoBotConnected
from bot.sandbox.people import Person
from bot.sandbox.talk import GROUP, SINGLE
from bot.sandbox.world import WorldError

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Control = Callable[[Json], Any]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_DEFAULT_LIMIT = 200
_FIELDS = ("user_id", "text", "conversation", "mentions", "kind", "sent_at", "staff_id", "corp", "fields")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="9" fill="#1763e6"/>'
    '<circle cx="16" cy="16" r="8.5" fill="none" stroke="#fff" stroke-width="2.6"/>'
    '<path d="M16 11.2V16l3.4 2.3" fill="none" stroke="#fff" stroke-width="2.6" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_STYLE, _SCRIPTS = "style.css", ("app.js", "markdown.js", "media.js", "names.js", "panels.js")
_FILES = {"/": "text/html", f"/{_STYLE}": "text/css", **{f"/{name}": "text/javascript" for name in _SCRIPTS}}


class BadRequest(ValueError):
    """What was sent cannot be used; the text says why."""


def page_routes() -> list[web.RouteDef]:
    """Return one route a file of the chat page."""
    folder = files("bot.sandbox") / "page"
    found = [(path, (folder / (path[1:] or "index.html")).read_text(encoding="utf-8")) for path in _FILES]
    pages = [web.get(path, _serve(text, _FILES[path])) for path, text in found]
    return [*pages, web.get("/icon.svg", _serve(_ICON, "image/svg+xml"))]


def _serve(text: str, content_type: str) -> Handler:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type, headers=_HEADERS)

    return serve


@web.middleware
async def refuse_foreign(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep other sites' pages, and names that only pretend to be this machine, away from page and control API."""
    origin = request.headers.get("Origin")
    addresses = [f"//{request.host}"] if origin is None else [f"//{request.host}", origin]
    foreign = any(urlsplit(address).hostname not in LOOPBACK for address in addresses)
    if foreign and (request.path in _FILES or request.path.startswith("/_sandbox")):
        return web.json_response({"error": "only from this machine"}, status=403)
    return await handler(request)


def control_routes(answers: dict[str, Control]) -> list[web.RouteDef]:
    """Return the routes of functions from query or JSON body to JSON data, by method and path.

    Mistakes are answered in JSON.
    """
    return [
        web.route(name.partition(" ")[0], f"/_sandbox/{name.partition(' ')[2]}", _guarded(answer))
        for name, answer in answers.items()
    ]


def _guarded(answer: Control) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            asked = dict(request.query) if request.method == "GET" else await _read_body(request)
            data = answer(asked)
            data = await data if isawaitable(data) else data
            return web.json_response(data, headers={"Cache-Control": "no-store"}, dumps=_dumps)
        except (BadRequest, FaultError, WorldError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        except NoBotConnected as nobody:
            return web.json_response({"error": str(nobody)}, status=503)

    return handle


def _dumps(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


async def _read_body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def only(body: Json, *known: str) -> Json:
    """Return a body that has no other fields. Raises BadRequest."""
    unknown = set(body) - set(known)
    if unknown:
        raise BadRequest(f"unknown: {', '.join(sorted(unknown))}")
    return body


def needed(body: Json, name: str, kind: type[T]) -> T:
    """Return a field of a type. Raises BadRequest."""
    value = body.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadRequest(f"{name} must be a {kind.__name__}")
    return value


def optional(body: Json, name: str, kind: type[T], default: T) -> T:
    """Return a field of a type, or the default where it is missing. Raises BadRequest."""
    return needed(body, name, kind) if name in body else default


def read_limit(query: Json) -> int:
    """Return the query's `limit`, 200 without one. Raises BadRequest."""
    text = query.get("limit", str(_DEFAULT_LIMIT))
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
    only(body, *_FIELDS)
    text, kind = body.get("text", ""), body.get("kind", "text")
    conversation = str(body.get("conversation", SINGLE))
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
            if button.label == label and not button.says:
                raise BadRequest(f"the button {label!r} opens a page and sends no message")
            if button.label == label:
                return Saying(person, button.says, entry.conversation)
    raise BadRequest(f"{person.user_id} was shown no button {label!r}")
