"""The attendance groups: each has one shift, its people, and every site."""

from typing import Annotated

from pydantic import Field

from bot.sandbox.api import Json, Offset, State, Text, api, page
from bot.sandbox.clock import to_ms
from bot.sandbox.world import NONE, OFF_DUTY, ON_DUTY, SERIOUS_LATE_MINUTES, SHIFTS, Shift, midnight

_SCOPE = "qyapi_attendance_group_read"
_A_PAGE = 50


@api("shift_query", "/topapi/attendance/shift/query", _SCOPE)
def shift_query(state: State, shift_id: int) -> Json:
    shift = state.world.shift(shift_id)
    sections = [{"punches": punches, "rests": []} for punches in _sections(shift)]
    return {"result": {"id": shift.id, "name": shift.name, "sections": sections}}


@api("shift_list", "/topapi/attendance/shift/list", _SCOPE)
def shift_list() -> Json:
    shifts = [{"id": shift.id, "name": shift.name} for shift in SHIFTS]
    return {"success": True, "result": {"cursor": SHIFTS[-1].id, "has_more": False, "result": shifts}}


@api("getusergroup", "/topapi/attendance/getusergroup", _SCOPE)
def group_of_person(state: State, userid: str) -> Json:
    """Answer with a person's group; a flexible one has no classes."""
    shift = state.employee(userid).shift
    classes = [] if shift.group_type == NONE else [_class(shift)]
    kind = {"group_id": shift.group_id, "name": shift.name, "type": shift.group_type}
    return {"result": {**kind, "classes": classes}}


@api("memberusers", "/topapi/attendance/group/memberusers/list", _SCOPE)
def group_people(state: State, group_id: int, cursor: Offset = 0) -> Json:
    members = [one.user_id for one in state.world if one.shift.group_id == group_id]
    return {"success": True, "result": {**page("result", members, cursor, _A_PAGE), "cursor": cursor + _A_PAGE}}


@api("getsimplegroups", "/topapi/attendance/getsimplegroups", _SCOPE)
def groups(state: State, offset: Offset = 0, size: Annotated[int, Field(ge=1, le=10)] = 10) -> Json:
    """Answer with a page of groups; their week begins on Sunday, and 0 is a day of rest."""
    rows = [
        {
            "group_id": shift.group_id,
            "group_name": shift.name,
            "type": shift.group_type,
            "work_day_list": ["0", *[str(shift.id)] * 5, "0"],
            "default_class_id": shift.id,
            "selected_class": [{**_class(shift), "class_name": shift.name}],
        }
        for shift in SHIFTS
    ]
    return {"result": page("groups", rows, offset, size)}


@api("idtokey", "/topapi/attendance/groups/idtokey", _SCOPE)
def group_key(group_id: int) -> Json:
    return {"result": f"sandbox-group-{group_id}"}


@api("positions", "/topapi/attendance/group/positions/query", _SCOPE)
def positions(state: State, group_key: Text, size: Annotated[int, Field(ge=1, le=_A_PAGE)]) -> Json:
    places = [
        {
            "position_key": site.name,
            "position_name": site.name,
            "latitude": f"{site.latitude:.6f}",
            "longitude": f"{site.longitude:.6f}",
            "offset": site.radius_m,
        }
        for site in state.world.sites
    ]
    return {"result": {"errcode": 0, "success": True, "result": {"has_more": False, "position_list": places}}}


@api("holidays", "/v1.0/attendance/holidays", _SCOPE)
def holidays(
    state: State,
    user_ids: Annotated[list[str], Field(min_length=1, max_length=50)],
    work_date_from: int,
    work_date_to: int,
) -> Json:
    """Answer with public holidays and the workdays that make up for them."""
    rows = [
        {"workDate": workday_ms, "holidayName": "补班" if shifts else "节假日"}
        | {"holidayType": "overtime" if shifts else "festival"}
        for day, shifts in sorted(state.world.special_days.items())
        if work_date_from <= (workday_ms := to_ms(midnight(day))) <= work_date_to
    ]
    return {"result": [{"userId": user_id, "holidays": rows} for user_id in user_ids]}


def _class(shift: Shift) -> Json:
    sections = [{"times": punches} for punches in _sections(shift)]
    setting = {"permit_late_minutes": 0, "serious_late_minutes": SERIOUS_LATE_MINUTES}
    return {"class_id": shift.id, "name": shift.name, "sections": sections, "setting": setting}


def _sections(shift: Shift) -> list[list[Json]]:
    """Return the punches of each section; the minutes of a window count from the punch."""
    edges, punches = shift.edge_minutes, list[Json]()
    late = {"serious_late_minutes": str(SERIOUS_LATE_MINUTES), "absenteeism_late_minutes": "-1"}
    for index, minutes in enumerate(shift.due_minutes):
        across, left = divmod(minutes, 24 * 60)
        punch = {
            "check_type": OFF_DUTY if index % 2 else ON_DUTY,
            "check_time": f"1970-01-01 {left // 60:02d}:{left % 60:02d}:00",
            "across": across,
            "begin_min": minutes - edges[index],
            "end_min": edges[index + 1] - minutes,
        }
        punches.append(punch if index % 2 else {**punch, **late, "permit_minutes": 0})
    return [punches[index : index + 2] for index in range(0, len(punches), 2)]
