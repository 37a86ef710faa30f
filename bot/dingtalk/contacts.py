"""The organisation's people and departments. These calls cost no monthly quota."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from sys import intern
from typing import Any, TypeVar

from pydantic import Field

from bot.dingtalk.apis import DEPARTMENT, DEPARTMENTS, MEMBERS, USER, USER_BY_UNION_ID, Api
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import Listed, OpenApi, Result, Row
from bot.domain.people import Department, Employee, Organisation
from bot.errors import OutcomeUnknown, Rejected

log = logging.getLogger(__name__)

ROOT = 1
PAGE = 100
IN_FLIGHT = 32  # departments; enough for 20 calls a second, while an answer takes less than 0.5 s
_NOBODY = ("33012", "40031", "60121", "staffId.notExisted", "60003")  # 60003 is a dissolved department
_OUT_OF_SCOPE = "50002"
_EXTERNAL = 1

_T = TypeVar("_T")


class _Lead(Row):
    department_id: int = Field(alias="dept_id")
    leader: bool = False


class _Person(Row):
    """The person of `user/get`, or a row of `user/list`, whose `leader` is about the requested department."""

    user_id: str = Field(alias="userid")
    union_id: str = Field("", alias="unionid")
    name: str = ""
    department_ids: Listed[int] = Field([], alias="dept_id_list")
    leads: Listed[_Lead] = Field([], alias="leader_in_dept")
    leader: bool = False
    active: bool = True

    def employee(self, department: int | None = None) -> Employee:
        """Return the person, also as a member of the requested `department`."""
        here = [] if department is None else [department]
        leads = [lead.department_id for lead in self.leads if lead.leader]
        return Employee(
            user_id=intern(self.user_id),
            name=self.name,
            union_id=intern(self.union_id) if self.union_id else None,
            department_ids=tuple(dict.fromkeys((*self.department_ids, *here))),
            leads=tuple(dict.fromkeys((*leads, *(here if self.leader else [])))),
            active=self.active,
        )


class _UserId(Row):
    user_id: str = Field("", alias="userid")
    contact_type: int = 0


class _Department(Row):
    department_id: int = Field(0, alias="dept_id")
    name: str = ""
    parent_id: int = 0
    managers: Listed[str] = Field([], alias="dept_manager_userid_list")


class _Members(Row):
    rows: Listed[_Person] = Field([], alias="list")
    has_more: bool = False
    next_cursor: int = 0


class Contacts:
    """Reads people and departments. Each read raises UpstreamError, ServiceStopped."""

    def __init__(self, openapi: OpenApi) -> None:
        self._openapi = openapi

    async def employee(self, user_id: str) -> Employee | None:
        """Return the person, None for a stranger."""
        person = await self._read(USER, {"userid": user_id}, Result[_Person])
        return None if person is None else person.employee()

    async def managers(self, department_id: int) -> tuple[str, ...]:
        found = await self._read(DEPARTMENT, {"dept_id": department_id}, Result[_Department])
        return () if found is None else tuple(found.managers)

    async def user_id_of(self, union_id: str) -> str | None:
        """Return the user id behind a union id, None for a stranger or an external contact."""
        found = await self._read(USER_BY_UNION_ID, {"unionid": union_id}, Result[_UserId])
        return None if found is None or found.contact_type == _EXTERNAL else found.user_id or None

    async def organisation(self) -> Organisation:
        """Read all departments and people. Each person comes once, with all their departments and leads.

        One failed call fails the whole walk, because a part must not pass for the organisation.
        """
        slots, parents, level = asyncio.Semaphore(IN_FLIGHT), dict[int, int | None]({ROOT: None}), [ROOT]
        departments: list[Department] = []
        found: dict[str, Employee] = {}
        while level:
            try:
                async with asyncio.TaskGroup() as tasks:
                    walks = {one: tasks.create_task(self._walk(one, slots)) for one in level}
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None
            level = []
            for department_id, walk in walks.items():
                details, children, people = walk.result()
                if details is not None:  # an answer without a parent does not move the department
                    parent = None if department_id == ROOT else details.parent_id or parents[department_id]
                    departments.append(Department(department_id, details.name, parent, tuple(details.managers)))
                for person in people:
                    known = found.get(person.user_id, person)
                    found[person.user_id] = _merged(known, person)
                new = [child for child in dict.fromkeys(children) if child not in parents]  # there may be cycles
                parents.update(dict.fromkeys(new, department_id))
                level += new
        if not found:
            raise OutcomeUnknown(MEMBERS.name, "an organisation without people")
        departments.sort(key=lambda department: department.department_id)
        return Organisation(tuple(found.values()), tuple(departments))

    async def _walk(
        self, department: int, slots: asyncio.Semaphore
    ) -> tuple[_Department | None, list[int], list[Employee]]:
        """Return a department's details (None once it is dissolved), its children and its members."""
        async with slots:
            body = {"dept_id": department}
            details = await self._read(DEPARTMENT, body, Result[_Department], Priority.DIGEST)
            rows = await self._read(DEPARTMENTS, body, Result[Listed[_Department]], Priority.DIGEST)
            people: list[Employee] = []
            cursor, more = 0, True
            while more:
                asked = {"dept_id": department, "cursor": cursor, "size": PAGE}
                page = await self._read(MEMBERS, asked, Result[_Members], Priority.DIGEST) or _Members()
                people += [row.employee(department) for row in page.rows]
                before, cursor, more = cursor, page.next_cursor, page.has_more
                if more and cursor <= before:
                    raise OutcomeUnknown(MEMBERS.name, "a page of a department repeats itself")
        return details, [row.department_id for row in rows or ()], people

    async def _read(
        self, api: Api, body: Mapping[str, Any], model: type[Result[_T]], priority: Priority = Priority.PUNCH
    ) -> _T | None:
        """Return the result of a call, None for an unknown person or department."""
        try:
            return (await self._openapi.read(api, body, model, priority=priority)).result
        except Rejected as error:
            if error.code == _OUT_OF_SCOPE:
                log.warning("a person is outside the app's contact scope: widen it in the developer console")
            elif error.code not in _NOBODY:
                raise
            return None


def _merged(known: Employee, again: Employee) -> Employee:
    """Return the person with the departments and leads of both rows."""
    return replace(
        known,
        department_ids=tuple(dict.fromkeys((*known.department_ids, *again.department_ids))),
        leads=tuple(dict.fromkeys((*known.leads, *again.leads))),
    )
