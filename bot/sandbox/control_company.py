"""The part of the control API that changes the company: people, plans, leave, punches made without the bot."""

from dataclasses import asdict
from datetime import date
from typing import Any

from aiohttp import web

from bot.sandbox.absences import LEAVE
from bot.sandbox.api import Json, State
from bot.sandbox.inputs import (
    BadRequest,
    control_routes,
    known_person,
    needed,
    only,
    optional,
    read_moment,
)
from bot.sandbox.native import NativePunches
from bot.sandbox.people import ROOT_DEPARTMENT, Person

_PERSON_FIELDS: dict[str, type] = {
    "name": str,
    "department_id": int,
    "shift_id": int,
    "lead": bool,
    "active": bool,
}
_DEPARTMENT_FIELDS: dict[str, type] = {"name": str, "parent_id": int}
_PLAN_KINDS = ("holiday", "makeup", "normal", "shift", "usual")


class CompanyControl:
    """The routes that change what DingTalk knows of the company. What they change is announced as events."""

    def __init__(self, state: State, native: NativePunches) -> None:
        self._state = state
        self._native = native

    def routes(self) -> list[web.RouteDef]:
        absences = self._state.absences
        return control_routes(
            {
                "GET plan": lambda query: self._plan_of(_date(query.get("date"))),
                "POST plan": self._set_plan,
                "GET leave": self._leave,
                "POST leave": self._put_on_leave,
                "POST leave/approve": lambda body: absences.approve(needed(body, "id", int)).as_json(),
                "POST leave/cancel": lambda body: absences.cancel(needed(body, "id", int)).as_json(),
                "POST people/join": self._join,
                "POST people/leave": self._part,
                "POST people/change": self._change,
                "GET departments": lambda _: [asdict(one) for one in self._state.world.departments],
                "POST departments/add": self._add_department,
                "POST departments/change": self._change_department,
                "POST departments/remove": self._remove_department,
                "POST native_punches": self._punch,
            }
        )

    def _set_plan(self, body: Json) -> Any:
        """Change a date: `{"date", "kind", "name"?, "shift_ids"?}`, or one person's: `user_id`, `shift_id`."""
        only(body, "date", "kind", "name", "shift_ids", "user_id", "shift_id")
        day, kind, world = _date(body.get("date")), body.get("kind"), self._state.world
        match kind:
            case "holiday":
                world.set_holiday(day, optional(body, "name", str, "假日"))
            case "makeup":
                shift_ids = optional(body, "shift_ids", list, [])
                if not all(isinstance(one, int) for one in shift_ids):
                    raise BadRequest("shift_ids must be a list of numbers")
                world.set_makeup_day(day, optional(body, "name", str, "调休"), shift_ids)
            case "normal":
                world.set_normal_day(day)
            case "shift":
                person, shift_id = known_person(self._state, body.get("user_id")), needed(body, "shift_id", int)
                world.set_shift(person.user_id, day, shift_id)
            case "usual":
                world.set_usual_shift(known_person(self._state, body.get("user_id")).user_id, day)
            case _:
                raise BadRequest(f"kind must be one of {', '.join(_PLAN_KINDS)}")
        return self._plan_of(day)

    def _leave(self, body: Json) -> Any:
        """Return all absences that stand, or one person's."""
        user_id = body.get("user_id")
        absences = self._state.absences
        user_ids = [user_id] if user_id else dict.fromkeys(one.user_id for one in absences)
        return [one.as_json() for each in user_ids for one in absences.of(each)]

    def _put_on_leave(self, body: Json) -> Any:
        """Enter an absence: `{"user_id", "start", "end", "kind"?, "approved"?, "whole_days"?}`."""
        only(body, "user_id", "start", "end", "kind", "approved", "whole_days")
        absence = self._state.absences.add(
            known_person(self._state, body.get("user_id")).user_id,
            read_moment(self._state, needed(body, "start", str)),
            read_moment(self._state, needed(body, "end", str)),
            optional(body, "kind", str, LEAVE),
            approved=optional(body, "approved", bool, True),
            whole_days=optional(body, "whole_days", bool, False),
        )
        return absence.as_json()

    def _join(self, body: Json) -> Any:
        only(body, "user_id", *_PERSON_FIELDS)
        user_id = optional(body, "user_id", str, "")
        return _shown(self._state.world.join(user_id=user_id, **_given(body, _PERSON_FIELDS)))

    def _part(self, body: Json) -> Any:
        person = known_person(self._state, body.get("user_id"))
        self._state.world.leave(person.user_id)
        return _shown(person)

    def _change(self, body: Json) -> Any:
        only(body, "user_id", *_PERSON_FIELDS)
        person = known_person(self._state, body.get("user_id"))
        return _shown(self._state.world.change(person.user_id, **_given(body, _PERSON_FIELDS)))

    def _add_department(self, body: Json) -> Any:
        only(body, *_DEPARTMENT_FIELDS)
        parent_id = optional(body, "parent_id", int, ROOT_DEPARTMENT)
        return asdict(self._state.world.add_department(needed(body, "name", str), parent_id))

    def _change_department(self, body: Json) -> Any:
        only(body, "id", *_DEPARTMENT_FIELDS)
        changes = _given(body, _DEPARTMENT_FIELDS)
        return asdict(self._state.world.change_department(needed(body, "id", int), **changes))

    def _remove_department(self, body: Json) -> Any:
        self._state.world.remove_department(needed(body, "id", int))
        return {"removed": True}

    def _punch(self, body: Json) -> Any:
        """Punch without the bot: `{"user_id", "at"?, "kind"?: app | gate | machine, "shown_after_s"?}`."""
        only(body, "user_id", "at", "kind", "shown_after_s")
        at, later = body.get("at"), body.get("shown_after_s")
        if isinstance(later, bool) or not isinstance(later, int | float | None) or (later or 0) < 0:
            raise BadRequest("shown_after_s must be seconds")
        moment = None if at is None else read_moment(self._state, needed(body, "at", str))
        person, kind = known_person(self._state, body.get("user_id")), optional(body, "kind", str, "app")
        record = self._native.punch(person.user_id, moment, kind, shown_after_s=later)
        point = self._state.records.point_of(person, record)
        return {**record.as_json(), "check_type": point.check_type if point else None}

    def _plan_of(self, day: date) -> Json:
        special = self._state.world.special_days.get(day)
        kind = "normal" if special is None else "makeup" if special.works else "holiday"
        shifts = self._state.world.own_shifts(day)
        return {"date": day.isoformat(), "kind": kind, "name": special.name if special else "", "shifts": shifts}


def _date(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadRequest("date must be yyyy-MM-dd") from None


def _given(body: Json, kinds: dict[str, type]) -> dict[str, Any]:
    """Return the fields that are given, each of its type. Raises BadRequest."""
    return {name: needed(body, name, kind) for name, kind in kinds.items() if name in body}


def _shown(person: Person) -> Json:
    known = {"user_id": person.user_id, "name": person.name, "department_id": person.department.id}
    return {**known, "shift_id": person.shift.id, "lead": person.lead, "active": person.active}
