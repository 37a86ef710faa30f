"""The company's tree, people and plans: how they are made and how they change."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import Sandbox, World
from bot.sandbox.people import NIGHT, SPLIT
from bot.sandbox.plans import check_points
from tests.sandbox.caller import Caller, events
from tests.sandbox.scripted_bot import ScriptedBot

ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)
MONDAY = date(2026, 11, 30)


def clocks(world: World, user_id: str, day: date) -> list[str]:
    person = world.get(user_id)
    assert person
    return [f"{point.due_at:%d %H:%M}" for point in check_points(world, person, day)]


def test_a_holiday_a_makeup_day_and_another_shift_change_the_plan_of_their_date_alone() -> None:
    world = World()
    world.set_holiday(FRIDAY)
    world.set_makeup_day(SATURDAY)
    world.set_shift("user001", MONDAY, NIGHT.id)
    world.set_shift("user002", MONDAY, 0)
    world.set_shift("user008", FRIDAY, NIGHT.id)

    assert clocks(world, "user001", FRIDAY) == []
    assert clocks(world, "user008", FRIDAY) == ["27 22:00", "28 06:00"]
    assert clocks(world, "user001", SATURDAY) == ["28 09:00", "28 18:00"]
    assert clocks(world, "user008", SATURDAY) == []
    assert clocks(world, "user001", MONDAY) == ["30 22:00", "01 06:00"]
    assert clocks(world, "user002", MONDAY) == []
    world.set_normal_day(FRIDAY)
    world.set_usual_shift("user001", MONDAY)
    assert clocks(world, "user001", FRIDAY) == ["27 09:00", "27 18:00"]
    assert clocks(world, "user001", MONDAY) == ["30 09:00", "30 18:00"]


async def test_what_changes_is_pushed_as_the_documented_events(sandbox: Sandbox) -> None:
    async with ScriptedBot(sandbox.url):
        joined = sandbox.world.join()
        sandbox.world.change("user001", department_id=102)
        sandbox.world.leave("user002")
        made = sandbox.world.add_department("新组", 101)
        sandbox.world.change_department(made.id, name="新组二")
        sandbox.world.remove_department(made.id)
        seen = await events(sandbox, 6)

    assert [(name, data.get("userId") or data["deptId"]) for name, data in seen] == [
        ("user_add_org", [joined.user_id]),
        ("user_modify_org", ["user001"]),
        ("user_leave_org", ["user002"]),
        ("org_dept_create", [made.id]),
        ("org_dept_modify", [made.id]),
        ("org_dept_remove", [made.id]),
    ]
    assert all(data["timeStamp"].isdigit() for _, data in seen)
    diff = seen[1][1]["diffInfo"]
    assert (diff["prev"]["department"], diff["curr"]["department"], diff["userid"]) == ([101], [102], "user001")


async def test_the_control_api_changes_people_departments_and_plans(sandbox: Sandbox, caller: Caller) -> None:
    async def post(path: str, **body: Any) -> Any:
        status, answer = await caller.post(f"/_sandbox/{path}", body, token="")
        assert status == 200, answer
        return answer

    team = await post("departments/add", name="新组", parent_id=102)
    joined = await post("people/join", name="新人", department_id=team["id"], shift_id=SPLIT.id)
    changed = await post("people/change", user_id="user001", department_id=team["id"], active=False)
    await post("departments/change", id=team["id"], name="新组二")
    await post("people/leave", user_id=joined["user_id"])
    plan = await post("plan", date="2026-11-28", kind="makeup", name="调休")
    await post("plan", date="2026-11-28", kind="shift", user_id="user002", shift_id=0)
    _, shown = await caller.get("/_sandbox/plan?date=2026-11-28")
    _, tree = await caller.get("/_sandbox/departments")

    assert joined["shift_id"] == SPLIT.id and changed["department_id"] == team["id"] and not changed["active"]
    assert tree[-1] == {"id": team["id"], "name": "新组二", "parent_id": 102}
    assert plan["kind"] == "makeup" and shown["shifts"] == {"user002": 0}
    assert sandbox.world.get(joined["user_id"]) is None
    assert clocks(sandbox.world, "user003", SATURDAY) and not clocks(sandbox.world, "user002", SATURDAY)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("plan", {"date": "soon", "kind": "holiday"}),
        ("plan", {"date": "2026-11-28", "kind": "party"}),
        ("plan", {"date": "2026-11-28", "kind": "shift", "user_id": "user001", "shift_id": 7}),
        ("plan", {"date": "2026-11-28", "kind": "holiday", "typo": 1}),
        ("people/join", {"department_id": 7}),
        ("people/leave", {"user_id": "nobody"}),
        ("people/change", {"user_id": "user001", "lead": "perhaps"}),
        ("departments/add", {"name": 7}),
        ("departments/remove", {"id": 101}),
        ("leave", {"user_id": "user001", "start": "2026-11-25T09:00", "end": "2026-11-25T09:00"}),
        ("leave", {"user_id": "user001", "start": "2026-11-25T09:00", "end": "2026-11-26", "kind": "nap"}),
        ("leave/approve", {"id": 7}),
        ("native_punches", {"user_id": "user001", "kind": "telepathy"}),
        ("native_punches", {"user_id": "nobody"}),
        ("native_punches", {"user_id": "user001", "shown_after_s": -1}),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_reason(caller: Caller, path: str, body: Any) -> None:
    status, answer = await caller.post(f"/_sandbox/{path}", body, token="")

    assert status == 400 and answer["error"]
