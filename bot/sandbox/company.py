"""The company: its directory (free calls), and its attendance groups. A group has one shift, and
every site.
"""

from functools import partial
from typing import Annotated

from pydantic import Field

from bot.sandbox.api import Json, Offset, Refused, State, Text, api, page
from bot.sandbox.clock import to_ms
from bot.sandbox.world import (
    NONE,
    OFF_DUTY,
    ON_DUTY,
    ROOT_DEPARTMENT,
    SERIOUS_LATE_MINUTES,
    SHIFTS,
    Department,
    Person,
    Shift,
    WorldError,
    midnight,
)

_MEMBER = "qyapi_get_member"
_MEMBERS = "qyapi_get_department_member"
_DEPARTMENTS = "qyapi_get_department_list"
_GROUPS = "qyapi_attendance_group_read"
_NOBODY = 60121  # the directory's errcode for an unknown person
_A_PAGE = 50
_free = partial(api, counted=False)


@_free("user_get", "/topapi/v2/user/get", _MEMBER)
def user_get(state: State, userid: str) -> Json:
    person = state.employee(userid, _NOBODY)
    leads = {"dept_id": person.department.id, "leader": person.lead}
    return {"result": {**_details(state, person), "leader_in_dept": [leads]}}


@_free("user_list", "/topapi/v2/user/list", _MEMBERS)
def user_list(
    state: State, dept_id: int, size: Annotated[int, Field(ge=1, le=100)], cursor: Offset = 0
) -> Json:
    found = page("list", state.world.members(_department(state, dept_id)), cursor, size)
    rows = [{**_details(state, person), "leader": person.lead} for person in found["list"]]
    return {"result": {**found, "list": rows, "next_cursor": cursor + size}}


@_free("user_listid", "/topapi/user/listid", _MEMBER)
def user_ids(state: State, dept_id: int) -> Json:
    members = state.world.members(_department(state, dept_id))
    return {"result": {"userid_list": [person.user_id for person in members]}}


@_free("getbyunionid", "/topapi/user/getbyunionid", _MEMBER)
def user_by_union_id(state: State, unionid: str) -> Json:
    person = state.employee(unionid.removeprefix("union-"), _NOBODY)
    return {"result": {"contact_type": 0, "userid": person.user_id}}


@_free("listadmin", "/topapi/user/listadmin", _MEMBER)
def administrators(state: State) -> Json:
    return {"result": [{"userid": state.world.admin.user_id, "sys_level": 1}]}


@_free("department_get", "/topapi/v2/department/get", _DEPARTMENTS)
def department_get(state: State, dept_id: int) -> Json:
    department = _department(state, dept_id)
    leads = [person.user_id for person in state.world.members(department) if person.lead]
    return {"result": {**_branch(department), "dept_manager_userid_list": leads}}


@_free("listsub", "/topapi/v2/department/listsub", _DEPARTMENTS)
def departments_below(state: State, dept_id: int) -> Json:
    return {
        "result": [
            _branch(department) for department in state.world.below(_department(state, dept_id))
        ]
    }


@_free("listsubid", "/topapi/v2/department/listsubid", _DEPARTMENTS)
def department_ids_below(state: State, dept_id: int) -> Json:
    below = state.world.below(_department(state, dept_id))
    return {"result": {"dept_id_list": [department.id for department in below]}}


@_free("listparentbyuser", "/topapi/v2/department/listparentbyuser", _MEMBER)
def departments_above(state: State, userid: str) -> Json:
    above = [state.employee(userid, _NOBODY).department]
    while parent_id := above[-1].parent_id:
        above.append(state.world.department(parent_id))
    return {
        "result": {
            "parent_list": [{"parent_dept_id_list": [department.id for department in above]}]
        }
    }


@_free("scopes", "/auth/scopes", "qyapi_base", method="GET")
def scopes() -> Json:
    return {"auth_org_scopes": {"authed_dept": [ROOT_DEPARTMENT], "authed_user": []}}


@api("shift_query", "/topapi/attendance/shift/query", _GROUPS)
def shift_query(state: State, shift_id: int) -> Json:
    shift = state.world.shift(shift_id)
    sections = [
        {
            "punches": [
                {**punch, "free_check": (shift.id, punch["check_type"]) in state.world.free_checks}
                for punch in punches
            ],
            "rests": _rests(punches),
        }
        for punches in _sections(shift)
    ]
    return {"result": {"id": shift.id, "name": shift.name, "sections": sections}}


@api("shift_list", "/topapi/attendance/shift/list", _GROUPS)
def shift_list() -> Json:
    shifts = [{"id": shift.id, "name": shift.name} for shift in SHIFTS]
    return {
        "success": True,
        "result": {"cursor": SHIFTS[-1].id, "has_more": False, "result": shifts},
    }


@api("getusergroup", "/topapi/attendance/getusergroup", _GROUPS)
def group_of_person(state: State, userid: str) -> Json:
    """Answer with a person's group. A flexible group has no classes."""
    shift = state.employee(userid).shift
    classes = [] if shift.group_type == NONE else [_class(shift)]
    kind = {"group_id": shift.group_id, "name": shift.name, "type": shift.group_type}
    return {"result": {**kind, "classes": classes}}


@api("memberusers", "/topapi/attendance/group/memberusers/list", _GROUPS)
def group_people(state: State, group_id: int, cursor: Offset = 0) -> Json:
    members = [person.user_id for person in state.world if person.shift.group_id == group_id]
    return {
        "success": True,
        "result": {**page("result", members, cursor, _A_PAGE), "cursor": cursor + _A_PAGE},
    }


@api("getsimplegroups", "/topapi/attendance/getsimplegroups", _GROUPS)
def groups(state: State, offset: Offset = 0, size: Annotated[int, Field(ge=1, le=10)] = 10) -> Json:
    """Answer with a page of groups. The week begins on Sunday; 0 is a day of rest."""
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


@api("idtokey", "/topapi/attendance/groups/idtokey", _GROUPS)
def group_key(group_id: int) -> Json:
    return {"result": f"sandbox-group-{group_id}"}


@api("positions", "/topapi/attendance/group/positions/query", _GROUPS)
def positions(state: State, group_key: Text, size: Annotated[int, Field(ge=1, le=_A_PAGE)]) -> Json:
    places = [
        {
            **dict.fromkeys(("position_key", "position_name"), site.name),
            "latitude": f"{site.latitude:.6f}",
            "longitude": f"{site.longitude:.6f}",
            "offset": site.radius_m,
        }
        for site in state.world.sites
    ]
    return {
        "result": {
            "errcode": 0,
            "success": True,
            "result": {"has_more": False, "position_list": places},
        }
    }


@api("holidays", "/v1.0/attendance/holidays", _GROUPS)
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


def _department(state: State, department_id: int) -> Department:
    try:
        return state.world.department(department_id)
    except WorldError:
        raise Refused(60003, "department.notFound", "部门不存在") from None


def _branch(department: Department) -> Json:
    return {"dept_id": department.id, "name": department.name, "parent_id": department.parent_id}


def _details(state: State, person: Person) -> Json:
    return {
        "userid": person.user_id,
        "unionid": person.union_id,
        "name": person.name,
        "job_number": f"{person.number:03}",
        "dept_id_list": [person.department.id],
        "active": person.active,
        "admin": person == state.world.admin,
    }


def _rests(punches: list[Json]) -> list[Json]:
    """Return the break of a section around noon: an on-duty row begins it, an off-duty row ends it
    (《获取班次详情》).
    """
    first, last = (punch["check_time"][11:] for punch in punches)
    if first > "11:00:00" or last < "14:00:00":
        return []
    return [
        {"check_type": ON_DUTY, "check_time": "1970-01-01 12:00:00", "across": 0},
        {"check_type": OFF_DUTY, "check_time": "1970-01-01 13:00:00", "across": 0},
    ]


def _class(shift: Shift) -> Json:
    sections = [{"times": punches} for punches in _sections(shift)]
    setting = {"permit_late_minutes": 0, "serious_late_minutes": SERIOUS_LATE_MINUTES}
    return {"class_id": shift.id, "name": shift.name, "sections": sections, "setting": setting}


def _sections(shift: Shift) -> list[list[Json]]:
    """Return the punches of each section. The minutes of a window count from the punch."""
    edges = shift.edge_minutes
    punches = list[Json]()
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
