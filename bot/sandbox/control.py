"""The control API under `/_sandbox`: the page, the tests and other programs steer the sandbox with it."""

import json
from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import date, datetime
from inspect import isawaitable
from itertools import islice
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AfterValidator, NonNegativeFloat, ValidationError, validate_call

from bot.sandbox.absences import LEAVE, Absence
from bot.sandbox.api import Json, State
from bot.sandbox.faults import ACTIONS, FaultError, read_fault
from bot.sandbox.feed import News
from bot.sandbox.gateway import Gateway, NoBotConnected
from bot.sandbox.native import punch_natively
from bot.sandbox.people import Person
from bot.sandbox.records import Record
from bot.sandbox.speech import Speech
from bot.sandbox.talk import GROUP, SINGLE, conversation_id
from bot.sandbox.world import World, WorldError

_LIMIT = 200
Moment = Annotated[
    datetime, AfterValidator(lambda moment: moment if moment.tzinfo else moment.replace(tzinfo=World.zone))
]


class ControlApi:
    """Routes to functions. The query or JSON body holds the arguments, checked by their types."""

    def __init__(self, state: State, gateway: Gateway, speech: Speech) -> None:
        self._state = state
        self._gateway = gateway
        self._speech = speech

    def routes(self) -> list[web.RouteDef]:
        state, world, absences = self._state, self._state.world, self._state.absences
        functions: dict[str, Callable[..., Any]] = {
            "GET people": lambda: [_brief(one) for one in world],
            "POST messages": self._message,
            "POST presses": self._press,
            "GET transcript": self._transcript,
            "GET chat": self._chat,
            "GET state": self._overview,
            "GET requests": self._requests,
            "GET frames": self._frames,
            "GET clock": self._time,
            "POST clock": self._move_clock,
            "GET faults": state.faults.as_json,
            "POST faults": self._set_faults,
            "POST notices": self._speech.notify,
            "GET rates": state.rates.as_json,
            "POST rates": state.rates.clear,
            "POST plan": self._set_plan,
            "POST leave": self._put_on_leave,
            "POST leave/approve": absences.approve,
            "POST leave/cancel": absences.cancel,
            "POST people/join": world.join,
            "POST people/leave": world.leave,
            "POST people/change": world.change,
            "POST native_punches": self._punch,
        }
        routes = [control_route(name, function) for name, function in functions.items()]
        return [*routes, web.post("/_sandbox/frames", self._raw_frame)]

    async def set_fault(self, name: str, spec: Any = True) -> None:
        """Turn a switch, or carry out an action at once. Raises FaultError, NoBotConnected."""
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
                    self._state.tokens.expire()
        self._state.feed.publish("faults")

    async def _set_faults(self, **specs: Any) -> Json:
        for name, spec in specs.items():
            read_fault(name, spec)  # nothing is turned when one of them is wrong
        for name, spec in specs.items():
            await self.set_fault(name, spec)
        return self._state.faults.as_json()

    async def _raw_frame(self, request: web.Request) -> web.Response:
        await self._gateway.push_raw(await request.text())
        return web.json_response({"pushed": True})

    async def _message(self, user_id: str, **saying: Any) -> Json:
        return {"message_id": await validate_call(self._speech.say)(user_id, **saying)}

    async def _press(self, user_id: str, label: str) -> Json:
        return {"message_id": await self._speech.press(user_id, label)}

    def _transcript(self, user_id: str) -> list[Json]:
        return [
            {"from": one.speaker, "at": one.at, "text": one.text}
            | {"buttons": [button.label for button in one.pressable]}
            | ({"medium": one.medium} if one.medium else {})
            | ({"at_user_ids": one.at_user_ids} if one.at_user_ids else {})
            for one in self._state.talk.of(self._state.world.known(user_id).user_id)
        ]

    def _chat(self, user_id: str, conversation: Literal["1", "2"] = "1") -> list[Json]:
        """Return one conversation as the person sees it, the group with everybody in it."""
        person, talk = self._state.world.known(user_id), self._state.talk
        alone = [one for one in talk.of(user_id) if one.conversation == SINGLE]
        shown = talk.in_group(conversation_id(person, GROUP)) if conversation == GROUP else alone
        return [one.as_json() for one in shown]

    def _overview(self) -> Json:
        company = {"company": self._state.world.departments[0].name, "connections": self._gateway.connections}
        return {**company, **self._time(), "faults": self._state.faults.as_json()}

    def _requests(self, kind: str = "", limit: int = _LIMIT) -> list[Json]:
        return _last([one for one in self._state.calls if not kind or one.kind in kind.split(",")], limit)

    def _frames(self, limit: int = _LIMIT) -> list[Json]:
        return _last(self._gateway.frames, limit)

    def _move_clock(self, *, advance_s: float | None = None, move_to: Moment | None = None) -> Json:
        if move_to is not None:
            self._state.clock.move_to(move_to)
        elif advance_s is not None:
            self._state.clock.advance(advance_s)
        else:
            raise WorldError('send {"advance_s": seconds} or {"move_to": ISO time}')
        return self._time()

    def _time(self) -> Json:
        local = self._state.now().astimezone(self._state.world.zone)
        return {"now": local.isoformat(), "time_zone": self._state.world.zone.key}

    def _set_plan(
        self,
        date: date,
        kind: Literal["holiday", "makeup", "shift"],
        *,
        user_id: str = "",
        shift_id: int = -1,
    ) -> None:
        """Change a date, or with `shift` one person's."""
        world = self._state.world
        match kind:
            case "holiday":
                world.set_holiday(date)
            case "makeup":
                world.set_makeup_day(date)
            case "shift":
                world.set_shift(user_id, date, shift_id)

    def _put_on_leave(
        self,
        user_id: str,
        start: Moment,
        end: Moment,
        *,
        kind: str = LEAVE,
        approved: bool = True,
        whole_days: bool = False,
    ) -> Absence:
        add = self._state.absences.add
        return add(user_id, start, end, kind, approved=approved, whole_days=whole_days)

    def _punch(
        self,
        user_id: str,
        *,
        at: Moment | None = None,
        kind: str = "app",
        shown_after_s: NonNegativeFloat | None = None,
    ) -> Record:
        """Punch without the bot: in the `app`, at a `gate` or a `machine`."""
        return punch_natively(self._state, user_id, at, kind, shown_after_s=shown_after_s)


def control_route(name: str, function: Callable[..., Any]) -> web.RouteDef:
    """Return the route `METHOD path` of a function of query or body; mistakes are answered in JSON."""
    checked = validate_call(function)
    method, _, path = name.partition(" ")

    async def handle(request: web.Request) -> web.Response:
        try:
            given = request.query if method == "GET" else await request.json()
            answer = checked(**given)
            answer = await answer if isawaitable(answer) else answer
            status, data = 200, _shown(answer)
        except ValidationError as wrong:
            said = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong.errors()]
            status, data = 400, {"error": "; ".join(said)}
        except NoBotConnected as nobody:
            status, data = 503, {"error": str(nobody)}
        except (FaultError, WorldError, ValueError, TypeError) as wrong:
            status, data = 400, {"error": str(wrong)}
        headers = {"Cache-Control": "no-store"}
        return web.json_response(data, status=status, headers=headers, dumps=_dumps)

    return web.route(method, f"/_sandbox/{path}", handle)


def _dumps(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _shown(answer: Any) -> Any:
    if answer is None:
        return {"done": True}
    if isinstance(answer, Person):
        more = {"department_id": answer.department.id, "shift_id": answer.shift.id, "active": answer.active}
        return {"user_id": answer.user_id, "name": answer.name, "lead": answer.lead, **more}
    if isinstance(answer, dict | list):
        return answer
    return answer.as_json() if hasattr(answer, "as_json") else asdict(answer)


def _last(kept: Collection[News], limit: int) -> list[Json]:
    """Return the last `limit` pieces of news, oldest first."""
    return [one.as_json() for one in islice(kept, max(0, len(kept) - limit), None)]


def _brief(person: Person) -> Json:
    known = {"user_id": person.user_id, "name": person.name}
    return {**known, "department": person.department.name, "lead": person.lead}
