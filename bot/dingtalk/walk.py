"""One reading of the whole organisation: every department, its managers and its members."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from bot.dingtalk.apis import DEPARTMENT, DEPARTMENTS, MEMBERS, Api
from bot.dingtalk.fields import as_bool, as_int, as_object, as_objects
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.outcomes import RejectedCode
from bot.dingtalk.people import merged, read_department, read_employee
from bot.domain.people import Department, Employee, Organisation
from bot.errors import BotError, OutcomeUnknown

ROOT = 1
PAGE = 100
IN_FLIGHT = 16  # calls of one API at once: its limiter sets the pace while an answer takes less than 0.8 s
_NO_DEPARTMENT = "60003"


class Walk:
    """Walks the departments from the root down, many at once; for one use."""

    def __init__(self, openapi: OpenApi) -> None:
        self._openapi = openapi
        self._slots = {api: asyncio.Semaphore(IN_FLIGHT) for api in (DEPARTMENTS, DEPARTMENT, MEMBERS)}
        self._parents: dict[int, int | None] = {}
        self._departments: dict[int, Department] = {}
        self._members: dict[int, list[Employee]] = {}

    async def run(self) -> Organisation:
        """Return what was found, ordered by department. Raises what the first failing call raised."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._visit(ROOT, None, tasks)
        except ExceptionGroup as failed:
            raise first_of(failed) from None
        people = self._people()
        if not people:
            raise OutcomeUnknown(MEMBERS.name, "an organisation without anybody")
        departments = (self._departments[found] for found in sorted(self._departments))
        return Organisation(tuple(people.values()), tuple(departments))

    def _visit(self, department: int, parent: int | None, tasks: asyncio.TaskGroup) -> None:
        """Read one department, unless it was reached before: departments may contain each other."""
        if department in self._parents:
            return
        self._parents[department] = parent
        tasks.create_task(self._read_children(department, tasks))
        tasks.create_task(self._read_details(department))
        tasks.create_task(self._read_members(department))

    async def _read_children(self, department: int, tasks: asyncio.TaskGroup) -> None:
        answer = await self._call(DEPARTMENTS, {"dept_id": department})
        for row in as_objects(answer.get("result")):
            child = as_int(row.get("dept_id"))
            if child is not None:
                self._visit(child, department, tasks)

    async def _read_details(self, department: int) -> None:
        details = as_object((await self._call(DEPARTMENT, {"dept_id": department})).get("result"))
        if details:
            self._departments[department] = read_department(details, department, self._parents[department])

    async def _read_members(self, department: int) -> None:
        self._members[department] = [
            person
            async for page in self._pages(department)
            for row in as_objects(page.get("list"))
            if (person := read_employee(row, department)) is not None
        ]

    async def _pages(self, department: int) -> AsyncIterator[Mapping[str, Any]]:
        cursor: int | None = 0
        while cursor is not None:
            body = {"dept_id": department, "cursor": cursor, "size": PAGE}
            page = as_object((await self._call(MEMBERS, body)).get("result"))
            yield page
            cursor = following(page, cursor)

    async def _call(self, api: Api, body: Mapping[str, int]) -> Mapping[str, Any]:
        """Return the answer, an empty one for a department that was dissolved while we walked."""
        async with self._slots[api]:
            try:
                answer = await self._openapi.call(api, body, priority=Priority.DIGEST)
            except RejectedCode as error:
                if error.code != _NO_DEPARTMENT:
                    raise
                return {}
        if "result" not in answer:
            raise OutcomeUnknown(api.name, "answered without a result")
        return answer

    def _people(self) -> dict[str, Employee]:
        people: dict[str, Employee] = {}
        for department in sorted(self._members):
            for person in self._members[department]:
                known = people.get(person.user_id)
                people[person.user_id] = person if known is None else merged(known, person)
        return people


def following(page: Mapping[str, Any], cursor: int) -> int | None:
    """Return the cursor of the next page, None after the last. Raises OutcomeUnknown when it leads nowhere."""
    if not as_bool(page.get("has_more")):
        return None
    next_cursor = as_int(page.get("next_cursor"))
    if next_cursor is None or next_cursor <= cursor:
        raise OutcomeUnknown(MEMBERS.name, "the pages of a department do not go on")
    return next_cursor


def first_of(failed: ExceptionGroup[Exception]) -> Exception:
    """Return a bug if there is one among what went wrong, else the first error."""
    bugs = (error for error in failed.exceptions if not isinstance(error, BotError))
    return next(bugs, failed.exceptions[0])
