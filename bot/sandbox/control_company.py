"""The part of the control API that changes the company: people, plans, leave, punches made without the bot."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, TypeVar

from aiohttp import web

from bot.sandbox.absences import LEAVE
from bot.sandbox.api import Json, State
from bot.sandbox.inputs import BadRequest, guarded, known_person, read_body, read_moment
from bot.sandbox.native import NativePunches
from bot.sandbox.world import ROOT_DEPARTMENT, Person

T = TypeVar("T")
_PERSON_FIELDS: dict[str, type] = {
    "name": str,
    "department_id": int,
    "shift_id": int,
    "lead": bool,
    "active": bool,
}
_PLAN_KINDS = ("holiday", "makeup", "normal", "shift", "usual")


class CompanyControl:
    """The routes that change what DingTalk knows of the company. What they change is announced as events."""

    def __init__(self, state: State, native: NativePunches) -> None:
        self._state = state
        self._native = native

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, each with its errors turned into JSON."""
        at = "/_sandbox"
        return [
            web.get(f"{at}/plan", guarded(self._plan)),
            web.post(f"{at}/plan", guarded(self._set_plan)),
            web.get(f"{at}/leave", guarded(self._leave)),
            web.post(f"{at}/leave", guarded(self._put_on_leave)),
            web.post(f"{at}/leave/approve", guarded(self._approve)),
            web.post(f"{at}/leave/cancel", guarded(self._cancel)),
            web.post(f"{at}/people/join", guarded(self._join)),
            web.post(f"{at}/people/leave", guarded(self._part)),
            web.post(f"{at}/people/change", guarded(self._change)),
            web.get(f"{at}/departments", guarded(self._departments)),
            web.post(f"{at}/departments/add", guarded(self._add_department)),
            web.post(f"{at}/departments/change", guarded(self._change_department)),
            web.post(f"{at}/departments/remove", guarded(self._remove_department)),
            web.post(f"{at}/native_punches", guarded(self._punch)),
            web.get(f"{at}/rates", guarded(self._rates)),
            web.post(f"{at}/rates", guarded(self._clear_rates)),
        ]

    async def _plan(self, request: web.Request) -> Any:
        return self._plan_of(_date(request.query.get("date")))

    async def _set_plan(self, request: web.Request) -> Any:
        """Change a date: `{"date", "kind", "name"?, "shift_ids"?}`, or one person's: `user_id`, `shift_id`."""
        body = _only(await read_body(request), "date", "kind", "name", "shift_ids", "user_id", "shift_id")
        day, kind, world = _date(body.get("date")), body.get("kind"), self._state.world
        match kind:
            case "holiday":
                world.set_holiday(day, _field(body, "name", str, "假日"))
            case "makeup":
                world.set_makeup_day(day, _field(body, "name", str, "调休"), _numbers(body, "shift_ids"))
            case "normal":
                world.set_normal_day(day)
            case "shift":
                person, shift_id = known_person(self._state, body.get("user_id")), _needed(body, "shift_id", int)
                world.set_shift(person.user_id, day, shift_id)
            case "usual":
                world.set_usual_shift(known_person(self._state, body.get("user_id")).user_id, day)
            case _:
                raise BadRequest(f"kind must be one of {', '.join(_PLAN_KINDS)}")
        return self._plan_of(day)

    async def _leave(self, request: web.Request) -> Any:
        """Return all absences that stand, or one person's."""
        user_id = request.query.get("user_id")
        absences = self._state.absences
        user_ids = [user_id] if user_id else dict.fromkeys(one.user_id for one in absences)
        return [one.as_json() for each in user_ids for one in absences.of(each)]

    async def _put_on_leave(self, request: web.Request) -> Any:
        """Enter an absence: `{"user_id", "start", "end", "kind"?, "approved"?, "whole_days"?}`."""
        body = _only(await read_body(request), "user_id", "start", "end", "kind", "approved", "whole_days")
        person = known_person(self._state, body.get("user_id"))
        absence = self._state.absences.add(
            person.user_id,
            self._moment(_needed(body, "start", str)),
            self._moment(_needed(body, "end", str)),
            _field(body, "kind", str, LEAVE),
            approved=_field(body, "approved", bool, True),
            whole_days=_field(body, "whole_days", bool, False),
        )
        return absence.as_json()

    async def _approve(self, request: web.Request) -> Any:
        return self._state.absences.approve(_needed(await read_body(request), "id", int)).as_json()

    async def _cancel(self, request: web.Request) -> Any:
        return self._state.absences.cancel(_needed(await read_body(request), "id", int)).as_json()

    async def _join(self, request: web.Request) -> Any:
        body = _only(await read_body(request), "user_id", *_PERSON_FIELDS)
        return _shown(self._state.world.join(user_id=_field(body, "user_id", str, ""), **_person_fields(body)))

    async def _part(self, request: web.Request) -> Any:
        person = known_person(self._state, (await read_body(request)).get("user_id"))
        self._state.world.leave(person.user_id)
        return _shown(person)

    async def _change(self, request: web.Request) -> Any:
        body = _only(await read_body(request), "user_id", *_PERSON_FIELDS)
        person = known_person(self._state, body.get("user_id"))
        return _shown(self._state.world.change(person.user_id, **_person_fields(body)))

    async def _departments(self, request: web.Request) -> Any:
        return [asdict(one) for one in self._state.world.departments]

    async def _add_department(self, request: web.Request) -> Any:
        body = _only(await read_body(request), "name", "parent_id")
        parent_id = _field(body, "parent_id", int, ROOT_DEPARTMENT)
        return asdict(self._state.world.add_department(_needed(body, "name", str), parent_id))

    async def _change_department(self, request: web.Request) -> Any:
        body = _only(await read_body(request), "id", "name", "parent_id")
        fields: dict[str, type] = {"name": str, "parent_id": int}
        change: dict[str, Any] = {name: _needed(body, name, kind) for name, kind in fields.items() if name in body}
        return asdict(self._state.world.change_department(_needed(body, "id", int), **change))

    async def _remove_department(self, request: web.Request) -> Any:
        self._state.world.remove_department(_needed(await read_body(request), "id", int))
        return {"removed": True}

    async def _punch(self, request: web.Request) -> Any:
        """Punch without the bot: `{"user_id", "at"?, "kind"?: app | gate | machine, "shown_after_s"?}`."""
        body = _only(await read_body(request), "user_id", "at", "kind", "shown_after_s")
        at, later = body.get("at"), body.get("shown_after_s")
        if isinstance(later, bool) or not isinstance(later, int | float | None) or (later or 0) < 0:
            raise BadRequest("shown_after_s must be seconds")
        moment = None if at is None else self._moment(_needed(body, "at", str))
        person = known_person(self._state, body.get("user_id"))
        record = self._native.punch(person.user_id, moment, _field(body, "kind", str, "app"), shown_after_s=later)
        point = self._native.point_of(record)
        return {**record.as_json(), "check_type": point.check_type if point else None}

    async def _rates(self, request: web.Request) -> Any:
        return self._state.rates.as_json()

    async def _clear_rates(self, request: web.Request) -> Any:
        self._state.rates.clear()
        return {}

    def _plan_of(self, day: date) -> Json:
        overrides = self._state.world.overrides
        special = overrides.day(day)
        kind = "normal" if special is None else "makeup" if special.works else "holiday"
        shifts = {user_id: shift.id if shift else 0 for user_id, shift in overrides.shifts(day).items()}
        return {"date": day.isoformat(), "kind": kind, "name": special.name if special else "", "shifts": shifts}

    def _moment(self, text: str) -> datetime:
        return read_moment(self._state, text)


def _only(body: Json, *names: str) -> Json:
    unknown = set(body) - set(names)
    if unknown:
        raise BadRequest(f"unknown: {', '.join(sorted(unknown))}")
    return body


def _needed(body: Json, name: str, kind: type[T]) -> T:
    value = body.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadRequest(f"{name} must be a {kind.__name__}")
    return value


def _field(body: Json, name: str, kind: type[T], default: T) -> T:
    return _needed(body, name, kind) if name in body else default


def _numbers(body: Json, name: str) -> list[int]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, int) for one in value):
        raise BadRequest(f"{name} must be a list of numbers")
    return value


def _date(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadRequest("date must be yyyy-MM-dd") from None


def _person_fields(body: Json) -> dict[str, Any]:
    return {name: _needed(body, name, kind) for name, kind in _PERSON_FIELDS.items() if name in body}


def _shown(person: Person) -> Json:
    known = {"user_id": person.user_id, "name": person.name, "department_id": person.department.id}
    return {**known, "shift_id": person.shift.id, "lead": person.lead, "active": person.active}
