"""Reading the directory from DingTalk."""

import logging
from typing import Any

import pytest
from aiohttp import web

from bot.dingtalk.contacts import Contacts
from bot.domain.people import Department, Employee
from bot.errors import NotSent, OutcomeUnknown
from bot.services.organisation.walk import read_organisation
from tests.dingtalk.rig import Rig, Step, ok, path_of, say


class Company:
    """Departments with their children and members, served two members a page."""

    def __init__(
        self, rig: Rig, children: dict[int, list[int]], members: dict[int, list[dict[str, Any]]]
    ) -> None:
        self._children = children
        self._members = members
        self.details: dict[int, dict[str, Any]] = {}
        self.dissolved = 0
        for api in ("department", "departments", "members"):
            rig.server.on(api, self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        asked = await request.json()
        department = asked["dept_id"]
        if department == self.dissolved:
            return web.json_response({"errcode": 60003})
        result: Any = {
            "dept_id": department,
            "name": f"D{department}",
            **self.details.get(department, {}),
        }
        if request.path == path_of("departments"):
            result = [
                {"dept_id": str(child), "parent_id": department}
                for child in self._children[department]
            ]
        elif request.path == path_of("members"):
            assert asked["size"] == 100
            rows = self._members.get(department, [])
            end = asked["cursor"] + 2
            more = (
                {"has_more": "true", "next_cursor": str(end)}
                if end < len(rows)
                else {"has_more": False}
            )
            result = {"list": rows[asked["cursor"] : end], **more}
        return web.json_response({"errcode": "0", "result": result})


# --- one person


@pytest.mark.parametrize("code", [60121, "33012", 50002])
async def test_an_unknown_person_is_nobody(
    rig: Rig, code: object, caplog: pytest.LogCaptureFixture
) -> None:
    rig.server.on("user", say({"errcode": code, "errmsg": "找不到该用户"}))
    rig.server.on("user_by_union_id", say({"errcode": code}))
    with caplog.at_level(logging.WARNING):
        assert await Contacts(rig.openapi).employee("u9") is None
        assert await Contacts(rig.openapi).user_id_of("union-1") is None
    assert ("contact scope" in caplog.text) == (code == 50002)


async def test_a_failed_look_up_raises_an_error(rig: Rig) -> None:
    rig.server.on("user", ok(result={"name": "王芳"}))
    with pytest.raises(OutcomeUnknown):
        await Contacts(rig.openapi).employee("u1")


# --- the whole organisation


async def test_a_walk_finds_everybody_once_with_departments_and_leads(rig: Rig) -> None:
    both = {"userid": "u2", "name": "李雷"}
    company = Company(
        rig,
        {1: [10, 20], 10: [11], 11: [], 20: []},
        {
            1: [{"userid": "boss", "name": "老板", "leader": "true", "dept_id_list": "[1]"}],
            10: [{"userid": "u1"}, {**both, "leader": True}, {"userid": "u3"}],
            11: [{"userid": "u4", "active": "false"}],
            20: [
                {**both, "leader": False, "dept_id_list": [10, 20]},
                {"userid": "u3", "leader": True},
            ],
        },
    )
    company.details[10] = {
        "name": "研发",
        "parent_id": "1",
        "dept_manager_userid_list": ["m1", "m2"],
    }
    company.details[11] = {"dept_manager_userid_list": "m3"}
    employees, departments = await read_organisation(Contacts(rig.openapi))
    people = {person.user_id: person for person in employees}
    assert sorted(people) == ["boss", "u1", "u2", "u3", "u4"]
    assert people["u2"] == Employee("u2", "李雷", None, (10, 20), leads=(10,))
    assert people["u3"] == Employee("u3", "", None, (10, 20), leads=(20,))
    assert people["boss"].leads == (1,)
    assert people["u4"] == Employee("u4", "", None, (11,), active=False)
    assert departments == [
        Department(1, "D1"),
        Department(10, "研发", 1, ("m1", "m2")),
        Department(11, "D11", 10, ("m3",)),
        Department(20, "D20", 1),
    ]


async def test_a_walk_skips_a_dissolved_department(rig: Rig) -> None:
    company = Company(rig, {1: [10], 10: []}, {1: [{"userid": "u1"}]})
    company.dissolved = 10
    employees, departments = await read_organisation(Contacts(rig.openapi))
    assert [person.user_id for person in employees] == ["u1"]
    assert departments == [Department(1, "D1")]


@pytest.mark.parametrize(
    ("path", "step", "error"),
    [
        ("members", say({"errcode": -1}), NotSent),
        (
            "members",
            ok(result={"has_more": True, "next_cursor": 0, "list": []}),
            OutcomeUnknown,
        ),
        ("members", ok(), OutcomeUnknown),
        ("members", ok(result={"has_more": False, "list": []}), OutcomeUnknown),
        ("departments", ok(), OutcomeUnknown),
    ],
    ids=["busy", "same cursor", "no members", "nobody", "no departments"],
)
async def test_a_walk_with_one_failure_fails(
    rig: Rig, path: str, step: Step, error: type[Exception]
) -> None:
    Company(rig, {1: [10], 10: []}, {1: [{"userid": "u1"}]})
    rig.server.on(path, step)
    with pytest.raises(error):
        await read_organisation(Contacts(rig.openapi))
