"""The directory: people, departments, administrators. These calls do not count in the monthly quota."""

from functools import partial
from typing import Annotated

from pydantic import Field

from bot.sandbox.api import Json, Offset, Refused, State, api
from bot.sandbox.people import ROOT_DEPARTMENT, Department, Person
from bot.sandbox.world import WorldError

_MEMBER, _MEMBERS, _DEPARTMENTS = "qyapi_get_member", "qyapi_get_department_member", "qyapi_get_department_list"
_NOBODY = Refused(60121, "user.notFound", "找不到该用户")
_NO_DEPARTMENT = Refused(60003, "department.notFound", "部门不存在")

_free = partial(api, counted=False)


@_free("user_get", "/topapi/v2/user/get", _MEMBER)
def user_get(state: State, userid: str) -> Json:
    person = _person(state, userid)
    leads = {"dept_id": person.department.id, "leader": person.lead}
    return {"result": {**_details(state, person), "leader_in_dept": [leads]}}


@_free("user_list", "/topapi/v2/user/list", _MEMBERS)
def user_list(state: State, dept_id: int, size: Annotated[int, Field(ge=1, le=100)], cursor: Offset = 0) -> Json:
    """Answer with a page of a department's direct members."""
    members = state.world.members(_department(state, dept_id).id)
    end = cursor + size
    page = [{**_details(state, person), "leader": person.lead} for person in members[cursor:end]]
    more = {"next_cursor": end} if end < len(members) else {}
    return {"result": {"has_more": bool(more), "list": page, **more}}


@_free("user_listid", "/topapi/user/listid", _MEMBER)
def user_listid(state: State, dept_id: int) -> Json:
    members = state.world.members(_department(state, dept_id).id)
    return {"result": {"userid_list": [person.user_id for person in members]}}


@_free("getbyunionid", "/topapi/user/getbyunionid", _MEMBER)
def user_by_union_id(state: State, unionid: str) -> Json:
    person = _person(state, unionid.removeprefix("union-"))
    return {"result": {"contact_type": 0, "userid": person.user_id}}


@_free("listadmin", "/topapi/user/listadmin", _MEMBER)
def administrators(state: State) -> Json:
    return {"result": [{"userid": state.world.admin.user_id, "sys_level": 1}]}


@_free("department_get", "/topapi/v2/department/get", _DEPARTMENTS)
def department_get(state: State, dept_id: int) -> Json:
    department = _department(state, dept_id)
    members = state.world.members(department.id)
    leads = [person.user_id for person in members if person.lead]
    return {"result": {**_branch(department), "dept_manager_userid_list": leads, "member_count": len(members)}}


@_free("listsub", "/topapi/v2/department/listsub", _DEPARTMENTS)
def department_children(state: State, dept_id: int = ROOT_DEPARTMENT) -> Json:
    """Answer with one level."""
    parent_id = _department(state, dept_id).id
    return {"result": [_branch(one) for one in state.world.departments if one.parent_id == parent_id]}


@_free("listsubid", "/topapi/v2/department/listsubid", _DEPARTMENTS)
def department_child_ids(state: State, dept_id: int) -> Json:
    """Answer with one level."""
    return {"result": {"dept_id_list": [one["dept_id"] for one in department_children(state, dept_id)["result"]]}}


@_free("listparentbyuser", "/topapi/v2/department/listparentbyuser", _MEMBER)
def departments_above(state: State, userid: str) -> Json:
    chain = state.world.chain(_person(state, userid).department.id)
    return {"result": {"parent_list": [{"parent_dept_id_list": chain}]}}


@_free("scopes", "/auth/scopes", "qyapi_base", method="GET")
def scopes() -> Json:
    """Answer that the app sees the whole organisation."""
    return {"auth_org_scopes": {"authed_dept": [ROOT_DEPARTMENT], "authed_user": []}, "auth_user_field": ["name"]}


def _person(state: State, user_id: str) -> Person:
    person = state.world.get(user_id)
    if person is None:
        raise _NOBODY
    return person


def _department(state: State, department_id: int) -> Department:
    try:
        return state.world.department(department_id)
    except WorldError:
        raise _NO_DEPARTMENT from None


def _branch(department: Department) -> Json:
    above = {} if department.parent_id is None else {"parent_id": department.parent_id}
    return {"dept_id": department.id, "name": department.name, **above}


def _details(state: State, person: Person) -> Json:
    return {
        "userid": person.user_id,
        "unionid": person.union_id,
        "name": person.name,
        "dept_id_list": [person.department.id],
        "active": person.active,
        "admin": person == state.world.admin,
    }
