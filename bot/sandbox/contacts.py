"""The directory: people, departments, administrators. These calls do not count in the monthly quota."""

from bot.sandbox.api import Api, Ask, Json, Refused, State
from bot.sandbox.world import ROOT_DEPARTMENT, Department, Person

_MOST_A_PAGE = 100
_MEMBER, _MEMBERS, _DEPARTMENTS = "qyapi_get_member", "qyapi_get_department_member", "qyapi_get_department_list"


def user_get(state: State, ask: Ask) -> Json:
    """Answer `/topapi/v2/user/get`."""
    person = _person(state, ask.text("userid"))
    leads = {"dept_id": person.department.id, "leader": person.lead}
    more = {"leader_in_dept": [leads], "role_list": [], "real_authed": True, "senior": False}
    return {"result": {**_details(state, person), **more}}


def user_list(state: State, ask: Ask) -> Json:
    """Answer `/topapi/v2/user/list`: a page of a department's direct members."""
    members = state.world.members(_department(state, ask).id)
    cursor, size = ask.number("cursor", 0), ask.number("size")
    if not 0 < size <= _MOST_A_PAGE or cursor < 0:
        raise Refused(400002, "invalidParameter", f"size must be 1 to {_MOST_A_PAGE}")
    end = cursor + size
    page = [{**_details(state, person), "leader": person.lead} for person in members[cursor:end]]
    more = end < len(members)
    return {"result": {"has_more": more, "list": page, **({"next_cursor": end} if more else {})}}


def user_listid(state: State, ask: Ask) -> Json:
    """Answer `/topapi/user/listid`."""
    members = state.world.members(_department(state, ask).id)
    return {"result": {"userid_list": [person.user_id for person in members]}}


def user_by_union_id(state: State, ask: Ask) -> Json:
    """Answer `/topapi/user/getbyunionid`."""
    person = state.world.by_union_id(ask.text("unionid"))
    if person is None:
        raise Refused(60121, "user.notFound", "找不到该用户")
    return {"result": {"contact_type": 0, "userid": person.user_id}}


def administrators(state: State, ask: Ask) -> Json:
    """Answer `/topapi/user/listadmin`."""
    return {"result": [{"userid": state.world.admin.user_id, "sys_level": 1}]}


def department_get(state: State, ask: Ask) -> Json:
    """Answer `/topapi/v2/department/get`."""
    department = _department(state, ask)
    members = state.world.members(department.id)
    leads = [person.user_id for person in members if person.lead]
    details = {"dept_manager_userid_list": leads, "member_count": len(members), "order": 0}
    return {"result": {**_branch(department), **details}}


def department_children(state: State, ask: Ask) -> Json:
    """Answer `/topapi/v2/department/listsub`: one level."""
    return {"result": [_branch(one) for one in _children(state, ask)]}


def department_child_ids(state: State, ask: Ask) -> Json:
    """Answer `/topapi/v2/department/listsubid`: one level."""
    return {"result": {"dept_id_list": [one.id for one in _children(state, ask)]}}


def departments_above(state: State, ask: Ask) -> Json:
    """Answer `/topapi/v2/department/listparentbyuser`."""
    person = _person(state, ask.text("userid"))
    chain = state.world.chain(person.department.id)
    return {"result": {"parent_list": [{"parent_dept_id_list": chain}]}}


def scopes(state: State, ask: Ask) -> Json:
    """Answer `/auth/scopes`: the app sees the whole organisation."""
    return {"auth_org_scopes": {"authed_dept": [ROOT_DEPARTMENT], "authed_user": []}, "auth_user_field": ["name"]}


def _person(state: State, user_id: str) -> Person:
    person = state.world.get(user_id)
    if person is None:
        raise Refused(60121, "user.notFound", "找不到该用户")
    return person


def _department(state: State, ask: Ask) -> Department:
    department = state.world.department(ask.number("dept_id", ROOT_DEPARTMENT))
    if department is None:
        raise Refused(60003, "department.notFound", "部门不存在")
    return department


def _children(state: State, ask: Ask) -> list[Department]:
    parent = _department(state, ask)
    return state.world.children(parent.id)


def _branch(department: Department) -> Json:
    above = {} if department.parent_id is None else {"parent_id": department.parent_id}
    return {"dept_id": department.id, "name": department.name, **above}


def _details(state: State, person: Person) -> Json:
    admin = person == state.world.admin
    return {
        "userid": person.user_id,
        "unionid": person.union_id,
        "name": person.name,
        "title": person.title,
        "job_number": f"{person.number:04d}",
        "dept_id_list": [person.department.id],
        "active": person.active,
        "admin": admin,
        "boss": False,
    }


APIS = (
    Api("user_get", "/topapi/v2/user/get", user_get, _MEMBER, counted=False),
    Api("user_list", "/topapi/v2/user/list", user_list, _MEMBERS, counted=False),
    Api("user_listid", "/topapi/user/listid", user_listid, _MEMBER, counted=False),
    Api("getbyunionid", "/topapi/user/getbyunionid", user_by_union_id, _MEMBER, counted=False),
    Api("listadmin", "/topapi/user/listadmin", administrators, _MEMBER, counted=False),
    Api("department_get", "/topapi/v2/department/get", department_get, _DEPARTMENTS, counted=False),
    Api("listsub", "/topapi/v2/department/listsub", department_children, _DEPARTMENTS, counted=False),
    Api("listsubid", "/topapi/v2/department/listsubid", department_child_ids, _DEPARTMENTS, counted=False),
    Api("listparentbyuser", "/topapi/v2/department/listparentbyuser", departments_above, _MEMBER, counted=False),
    Api("scopes", "/auth/scopes", scopes, "qyapi_base", method="GET", counted=False, json=False),
)
