"""Reading the plan of everybody for one work date from DingTalk."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.dingtalk.apis import DAY_SCHEDULE, SCHEDULE, SHIFT
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.limits import Priority
from bot.domain.shifts import CheckType
from bot.errors import NotSent, OutcomeUnknown
from tests.builders import SHANGHAI, TUESDAY, local
from tests.dingtalk.rig import Rig, ok, sample, say

WEDNESDAY = TUESDAY + timedelta(days=1)
ALL_DAY = {
    "name": "白班",
    "sections": [
        {
            "punches": [
                {
                    "check_type": "OnDuty",
                    "check_time": "1970-01-01 09:00:00",
                    "begin_min": 60,
                    "permit_minutes": 5,
                },
                {"check_type": "OffDuty", "check_time": "1970-01-01 18:00:00", "end_min": 180},
            ]
        }
    ],
}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with Rig() as rig:
        rig.server.on(SHIFT.path, ok(result=ALL_DAY))
        yield rig


def attendance(rig: Rig, operator: str | None = "manager01") -> Attendance:
    return Attendance(rig.openapi, operator_user_id=operator, zone=SHANGHAI, clock=rig.time)


def check(
    user_id: str, at: str, check_type: str = "OnDuty", day: date = TUESDAY, **changes: Any
) -> dict[str, Any]:
    return {
        "userid": user_id,
        "check_type": check_type,
        "plan_check_time": f"{day} {at}:00",
        "class_id": 7,
        "class_setting_id": 1,
        **changes,
    }


def day_of(user_id: str) -> list[dict[str, Any]]:
    return [check(user_id, "09:00"), check(user_id, "18:00", "OffDuty")]


def paged(rows: list[dict[str, Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def page(request: web.Request) -> web.Response:
        asked = await request.json()
        end = asked["offset"] + asked["size"]
        result = {"has_more": end < len(rows), "schedules": rows[asked["offset"] : end]}
        return web.json_response({"errcode": 0, "result": result})

    return page


async def test_the_official_sample_is_read(rig: Rig) -> None:
    rig.server.on(DAY_SCHEDULE.path, say(sample("att.listschedule.response")))
    day = date(2020, 11, 11)
    reader: Attendance = attendance(rig)
    plans = await reader.day_plans(day)
    assert [(point.check_type, point.due_at) for point in plans["user01"].points] == [
        (CheckType.ON_DUTY, local("09:30", day)),
        (CheckType.OFF_DUTY, local("18:30", day)),
    ]
    assert rig.server.asked(DAY_SCHEDULE.path)[0].body == {"workDate": "2020-11-11", "offset": 0, "size": 200}


async def test_everybody_is_read_page_by_page_and_a_shift_once(rig: Rig) -> None:
    people = [f"u{number:03d}" for number in range(250)]
    rig.server.on(DAY_SCHEDULE.path, paged([row for user_id in people for row in day_of(user_id)]))
    plans = await attendance(rig).day_plans(TUESDAY)
    assert sorted(plans) == people
    assert [request.body["offset"] for request in rig.server.asked(DAY_SCHEDULE.path)] == [0, 200, 400]
    assert len(rig.server.asked(SHIFT.path)) == 1
    assert len({id(plan) for plan in plans.values()}) == 1  # equal plans take no room of their own
    assert plans["u000"].points[0].shift.grace_minutes == 5


async def test_a_check_that_was_moved_is_due_when_it_was_moved_to(rig: Rig) -> None:
    moved = check("u1", "09:00", changed_check_time=f"{TUESDAY} 10:30:00")
    rig.server.on(DAY_SCHEDULE.path, paged([moved, check("u1", "18:00", "OffDuty", changed_check_time="")]))
    plan = (await attendance(rig).day_plans(TUESDAY))["u1"]
    assert [point.due_at for point in plan.points] == [local("10:30"), local("18:00")]


@pytest.mark.parametrize("rest", [{"class_id": 0}, {"class_id": None}, {"is_rest": "Y"}], ids=str)
async def test_whoever_rests_is_not_among_those_who_work(rig: Rig, rest: dict[str, Any]) -> None:
    rig.server.on(DAY_SCHEDULE.path, paged([check("u1", "09:00", **rest), *day_of("u2"), {"userid": "u3"}]))
    assert list(await attendance(rig).day_plans(TUESDAY)) == ["u2"]


@pytest.mark.parametrize(
    "second",
    [say({"errcode": -1}), ok(), ok(result={"has_more": True, "schedules": []})],
    ids=["busy", "no result", "an empty page"],
)
async def test_half_a_roster_is_none(rig: Rig, second: Any) -> None:
    rig.server.on(DAY_SCHEDULE.path, ok(result={"has_more": True, "schedules": day_of("u1")}), second)
    with pytest.raises((NotSent, OutcomeUnknown)):
        await attendance(rig).day_plans(TUESDAY)


async def test_reads_for_reminders_let_those_of_a_punch_go_first_and_share_the_shifts() -> None:
    async with Rig(each_api=1) as rig:
        rig.server.on(SHIFT.path, ok(result=ALL_DAY))
        rig.server.on(SCHEDULE.path, ok(result=[]))
        rig.server.on(DAY_SCHEDULE.path, paged(day_of("u1")))
        for_punches = attendance(rig)
        for_reminders = for_punches.at(Priority.REMINDER)
        await for_reminders.day_plans(TUESDAY)
        await for_punches.day_plans(TUESDAY)
        assert len(rig.server.asked(SHIFT.path)) == 1
        first_of_all = "u0"
        await for_reminders.plans([first_of_all], TUESDAY, TUESDAY)
        await asyncio.gather(
            for_reminders.plans(["reminder"], TUESDAY, TUESDAY), for_punches.plans(["punch"], TUESDAY, TUESDAY)
        )
        asked = [request.body["userids"] for request in rig.server.asked(SCHEDULE.path)]
    assert asked == [first_of_all, "punch", "reminder"]
