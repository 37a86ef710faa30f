"""The directory of the company, and the shifts of its groups."""

from typing import Annotated

from pydantic import Field

from bot.sandbox.api import Json, Offset, Refused, State, api, page
from bot.sandbox.world import (
    OFF_DUTY,
    ON_DUTY,
    ROOT_DEPARTMENT,
    Department,
    Person,
    Shift,
    WorldError,
)

# permissions for the calls
_MEMBER = "qyapi_get_member"
_MEMBERS = "qyapi_get_department_member"
_DEPARTMENTS = "qyapi_get_department_list"
_GROUPS = "qyapi_attendance_group_read"
_NOBODY = 60121  # the directory's errcode for an unknown person


@api("user_get", "/topapi/v2/user/get", _MEMBER)
def user_get(state: State, userid: str) -> Json:
    person = state.employee(userid, _NOBODY)
    department = {"dept_id": person.department.id, "leader": person.lead}
    return {"result": {**_details(state, person), "leader_in_dept": [department]}}


@api("user_list", "/topapi/v2/user/list", _MEMBERS)
def user_list(
    state: State, dept_id: int, size: Annotated[int, Field(ge=1, le=100)], cursor: Offset = 0
) -> Json:
    listed = page("list", state.world.members(_department(state, dept_id)), cursor, size)
    rows = [{**_details(state, person), "leader": person.lead} for person in listed["list"]]
    return {"result": {**listed, "list": rows, "next_cursor": cursor + size}}


@api("getbyunionid", "/topapi/user/getbyunionid", _MEMBER)
def user_by_union_id(state: State, unionid: str) -> Json:
    person = state.employee(unionid.removeprefix("union-"), _NOBODY)
    return {"result": {"contact_type": 0, "userid": person.user_id}}


@api("department_get", "/topapi/v2/department/get", _DEPARTMENTS)
def department_get(state: State, dept_id: int) -> Json:
    department = _department(state, dept_id)
    leads = [person.user_id for person in state.world.members(department) if person.lead]
    return {"result": {**_department_fields(department), "dept_manager_userid_list": leads}}


@api("listsub", "/topapi/v2/department/listsub", _DEPARTMENTS)
def departments_below(state: State, dept_id: int) -> Json:
    return {
        "result": [
            _department_fields(department)
            for department in state.world.below(_department(state, dept_id))
        ]
    }


@api("scopes", "/auth/scopes", "qyapi_base", method="GET")
def scopes() -> Json:
    return {"auth_org_scopes": {"authed_dept": [ROOT_DEPARTMENT], "authed_user": []}}


@api("shift_query", "/topapi/attendance/shift/query", _GROUPS)
def shift_query(state: State, shift_id: int) -> Json:
    shift = state.world.shift(shift_id)
    checks = [_check(state, shift, index) for index in range(len(shift.due_minutes))]
    # a break is written like work (《获取班次详情》): an on-duty row begins it
    breaks = zip((ON_DUTY, OFF_DUTY), shift.break_minutes, strict=False)
    rests = [_edge(check_type, minutes) for check_type, minutes in breaks]
    pairs = [checks[index : index + 2] for index in range(0, len(checks), 2)]
    sections = [{"punches": pair, "rests": rests} for pair in pairs]
    return {"result": {"id": shift.id, "name": shift.name, "sections": sections}}


def _department(state: State, department_id: int) -> Department:
    try:
        return state.world.department(department_id)
    except WorldError:
        raise Refused(60003, "部门不存在") from None


def _department_fields(department: Department) -> Json:
    return {"dept_id": department.id, "name": department.name, "parent_id": department.parent_id}


def _details(state: State, person: Person) -> Json:
    return {
        "userid": person.user_id,
        "unionid": person.union_id,
        "name": person.name,
        "job_number": f"{person.number:03}",
        "dept_id_list": [person.department.id],
        "active": person.active,
    }


def _check(state: State, shift: Shift, index: int) -> Json:
    """Return a check point. Its window opens `begin_min` minutes earlier, and closes `end_min` later."""
    minutes = shift.due_minutes[index]
    opens, closes = shift.edge_minutes[index : index + 2]
    check_type = OFF_DUTY if index % 2 else ON_DUTY
    row = {
        **_edge(check_type, minutes),
        "begin_min": minutes - opens,
        "end_min": closes - minutes,
        "free_check": (shift.id, check_type) in state.world.free_checks,
    }
    late = {"permit_minutes": 0, "serious_late_minutes": "30", "absenteeism_late_minutes": "-1"}
    return row if check_type == OFF_DUTY else {**row, **late}


def _edge(check_type: str, minutes: int) -> Json:
    across, minute = divmod(minutes, 24 * 60)
    clock = f"{minute // 60:02d}:{minute % 60:02d}:00"
    return {"check_type": check_type, "check_time": f"1970-01-01 {clock}", "across": across}
