"""The directory: people and departments. These calls do not count in the monthly quota."""

from functools import partial
from typing import Annotated

from pydantic import Field

from bot.sandbox.api import Json, Offset, Refused, State, api, page
from bot.sandbox.world import ROOT_DEPARTMENT, Department, Person, WorldError

_MEMBER, _MEMBERS, _DEPARTMENTS = "qyapi_get_member", "qyapi_get_department_member", "qyapi_get_department_list"
_free = partial(api, counted=False)


@_free("user_get", "/topapi/v2/user/get", _MEMBER)
def user_get(state: State, userid: str) -> Json:
    person = _person(state, userid)
    leads = {"dept_id": person.department.id, "leader": person.lead}
    return {"result": {**_details(state, person), "leader_in_dept": [leads]}}


@_free("user_list", "/topapi/v2/user/list", _MEMBERS)
def user_list(state: State, dept_id: int, size: Annotated[int, Field(ge=1, le=100)], cursor: Offset = 0) -> Json:
    found = page("list", state.world.members(_department(state, dept_id)), cursor, size)
    rows = [{**_details(state, person), "leader": person.lead} for person in found["list"]]
    return {"result": {**found, "list": rows, "next_cursor": cursor + size}}


@_free("user_listid", "/topapi/user/listid", _MEMBER)
def user_ids(state: State, dept_id: int) -> Json:
    return {"result": {"userid_list": [one.user_id for one in state.world.members(_department(state, dept_id))]}}


@_free("getbyunionid", "/topapi/user/getbyunionid", _MEMBER)
def user_by_union_id(state: State, unionid: str) -> Json:
    return {"result": {"contact_type": 0, "userid": _person(state, unionid.removeprefix("union-")).user_id}}


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
    return {"result": [_branch(one) for one in state.world.below(_department(state, dept_id))]}


@_free("listsubid", "/topapi/v2/department/listsubid", _DEPARTMENTS)
def department_ids_below(state: State, dept_id: int) -> Json:
    return {"result": {"dept_id_list": [one.id for one in state.world.below(_department(state, dept_id))]}}


@_free("listparentbyuser", "/topapi/v2/department/listparentbyuser", _MEMBER)
def departments_above(state: State, userid: str) -> Json:
    above = [_person(state, userid).department]
    while parent_id := above[-1].parent_id:
        above.append(state.world.department(parent_id))
    return {"result": {"parent_list": [{"parent_dept_id_list": [one.id for one in above]}]}}


@_free("scopes", "/auth/scopes", "qyapi_base", method="GET")
def scopes() -> Json:
    return {"auth_org_scopes": {"authed_dept": [ROOT_DEPARTMENT], "authed_user": []}}


def _person(state: State, user_id: str) -> Person:
    person = state.world.get(user_id)
    if person is None:
        raise Refused(60121, "user.notFound", "找不到该用户")
    return person


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
        "dept_id_list": [person.department.id],
        "active": person.active,
        "admin": person == state.world.admin,
    }
