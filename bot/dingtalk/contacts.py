"""The organisation's directory. Contacts calls cost nothing of the monthly quota."""

import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from bot.dingtalk.apis import DEPARTMENTS, MEMBERS, USER, USER_BY_UNION_ID, Api
from bot.dingtalk.fields import as_bool, as_int, as_ints, as_object, as_objects, as_text
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.outcomes import RejectedCode
from bot.domain.people import Employee
from bot.errors import OutcomeUnknown

log = logging.getLogger(__name__)

ROOT = 1
PAGE = 100
_NOBODY = ("33012", "40031", "60121", "staffId.notExisted")
_OUT_OF_SCOPE = "50002"
_NO_DEPARTMENT = "60003"
_EXTERNAL = 1


class ContactsApi:
    """Reads people and departments."""

    def __init__(self, openapi: OpenApi) -> None:
        self._openapi = openapi

    async def employee(self, user_id: str) -> Employee | None:
        """Return the person, None when the organisation does not know them.

        Raises UpstreamError, ServiceStopped.
        """
        result = await self._look_up(USER, {"userid": user_id})
        if result is None:
            return None
        person = read_employee(result)
        if person is None:
            raise OutcomeUnknown(USER.name, "answered without the person")
        return person

    async def user_id_of(self, union_id: str) -> str | None:
        """Return the user id behind a union id, None for a stranger or an external contact.

        Raises UpstreamError, ServiceStopped.
        """
        result = await self._look_up(USER_BY_UNION_ID, {"unionid": union_id})
        if result is None or as_int(result.get("contact_type")) == _EXTERNAL:
            return None
        return as_text(result.get("userid")) or None

    async def everyone(self) -> AsyncIterator[Employee]:
        """Walk all departments and yield each person once, with all departments and leads that were seen.

        Nobody is yielded before the walk is complete, so that half a walk cannot pass for the whole organisation.
        Raises UpstreamError, ServiceStopped.
        """
        people: dict[str, Employee] = {}
        seen = {ROOT}
        to_walk = deque(seen)
        while to_walk:
            department = to_walk.popleft()
            async for person in self._members(department):
                known = people.get(person.user_id)
                people[person.user_id] = person if known is None else merged(known, person)
            children = [child for child in await self._children(department) if child not in seen]
            seen.update(children)
            to_walk.extend(children)
        for person in people.values():
            yield person

    async def _look_up(self, api: Api, body: Mapping[str, str]) -> Mapping[str, Any] | None:
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

    async def _children(self, department: int) -> list[int]:
        try:
            answer = await self._openapi.call(DEPARTMENTS, {"dept_id": department}, priority=Priority.DIGEST)
        except RejectedCode as error:
            if error.code == _NO_DEPARTMENT:
                return []  # dissolved while we walked
            raise
        children = (as_int(child.get("dept_id")) for child in as_objects(answer.get("result")))
        return [child for child in children if child is not None]

    async def _members(self, department: int) -> AsyncIterator[Employee]:
        cursor = 0
        while True:
            page = await self._page(department, cursor)
            for row in as_objects(page.get("list")):
                person = read_employee(row, department)
                if person is not None:
                    yield person
            if not as_bool(page.get("has_more")):
                return
            following = as_int(page.get("next_cursor"))
            if following is None or following <= cursor:
                raise OutcomeUnknown(MEMBERS.name, "the pages of a department do not go on")
            cursor = following

    async def _page(self, department: int, cursor: int) -> Mapping[str, Any]:
        body = {"dept_id": department, "cursor": cursor, "size": PAGE}
        try:
            answer = await self._openapi.call(MEMBERS, body, priority=Priority.DIGEST)
        except RejectedCode as error:
            if error.code == _NO_DEPARTMENT:
                return {}
            raise
        return as_object(answer.get("result"))


def read_employee(row: Mapping[str, Any], department: int | None = None) -> Employee | None:
    """Return the person of a row of `user/get` or, for `department`, of `user/list`; None without a user id."""
    user_id = as_text(row.get("userid"))
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
        user_id=user_id,
        name=as_text(row.get("name")),
        union_id=as_text(row.get("unionid")) or None,
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
