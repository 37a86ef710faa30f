"""Attendance reads: people's plans, the shifts and the groups."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.sandbox.api import (
    Json,
    Offset,
    Refused,
    State,
    UserIds,
    api,
    comma_separated,
    days_between,
    invalid,
)
from bot.sandbox.clock import to_ms
from bot.sandbox.people import NONE, SERIOUS_LATE_MINUTES, SHIFTS, Person, Shift
from bot.sandbox.plans import OFF_DUTY, ON_DUTY, CheckPoint, check_points, midnight, plan_id
from bot.sandbox.world import WorldError

_SCOPE = "qyapi_attendance_group_read"
_GROUP_KEY = "sandbox-group-"
_A_PAGE = 50
_FARTHEST = timedelta(days=15)


@api("listbyusers", "/topapi/attendance/schedule/listbyusers", _SCOPE)
def plans_of_people(
    state: State,
    op_user_id: str,
    userids: Annotated[UserIds, BeforeValidator(comma_separated)],
    from_date_time: int,
    to_date_time: int,
) -> Json:
    """Answer with each check point, or one row with `is_rest` for a rest day."""
    _check_operator(state, op_user_id)
    people = [person for user_id in userids if (person := state.world.get(user_id))]
    days = days_between(state.local_date(from_date_time), state.local_date(to_date_time))
    return {"result": [row for person in people for day in days for row in _rows_of(state, person, day)]}


@api("listschedule", "/topapi/attendance/listschedule", "qyapi_base")
def plans_of_day(state: State, work_date: date, offset: Offset = 0, size: int = 200) -> Json:
    """Answer with a page of everybody's check points of one work date, at most 15 days ahead."""
    if work_date > state.local_date(to_ms(state.now())) + _FARTHEST:
        return {"result": {"has_more": False, "schedules": []}}
    points = [point for person in state.world for point in check_points(state.world, person, work_date)]
    rows = [{"userid": one.person.user_id, "plan_id": one.plan_id, **_due(state, one)} for one in points]
    end = offset + size
    return {"result": {"has_more": end < len(rows), "schedules": rows[offset:end]}}


@api("listbyday", "/topapi/attendance/schedule/listbyday", _SCOPE)
def plans_of_person(state: State, op_user_id: str, user_id: str, date_time: int) -> Json:
    _check_operator(state, op_user_id)
    person, day = state.employee(user_id), state.local_date(date_time)
    done = {point.plan_id for point, _ in state.records.results(person, day)}
    points = check_points(state.world, person, day)
    status = ["Checked" if one.plan_id in done else "Init" for one in points]
    rows = [{"id": one.plan_id, "is_rest": "N", **_due(state, one)} for one in points]
    return {"result": [{**row, "check_status": one} for row, one in zip(rows, status, strict=True)]}


@api("shift_query", "/topapi/attendance/shift/query", _SCOPE)
def shift_query(state: State, op_user_id: str, shift_id: int) -> Json:
    """Answer with one shift and the windows of its punches."""
    _check_operator(state, op_user_id)
    try:
        shift = state.world.shift(shift_id)
    except WorldError:
        raise invalid("shift_id is unknown") from None
    return {"result": {"id": shift.id, "name": shift.name, "sections": _sections(shift)}}


@api("shift_list", "/topapi/attendance/shift/list", _SCOPE)
def shift_list(state: State, op_user_id: str) -> Json:
    _check_operator(state, op_user_id)
    return {"result": {"has_more": False, "result": [{"id": one.id, "name": one.name} for one in SHIFTS]}}


@api("getusergroup", "/topapi/attendance/getusergroup", _SCOPE)
def group_of_person(state: State, userid: str) -> Json:
    """Answer with a person's group; a flexible one has no classes."""
    return {"result": _group(state.employee(userid).shift)}


@api("memberusers", "/topapi/attendance/group/memberusers/list", _SCOPE)
def group_people(state: State, op_user_id: str, group_id: int, cursor: int = 0) -> Json:
    """Answer with a page of a group's people who have to punch."""
    _check_operator(state, op_user_id)
    found = [one for one in state.world if one.shift.group_id == group_id and one.number > cursor]
    page = sorted(found, key=lambda one: one.number)[:_A_PAGE]
    last = page[-1].number if page else cursor
    user_ids = [one.user_id for one in page]
    return {"result": {"cursor": last, "has_more": len(found) > _A_PAGE, "result": user_ids}}


@api("getsimplegroups", "/topapi/attendance/getsimplegroups", _SCOPE)
def groups() -> Json:
    return {"result": {"has_more": False, "groups": [_group(shift) for shift in SHIFTS]}}


@api("idtokey", "/topapi/attendance/groups/idtokey", _SCOPE)
def group_key(group_id: int) -> Json:
    if group_id not in {shift.group_id for shift in SHIFTS}:
        raise invalid("no such attendance group")
    return {"result": f"{_GROUP_KEY}{group_id}"}


@api("positions", "/topapi/attendance/group/positions/query", _SCOPE)
def positions(
    state: State,
    group_key: Annotated[str, Field(pattern=f"^{_GROUP_KEY}")],
    size: Annotated[int, Field(ge=1, le=_A_PAGE)],
) -> Json:
    """Answer that every group may punch at every site."""
    places = [
        {"position_key": site.name, "position_name": site.name, "address": site.address, "offset": site.radius_m}
        | {"latitude": f"{site.latitude:.6f}", "longitude": f"{site.longitude:.6f}"}
        for site in state.world.sites
    ]
    return {"result": {"errcode": 0, "success": True, "result": {"has_more": False, "position_list": places}}}


@api("holidays", "/v1.0/attendance/holidays", _SCOPE)
def holidays(state: State, user_ids: UserIds, work_date_from: int, work_date_to: int) -> Json:
    """Answer with public holidays and the workdays that make up for them."""
    first, last = state.local_date(work_date_from), state.local_date(work_date_to)
    rows = [
        {"workDate": to_ms(midnight(day)), "holidayName": found.name}
        | {"holidayType": "overtime" if found.shift_ids else "festival"}
        for day, found in sorted(state.world.special_days.items())
        if first <= day <= last
    ]
    return {"result": [{"userId": one, "holidays": rows} for one in user_ids]}


def _check_operator(state: State, user_id: str) -> None:
    if state.world.get(user_id) is None:
        raise Refused(33012, "invalidUserId", "无效的USERID: op_user_id")


def _rows_of(state: State, person: Person, day: date) -> list[Json]:
    common = {"userid": person.user_id, "work_date": state.local_text(midnight(day))}
    points = check_points(state.world, person, day)
    if not points and person.shift.group_type != NONE:
        return [{**common, "id": plan_id(person, day), "is_rest": "Y", "shift_id": 0, "shift_version": 0}]
    return [
        {
            **common,
            "id": one.plan_id,
            "is_rest": "N",
            "shift_id": one.shift.id,
            "shift_version": 1,
            **_due(state, one),
        }
        for one in points
    ]


def _due(state: State, point: CheckPoint) -> Json:
    absence = state.absences.excusing(point)
    approval = {} if absence is None else {"approve_id": absence.id}
    return {"check_type": point.check_type, "plan_check_time": state.local_text(point.due_at), **approval}


def _sections(shift: Shift) -> list[Json]:
    """Return the punches of each section; the minutes of a window count from the punch."""
    edges, punches = shift.edge_minutes, list[Json]()
    for index, minutes in enumerate(shift.due_minutes):
        across, left = divmod(minutes, 24 * 60)
        punch: Json = {
            "check_type": OFF_DUTY if index % 2 else ON_DUTY,
            "check_time": f"1970-01-01 {left // 60:02d}:{left % 60:02d}:00",
            "across": across,
            "begin_min": minutes - edges[index],
            "end_min": edges[index + 1] - minutes,
        }
        if punch["check_type"] == ON_DUTY:
            rules = {"permit_minutes": 0, "absenteeism_late_minutes": "-1"}
            punch |= {**rules, "serious_late_minutes": str(SERIOUS_LATE_MINUTES)}
        punches.append(punch)
    return [{"punches": punches[index : index + 2], "rests": []} for index in range(0, len(punches), 2)]


def _group(shift: Shift) -> Json:
    times = [{"times": section["punches"]} for section in _sections(shift)]
    classes = [] if shift.group_type == NONE else [{"class_id": shift.id, "name": shift.name, "sections": times}]
    return {"group_id": shift.group_id, "name": shift.name, "type": shift.group_type, "classes": classes}
