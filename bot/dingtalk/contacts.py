"""The organisation's directory. Contacts calls cost nothing of the monthly quota."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from sys import intern
from typing import Any

from bot.dingtalk.apis import DEPARTMENT, DEPARTMENTS, MEMBERS, USER, USER_BY_UNION_ID, Api
from bot.dingtalk.fields import as_bool, as_int, as_ints, as_object, as_objects, as_text, as_texts
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.outcomes import RejectedCode
from bot.domain.people import Department, Employee, Organisation
from bot.errors import BotError, OutcomeUnknown

log = logging.getLogger(__name__)

ROOT = 1
PAGE = 100
IN_FLIGHT = 16  # calls of one API at once: its limiter sets the pace while an answer takes less than 0.8 s
_NO_DEPARTMENT = "60003"
_NOBODY = ("33012", "40031", "60121", "staffId.notExisted", _NO_DEPARTMENT)
_OUT_OF_SCOPE = "50002"
_EXTERNAL = 1


class Contacts:
    """Reads people and departments. Each read raises UpstreamError, ServiceStopped."""

    def __init__(self, openapi: OpenApi) -> None:
        self._openapi = openapi

    async def employee(self, user_id: str) -> Employee | None:
        """Return the person, None when the organisation does not know them."""
        result = await self._look_up(USER, {"userid": user_id})
        if result is None:
            return None
        person = _read_employee(result)
        if person is None:
            raise OutcomeUnknown(USER.name, "answered without the person")
        return person

    async def managers(self, department_id: int) -> tuple[str, ...]:
        """Return the managers of a department; none for a dissolved one."""
        result = await self._look_up(DEPARTMENT, {"dept_id": department_id})
        return () if result is None else as_texts(result.get("dept_manager_userid_list"))

    async def user_id_of(self, union_id: str) -> str | None:
        """Return the user id behind a union id, None for a stranger or an external contact."""
        result = await self._look_up(USER_BY_UNION_ID, {"unionid": union_id})
        if result is None or as_int(result.get("contact_type")) == _EXTERNAL:
            return None
        return as_text(result.get("userid")) or None

    async def organisation(self) -> Organisation:
        """Walk all departments; return them and each person once, with all departments and leads that were seen.

        Nothing is returned of a walk that failed, so that half of one cannot pass for the whole organisation.
        """
        return await _Walk(self._openapi).run()

    async def _look_up(self, api: Api, body: Mapping[str, str | int]) -> Mapping[str, Any] | None:
        try:
            answer = await self._openapi.call(api, body, priority=Priority.PUNCH)
        except RejectedCode as error:
            if error.code == _OUT_OF_SCOPE:
                log.warning(
                    "a person is outside the app's contact scope and so a stranger; widen it in the console"
                )
            elif error.code not in _NOBODY:
                raise
            return None
        return as_object(answer.get("result"))


class _Walk:
    """Reads all departments from the root down, many at once; for one use."""

    def __init__(self, openapi: OpenApi) -> None:
        self._openapi = openapi
        self._slots = {api: asyncio.Semaphore(IN_FLIGHT) for api in (DEPARTMENTS, DEPARTMENT, MEMBERS)}
        self._parents: dict[int, int | None] = {}
        self._departments: dict[int, Department] = {}
        self._members: dict[int, list[Employee]] = {}
        self._counted: set[int] = set()  # departments that have members, as DingTalk counts them

    async def run(self) -> Organisation:
        """Return the organisation, ordered by department. Raises the error of the first failing call."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._visit(ROOT, None, tasks)
        except ExceptionGroup as failed:
            bugs = (error for error in failed.exceptions if not isinstance(error, BotError))
            raise next(bugs, failed.exceptions[0]) from None
        people: dict[str, Employee] = {}
        for department in sorted(self._members):
            for person in self._members[department]:
                known = people.get(person.user_id)
                people[person.user_id] = person if known is None else _merged(known, person)
        if not people:
            raise OutcomeUnknown(MEMBERS.name, "an organisation without anybody")
        departments = (self._departments[found] for found in sorted(self._departments))
        unsure = frozenset(one for one in self._counted if not self._members[one])
        if unsure:
            log.warning("departments came back without their members, who are kept: %s", sorted(unsure))
        return Organisation(tuple(people.values()), tuple(departments), unsure)

    def _visit(self, department: int, parent: int | None, tasks: asyncio.TaskGroup) -> None:
        """Read one department, unless it was reached before: departments may contain each other."""
        if department not in self._parents:
            self._parents[department] = parent
            tasks.create_task(self._read_children(department, tasks))
            tasks.create_task(self._read_details(department, parent))
            tasks.create_task(self._read_members(department))

    async def _read_children(self, department: int, tasks: asyncio.TaskGroup) -> None:
        for row in as_objects(await self._result(DEPARTMENTS, {"dept_id": department})):
            child = as_int(row.get("dept_id"))
            if child is not None:
                self._visit(child, department, tasks)

    async def _read_details(self, department: int, parent: int | None) -> None:
        row = as_object(await self._result(DEPARTMENT, {"dept_id": department}))
        if as_int(row.get("member_count")):
            self._counted.add(department)
        if row:
            self._departments[department] = Department(
                department_id=department,
                name=as_text(row.get("name")),
                # An answer that names no parent does not move the department.
                parent_id=None if parent is None else as_int(row.get("parent_id")) or parent,
                managers=as_texts(row.get("dept_manager_userid_list")),
            )

    async def _read_members(self, department: int) -> None:
        self._members[department] = [
            person
            async for page in self._pages(department)
            for row in as_objects(page.get("list"))
            if (person := _read_employee(row, department)) is not None
        ]

    async def _pages(self, department: int) -> AsyncIterator[Mapping[str, Any]]:
        cursor, more = 0, True
        while more:
            page = as_object(await self._result(MEMBERS, {"dept_id": department, "cursor": cursor, "size": PAGE}))
            yield page
            before, more = cursor, as_bool(page.get("has_more"))
            cursor = as_int(page.get("next_cursor")) or 0
            if more and cursor <= before:
                raise OutcomeUnknown(MEMBERS.name, "the pages of a department do not go on")

    async def _result(self, api: Api, body: Mapping[str, int]) -> object:
        """Return the result of a call, None for a department that was dissolved while we walked."""
        async with self._slots[api]:
            try:
                answer = await self._openapi.call(api, body, priority=Priority.DIGEST)
            except RejectedCode as error:
                if error.code != _NO_DEPARTMENT:
                    raise
                return None
        if "result" not in answer:
            raise OutcomeUnknown(api.name, "answered without a result")
        return answer["result"]


def _read_employee(row: Mapping[str, Any], department: int | None = None) -> Employee | None:
    """Return the person of a row of `user/get` or, for `department`, of `user/list`; None without a user id."""
    user_id, union_id = as_text(row.get("userid")), as_text(row.get("unionid"))
    if not user_id:
        return None
    departments = dict.fromkeys(as_ints(row.get("dept_id_list")))
    rows = as_objects(row.get("leader_in_dept"))
    leads = [as_int(entry.get("dept_id")) for entry in rows if as_bool(entry.get("leader"))]
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


def _merged(known: Employee, again: Employee) -> Employee:
    """Return one person seen in two departments, with the departments and leads of both."""
    return replace(
        known,
        department_ids=tuple(dict.fromkeys((*known.department_ids, *again.department_ids))),
        leads=tuple(dict.fromkeys((*known.leads, *again.leads))),
    )
