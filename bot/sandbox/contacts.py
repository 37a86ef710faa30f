"""The directory: people, departments, administrators. These calls do not count in the monthly quota."""

from collections.abc import Callable
from functools import partial

from bot.sandbox.api import Answer, Ask, Json, Refused, State, api, invalid
from bot.sandbox.people import ROOT_DEPARTMENT, Department, Person
from bot.sandbox.world import WorldError

_MOST_A_PAGE = 100
_MEMBER, _MEMBERS, _DEPARTMENTS = "qyapi_get_member", "qyapi_get_department_member", "qyapi_get_department_list"

_free: Callable[..., Callable[[Answer], Answer]] = partial(api, counted=False)


@_free("user_get", "/topapi/v2/user/get", _MEMBER)
def user_get(state: State, ask: Ask) -> Json:
    person = _person(state, ask.text("userid"))
    leads = {"dept_id": person.department.id, "leader": person.lead}
    more = {"leader_in_dept": [leads], "role_list": [], "real_authed": True, "senior": False}
    return {"result": {**_details(state, person), **more}}


@_free("user_list", "/topapi/v2/user/list", _MEMBERS)
def user_list(state: State, ask: Ask) -> Json:
    """Answer with a page of a department's direct members."""
    members = state.world.members(_department(state, ask).id)
    cursor, size = ask.number("cursor", 0), ask.number("size")
    if not 0 < size <= _MOST_A_PAGE or cursor < 0:
        raise invalid(f"size must be 1 to {_MOST_A_PAGE}")
    end = cursor + size
    page = [{**_details(state, person), "leader": person.lead} for person in members[cursor:end]]
    more = end < len(members)
    return {"result": {"has_more": more, "list": page, **({"next_cursor": end} if more else {})}}


@_free("user_listid", "/topapi/user/listid", _MEMBER)
def user_listid(state: State, ask: Ask) -> Json:
    members = state.world.members(_department(state, ask).id)
    return {"result": {"userid_list": [person.user_id for person in members]}}


@_free("getbyunionid", "/topapi/user/getbyunionid", _MEMBER)
def user_by_union_id(state: State, ask: Ask) -> Json:
    person = state.world.get(ask.text("unionid").removeprefix("union-"))
    if person is None:
        raise _unknown_person()
    return {"result": {"contact_type": 0, "userid": person.user_id}}


@_free("listadmin", "/topapi/user/listadmin", _MEMBER)
def administrators(state: State, ask: Ask) -> Json:
    return {"result": [{"userid": state.world.admin.user_id, "sys_level": 1}]}


@_free("department_get", "/topapi/v2/department/get", _DEPARTMENTS)
def department_get(state: State, ask: Ask) -> Json:
    department = _department(state, ask)
    members = state.world.members(department.id)
    leads = [person.user_id for person in members if person.lead]
    details = {"dept_manager_userid_list": leads, "member_count": len(members), "order": 0}
    return {"result": {**_branch(department), **details}}


@_free("listsub", "/topapi/v2/department/listsub", _DEPARTMENTS)
def department_children(state: State, ask: Ask) -> Json:
    """Answer with one level."""
    return {"result": [_branch(one) for one in _children(state, ask)]}


@_free("listsubid", "/topapi/v2/department/listsubid", _DEPARTMENTS)
def department_child_ids(state: State, ask: Ask) -> Json:
    """Answer with one level."""
    return {"result": {"dept_id_list": [one.id for one in _children(state, ask)]}}


@_free("listparentbyuser", "/topapi/v2/department/listparentbyuser", _MEMBER)
def departments_above(state: State, ask: Ask) -> Json:
    person = _person(state, ask.text("userid"))
    return {"result": {"parent_list": [{"parent_dept_id_list": state.world.chain(person.department.id)}]}}


@_free("scopes", "/auth/scopes", "qyapi_base", method="GET", json=False)
def scopes(state: State, ask: Ask) -> Json:
    """Answer that the app sees the whole organisation."""
    return {"auth_org_scopes": {"authed_dept": [ROOT_DEPARTMENT], "authed_user": []}, "auth_user_field": ["name"]}


def _person(state: State, user_id: str) -> Person:
    person = state.world.get(user_id)
    if person is None:
        raise _unknown_person()
    return person


def _unknown_person() -> Refused:
    return Refused(60121, "user.notFound", "找不到该用户")


def _department(state: State, ask: Ask) -> Department:
    try:
        return state.world.department(ask.number("dept_id", ROOT_DEPARTMENT))
    except WorldError:
        raise Refused(60003, "department.notFound", "部门不存在") from None


def _children(state: State, ask: Ask) -> list[Department]:
    department = _department(state, ask)
    return [one for one in state.world.departments if one.parent_id == department.id]


def _branch(department: Department) -> Json:
    above = {} if department.parent_id is None else {"parent_id": department.parent_id}
    return {"dept_id": department.id, "name": department.name, **above}


def _details(state: State, person: Person) -> Json:
    return {
        "userid": person.user_id,
        "unionid": person.union_id,
        "name": person.name,
        "job_number": f"{person.number:04d}",
        "dept_id_list": [person.department.id],
        "active": person.active,
        "admin": person == state.world.admin,
        "boss": False,
    }
