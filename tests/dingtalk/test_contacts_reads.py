"""Reading the directory from DingTalk."""

import asyncio
import logging
from typing import Any

import pytest
from aiohttp import web

from bot.dingtalk.apis import DEPARTMENT, DEPARTMENTS, MEMBERS, USER, USER_BY_UNION_ID
from bot.dingtalk.contacts import IN_FLIGHT, Contacts
from bot.domain.people import Department, Employee
from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped
from tests.dingtalk.rig import Rig, ok, sample, say


async def walk(rig: Rig) -> list[Employee]:
    return list((await Contacts(rig.openapi).organisation()).employees)


class Company:
    """Departments with their children and members, served a page at a time."""

    def __init__(self, rig: Rig, children: dict[int, list[int]], members: dict[int, list[dict[str, Any]]]) -> None:
        self._children = children
        self._members = members
        self.details: dict[int, dict[str, Any]] = {}
        rig.server.on(DEPARTMENT.path, self._department)
        rig.server.on(DEPARTMENTS.path, self._departments)
        rig.server.on(MEMBERS.path, self.page)

    async def _departments(self, request: web.Request) -> web.Response:
        department = (await request.json())["dept_id"]
        rows = [
            {"dept_id": str(child), "name": "…", "parent_id": department} for child in self._children[department]
        ]
        return web.json_response({"errcode": 0, "result": rows})

    async def _department(self, request: web.Request) -> web.Response:
        department = (await request.json())["dept_id"]
        details = {"dept_id": department, "name": f"D{department}", **self.details.get(department, {})}
        return web.json_response({"errcode": 0, "result": details})

    async def page(self, request: web.Request) -> web.Response:
        asked = await request.json()
        assert asked["size"] == 100
        rows = self._members.get(asked["dept_id"], [])
        page = rows[asked["cursor"] : asked["cursor"] + 2]
        end = asked["cursor"] + len(page)
        more = {"has_more": "true", "next_cursor": str(end)} if end < len(rows) else {"has_more": False}
        return web.json_response({"errcode": "0", "result": {"list": page, **more}})


async def test_the_official_sample_of_a_person_is_read(rig: Rig) -> None:
    rig.server.on(USER.path, say(sample("contact.v2_user_get.response")))
    contacts: Contacts = Contacts(rig.openapi)
    assert await contacts.employee("zhangsan") == Employee(
        "zhangsan", "张三", "z21HjQliSzpw0YWxxxxx", (2, 3, 4), leads=(2,), active=True
    )
    assert rig.server.asked(USER.path)[0].body == {"userid": "zhangsan"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"dept_id_list": [2, "3"]}, {"department_ids": (2, 3)}),
        ({"dept_id_list": None}, {"department_ids": ()}),
        (
            {"leader_in_dept": [{"dept_id": 2, "leader": True}, {"dept_id": 3, "leader": "false"}]},
            {"leads": (2,)},
        ),
        ({"leader_in_dept": {"dept_id": "9", "leader": "true"}}, {"leads": (9,)}),
        ({"active": "false"}, {"active": False}),
        ({"active": False}, {"active": False}),
        ({"unionid": ""}, {"union_id": None}),
        ({"userid": 17}, {"user_id": "17"}),
    ],
    ids=str,
)
async def test_values_are_read_however_they_are_written(
    rig: Rig, changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    rig.server.on(USER.path, ok(result={"userid": "u1", "name": "王芳", **changes}))
    person = await Contacts(rig.openapi).employee("u1")
    assert {name: getattr(person, name) for name in expected} == expected


@pytest.mark.parametrize("code", [60121, "33012", 40031])
async def test_somebody_the_organisation_does_not_know_is_nobody(rig: Rig, code: object) -> None:
    rig.server.on(USER.path, say({"errcode": code, "errmsg": "找不到该用户"}))
    assert await Contacts(rig.openapi).employee("u9") is None


async def test_somebody_outside_the_apps_scope_is_nobody_and_the_operator_reads_why(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.server.on(USER.path, say({"errcode": 50002, "errmsg": "请求的员工userid不在授权范围内"}))
    with caplog.at_level(logging.WARNING):
        assert await Contacts(rig.openapi).employee("u9") is None
    assert "contact scope" in caplog.text


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"errcode": 60011}, ServiceStopped),
        ({"errcode": -1}, NotSent),
        ({"errcode": 400002}, Rejected),
        ({"errcode": 0}, OutcomeUnknown),
    ],
    ids=["permission", "busy", "bad parameter", "without the person"],
)
async def test_not_being_able_to_look_is_no_answer(
    rig: Rig, answer: dict[str, Any], error: type[Exception]
) -> None:
    rig.server.on(USER.path, say(answer))
    with pytest.raises(error):
        await Contacts(rig.openapi).employee("u1")


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": 0, "result": {"contact_type": 1, "userid": "u1"}},
        {"errcode": "0", "result": {"contact_type": "1", "userid": "u1"}},
        {"errcode": 60121},
        {"errcode": 0, "result": {"contact_type": 0}},
    ],
    ids=["external", "external in text", "unknown", "empty"],
)
async def test_an_external_contact_and_a_stranger_have_no_user_id(rig: Rig, answer: dict[str, Any]) -> None:
    rig.server.on(USER_BY_UNION_ID.path, say(answer))
    assert await Contacts(rig.openapi).user_id_of("union-1") is None


async def test_everybody_is_found_once_with_all_departments_and_leads(rig: Rig) -> None:
    both = {"userid": "u2", "name": "李雷"}
    Company(
        rig,
        {1: [10, 20], 10: [11], 11: [], 20: []},
        {
            1: [{"userid": "boss", "name": "老板", "leader": "true", "dept_id_list": "[1]"}],
            10: [
                {"userid": "u1", "name": "王芳"},
                {**both, "leader": True},
                {"userid": "u3"},
                {"name": "nobody"},
                {"userid": True},
            ],
            11: [{"userid": "u4", "active": "false"}],
            20: [{**both, "leader": False, "dept_id_list": [10, 20]}, {"userid": "u3", "leader": True}],
        },
    )
    people = {person.user_id: person for person in await walk(rig)}
    assert list(people) == ["boss", "u1", "u2", "u3", "u4"]
    assert people["u2"] == Employee("u2", "李雷", None, (10, 20), leads=(10,))
    assert people["u3"] == Employee("u3", "", None, (10, 20), leads=(20,))
    assert people["boss"].leads == (1,)
    assert people["u4"] == Employee("u4", "", None, (11,), active=False)


async def test_departments_come_with_their_parents_and_managers(rig: Rig) -> None:
    company = Company(rig, {1: [10], 10: [11], 11: []}, {1: [{"userid": "u1"}]})
    company.details[10] = {"name": "研发", "parent_id": "1", "dept_manager_userid_list": ["m1", "m2"]}
    company.details[11] = {"dept_manager_userid_list": "m3"}
    found = await Contacts(rig.openapi).organisation()
    assert found.departments == (
        Department(1, "D1"),
        Department(10, "研发", 1, ("m1", "m2")),
        Department(11, "D11", 10, ("m3",)),
    )


async def test_a_department_with_members_that_lists_none_is_unsure(rig: Rig) -> None:
    company = Company(rig, {1: [10, 11], 10: [], 11: []}, {1: [{"userid": "u1"}]})
    company.details[10] = {"name": "研发", "member_count": 3}
    company.details[11] = {"name": "空", "member_count": 0}
    company.details[1] = {"name": "all", "member_count": 4}
    assert (await Contacts(rig.openapi).organisation()).unsure == {10}


async def test_departments_are_read_beside_each_other_and_never_too_many_at_once(rig: Rig) -> None:
    children = list(range(10, 10 + 2 * IN_FLIGHT))
    tree: dict[int, list[int]] = {1: children, **{child: [] for child in children}}
    company = Company(rig, tree, {1: [{"userid": "u1"}]})
    released = asyncio.Event()

    async def members(request: web.Request) -> web.Response:
        await released.wait()
        return await company.page(request)

    rig.server.on(MEMBERS.path, members)
    walking = asyncio.create_task(walk(rig))
    await rig.server.until_asked(MEMBERS.path, IN_FLIGHT)
    await rig.server.until_asked(DEPARTMENT.path, len(tree))  # nothing else waits, so nothing is on its way
    assert len(rig.server.asked(MEMBERS.path)) == IN_FLIGHT
    released.set()
    async with asyncio.timeout(60):
        await walking
    assert len(rig.server.asked(MEMBERS.path)) == len(tree)


async def test_a_department_dissolved_meanwhile_is_passed_over(rig: Rig) -> None:
    Company(rig, {1: [10]}, {1: [{"userid": "u1"}]})

    async def dissolved(request: web.Request) -> web.Response:
        if (await request.json())["dept_id"] == 10:
            return web.json_response({"errcode": 60003})
        result: object = {"list": [{"userid": "u1"}], "name": "D1"}
        return web.json_response(
            {"errcode": 0, "result": [{"dept_id": 10}] if request.path == DEPARTMENTS.path else result}
        )

    for api in (DEPARTMENTS, DEPARTMENT, MEMBERS):
        rig.server.on(api.path, dissolved)
    found = await Contacts(rig.openapi).organisation()
    assert [person.user_id for person in found.employees] == ["u1"]
    assert found.departments == (Department(1, "D1"),)


@pytest.mark.parametrize(
    ("path", "step", "error"),
    [
        (MEMBERS.path, say({"errcode": -1}), NotSent),
        (MEMBERS.path, say({"errcode": 50004}), ServiceStopped),
        *(
            (path, say({"errcode": 400002}), Rejected)
            for path in (MEMBERS.path, DEPARTMENT.path, DEPARTMENTS.path)
        ),
        (MEMBERS.path, ok(result={"has_more": True, "list": []}), OutcomeUnknown),
        (MEMBERS.path, ok(result={"has_more": True, "next_cursor": 0, "list": []}), OutcomeUnknown),
        (MEMBERS.path, ok(), OutcomeUnknown),
        (DEPARTMENT.path, say({"errcode": -1}), NotSent),
        (DEPARTMENTS.path, say({"errcode": 60011}), ServiceStopped),
        (DEPARTMENTS.path, ok(), OutcomeUnknown),
        (MEMBERS.path, ok(result={"has_more": False, "list": []}), OutcomeUnknown),
    ],
    ids=[
        "busy",
        "scope",
        "members refused",
        "details refused",
        "departments refused",
        "no cursor",
        "same cursor",
        "no result",
        "no details",
        "no departments",
        "empty departments",
        "nobody",
    ],
)
async def test_a_walk_that_fails_anywhere_counts_for_nothing(
    rig: Rig, path: str, step: Any, error: type[Exception]
) -> None:
    Company(rig, {1: [10], 10: []}, {1: [{"userid": "u1"}]})
    rig.server.on(path, step)
    with pytest.raises(error):
        await Contacts(rig.openapi).organisation()
