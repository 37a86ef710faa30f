"""Rows of the directory, turned into people and departments."""

from collections.abc import Mapping
from dataclasses import replace
from sys import intern
from typing import Any

from bot.dingtalk.fields import as_bool, as_int, as_ints, as_objects, as_text, as_texts
from bot.domain.people import Department, Employee


def read_employee(row: Mapping[str, Any], department: int | None = None) -> Employee | None:
    """Return the person of a row of `user/get` or, for `department`, of `user/list`; None without a user id."""
    user_id, union_id = as_text(row.get("userid")), as_text(row.get("unionid"))
    if not user_id:
        return None
    departments = dict.fromkeys(as_ints(row.get("dept_id_list")))
    leads = [
        as_int(entry.get("dept_id"))
        for entry in as_objects(row.get("leader_in_dept"))
        if as_bool(entry.get("leader"))
    ]
    if department is not None:
        departments[department] = None
        leads += [department] if as_bool(row.get("leader")) else []
    return Employee(
        user_id=intern(user_id),
        name=as_text(row.get("name")),
        union_id=intern(union_id) if union_id else None,
        department_ids=tuple(departments),
        leads=tuple(dict.fromkeys(lead for lead in leads if lead is not None)),
        active=as_bool(row.get("active"), default=True),
    )


def merged(known: Employee, again: Employee) -> Employee:
    """Return one person seen in two departments, with the departments and leads of both."""
    return replace(
        known,
        department_ids=tuple(dict.fromkeys((*known.department_ids, *again.department_ids))),
        leads=tuple(dict.fromkeys((*known.leads, *again.leads))),
    )


def read_department(row: Mapping[str, Any], department: int, parent: int | None) -> Department:
    """Return what `department/get` tells of `department`, which the walk found below `parent`.

    An answer that names no parent does not move the department.
    """
    return Department(
        department_id=department,
        name=as_text(row.get("name")),
        parent_id=None if parent is None else as_int(row.get("parent_id")) or parent,
        managers=as_texts(row.get("dept_manager_userid_list")),
    )
