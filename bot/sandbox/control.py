"""The control API under `/_sandbox` and the chat page: people, tests and other programs steer the sandbox."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from inspect import isawaitable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import AfterValidator, validate_call

from bot.sandbox.api import Json, State
from bot.sandbox.client import LOOPBACK, PageClient
from bot.sandbox.faults import ACTIONS, APIS, MESSAGES
from bot.sandbox.gateway import Gateway, NoBotConnected
from bot.sandbox.native import Kind, punch_natively
from bot.sandbox.records import Record
from bot.sandbox.speech import Speech
from bot.sandbox.talk import conversation_id
from bot.sandbox.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Moment = Annotated[
    datetime, AfterValidator(lambda moment: moment if moment.tzinfo else moment.replace(tzinfo=World.zone))
]
_FOLDER = Path(__file__).parent / "page"
_dumps = partial(json.dumps, ensure_ascii=False, default=asdict)


class ControlApi:
    """Routes to functions. The query or JSON body holds the arguments, checked by their types."""

    def __init__(self, state: State, gateway: Gateway, speech: Speech, page: PageClient) -> None:
        self._state = state
        self._gateway = gateway
        self._speech = speech
        self._page = page

    def routes(self) -> list[web.AbstractRouteDef]:
        state, world, absences = self._state, self._state.world, self._state.absences
        functions: dict[str, Callable[..., Any]] = {
            "GET people": self._people,
            "POST messages": self._speech.say,
            "POST presses": self._speech.press,
            "GET transcript": self._transcript,
            "GET chat": self._chat,
            "GET client": self._page.open,
            "GET state": self._overview,
            "GET requests": self._requests,
            "POST clock": self._move_clock,
            "GET faults": state.faults.as_json,
            "POST faults": self._set_faults,
            "POST leave": absences.add,
            "POST leave/approve": absences.approve,
            "POST leave/cancel": absences.cancel,
            "POST people/join": world.join,
            "POST people/leave": world.leave,
            "POST people/change": world.change,
            "POST native_punches": self._punch,
        }
        page = [web.get("/", _index), web.static("/_sandbox/page", _FOLDER)]
        return [*page, *(control_route(name, function) for name, function in functions.items())]

    async def set_fault(self, name: str, spec: Any = True) -> None:
        """Turn a switch, or carry out an action at once. Raises ValueError, NoBotConnected."""
        if name not in ACTIONS or (name == "token_expired" and isinstance(spec, dict)):
            self._state.faults.set(name, spec)
        elif spec:
            match name:
                case "drop":
                    self._gateway.drop()
                case "disconnect":
                    await self._gateway.disconnect()
                case "garbage_frame":
                    await self._gateway.push_raw('{"specVersion": "1.0", "type": "CALLB')
                case "token_expired":
                    self._state.token = self._state.make_secret()
        self._state.feed.publish("faults")

    async def _set_faults(self, **specs: Any) -> Json:
        for name, spec in specs.items():
            await self.set_fault(name, spec)
        return self._state.faults.as_json()

    def _people(self) -> list[Json]:
        return [
            {"user_id": one.user_id, "name": one.name, "department": one.department.name, "lead": one.lead}
            for one in self._state.world
        ]

    def _transcript(self, user_id: str) -> list[Json]:
        return [
            {"from": one.speaker, "at": one.at, "text": one.text, "buttons": [b.label for b in one.pressable]}
            for one in self._state.talk.of(self._state.world.known(user_id).user_id)
        ]

    def _chat(self, user_id: str, conversation: Literal["1", "2"] = "1") -> list[Json]:
        """Return one conversation as the person sees it, the group with everybody in it."""
        chat_id = conversation_id(self._state.world.known(user_id), conversation)
        return [asdict(one) for one in self._state.talk.of(chat_id)]

    def _overview(self) -> Json:
        switches = {"Happens at once": ACTIONS, "Messages": MESSAGES, "APIs": APIS}
        about = {"connections": self._gateway.connections, "faults": self._state.faults.as_json()}
        return {**about, **self._time(), "switches": switches}

    def _requests(self, limit: int = 200) -> list[Json]:
        return [{**asdict(one), "at": one.at.isoformat()} for one in list(self._state.calls)[-limit:]]

    def _move_clock(self, *, advance_s: float = 0, move_to: Moment | None = None) -> Json:
        if move_to is not None:
            self._state.clock.move_to(move_to)
        self._state.clock.advance(advance_s)
        return self._time()

    def _time(self) -> Json:
        local = self._state.now().astimezone(self._state.world.zone)
        return {"now": local.isoformat(), "time_zone": self._state.world.zone.key}

    def _punch(self, user_id: str, kind: Kind = "app") -> Record:
        return punch_natively(self._state, user_id, kind=kind)


async def _index(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(_FOLDER / "index.html")


def control_route(name: str, function: Callable[..., Any]) -> web.RouteDef:
    """Return the route `METHOD path` of a function of query or body; mistakes are answered in JSON."""
    checked = validate_call(function)
    method, _, path = name.partition(" ")

    async def handle(request: web.Request) -> web.Response:
        try:
            given = request.query if method == "GET" else await request.json()
            answer = checked(**given)
            answer, status = await answer if isawaitable(answer) else answer, 200
            if isinstance(answer, web.Response):
                return answer
            if isinstance(answer, str):
                answer = {"message_id": answer}
        except (NoBotConnected, ValueError, TypeError) as wrong:
            answer, status = {"error": str(wrong)}, 503 if isinstance(wrong, NoBotConnected) else 400
        return web.json_response(answer, status=status, headers={"Cache-Control": "no-store"}, dumps=_dumps)

    return web.route(method, f"/_sandbox/{path}", handle)


@web.middleware
async def refuse_foreign(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep other sites' pages, and names that only pretend to be this machine, away from page and control API."""
    ours = request.path == "/" or request.path.startswith("/_sandbox")
    addresses = f"//{request.host}", request.headers.get("Origin", f"//{request.host}")
    if ours and any(urlsplit(address).hostname not in LOOPBACK for address in addresses):
        return web.json_response({"error": "only from this machine"}, status=403)
    return await handler(request)
