"""The organisation's people and departments. These calls cost no monthly quota."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any, TypeVar

from pydantic import Field

from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import Listed, OpenApi, Result, Row
from bot.domain.people import Department, Employee
from bot.errors import OutcomeUnknown, Rejected

log = logging.getLogger(__name__)

ROOT = 1
PAGE = 100
# 60003 is a dissolved department
_NOBODY = (
    "33012",
    "40031",
    "60121",
    "staffId.notExisted",
    "60003",
)
_OUT_OF_SCOPE = "50002"
_EXTERNAL = 1

_T = TypeVar("_T")


class _Lead(Row):
    dept_id: int
    leader: bool = False


class _Person(Row):
    """A person of `user/get` or `user/list`.

    In `user/list`, `leader` holds for the requested department.
    """

    userid: str
    unionid: str = ""
    name: str = ""
    job_number: str = ""
    dept_id_list: Listed[int] = []
    leader_in_dept: Listed[_Lead] = []
    leader: bool = False
    active: bool = True

    def employee(self, department: int | None = None) -> Employee:
        """Return the person, also as a member of the requested `department`."""
        here = [] if department is None else [department]
        leads = [lead.dept_id for lead in self.leader_in_dept if lead.leader]
        return Employee(
            user_id=intern(self.userid),
            name=self.name,
            union_id=intern(self.unionid) if self.unionid else None,
            department_ids=tuple(dict.fromkeys((*self.dept_id_list, *here))),
            leads=tuple(dict.fromkeys((*leads, *(here if self.leader else [])))),
            active=self.active,
            job_number=self.job_number,
        )


class _UserId(Row):
    userid: str = ""
    contact_type: int = 0


class _Department(Row):
    dept_id: int = 0
    name: str = ""
    parent_id: int = 0
    dept_manager_userid_list: Listed[str] = []


class _Members(Row):
    rows: Listed[_Person] = Field([], alias="list")
    has_more: bool = False
    next_cursor: int = 0


@dataclass(frozen=True, slots=True)
class Contacts:
    """Reads people and departments. Each read raises UpstreamError."""

    openapi: OpenApi

    async def employee(self, user_id: str) -> Employee | None:
        """Return the person, None for a stranger and outside the app's contact scope."""
        person = await self._read("user", {"userid": user_id}, Result[_Person])
        return None if person is None else person.employee()

    async def user_id_of(self, union_id: str) -> str | None:
        """Return the user id behind a union id, None for a stranger or an external contact."""
        person = await self._read("user_by_union_id", {"unionid": union_id}, Result[_UserId])
        if person is None or person.contact_type == _EXTERNAL:
            return None
        return person.userid or None

    async def department(
        self, department_id: int, priority: Priority | None = None
    ) -> Department | None:
        """Return the department, None once it is dissolved."""
        department = await self._read(
            "department", {"dept_id": department_id}, Result[_Department], priority
        )
        if department is None:
            return None
        return Department(
            department_id,
            department.name,
            department.parent_id or None,
            tuple(department.dept_manager_userid_list),
        )

    async def children(self, department_id: int) -> list[int]:
        rows = await self._read(
            "departments", {"dept_id": department_id}, Result[Listed[_Department]]
        )
        return [row.dept_id for row in rows or ()]

    async def members(self, department_id: int) -> list[Employee]:
        people: list[Employee] = []
        cursor = 0
        while True:
            asked = {"dept_id": department_id, "cursor": cursor, "size": PAGE}
            page = await self._read("members", asked, Result[_Members]) or _Members()
            people += [row.employee(department_id) for row in page.rows]
            if not page.has_more:
                return people
            if page.next_cursor <= cursor:
                raise OutcomeUnknown("members", "a page of a department repeats itself")
            cursor = page.next_cursor

    async def _read(
        self,
        api: str,
        body: Mapping[str, Any],
        model: type[Result[_T]],
        priority: Priority | None = None,
    ) -> _T | None:
        """Return the result of a call.

        None for a person or department that DingTalk does not know, or that lies outside the app's
        contact scope: the bot treats both as gone.
        """
        try:
            return (await self.openapi.read(api, body, model, priority=priority)).result
        except Rejected as error:
            if error.code == _OUT_OF_SCOPE:
                log.warning(
                    "a person or department is outside the app's contact scope: widen it in the "
                    "developer console"
                )
            elif error.code not in _NOBODY:
                raise
            return None
