"""Reading records and plans from DingTalk."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.dingtalk.apis import DAY_SCHEDULE, LIST_RECORD, SCHEDULE, SHIFT
from bot.dingtalk.attendance import Attendance
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import CheckType, DayPlan, Section, Shift, day_plan
from bot.errors import NotSent, OutcomeUnknown, ServiceStopped
from tests.builders import SHANGHAI, TUESDAY, local
from tests.dingtalk.rig import Rig, ok, sample, say

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2021, 1, 14)
DAY_SHIFT = {
    "name": "早班",
    "sections": [
        {
            "punches": [
                {
                    "check_type": "OnDuty",
                    "check_time": "1970-01-01 09:00:00",
                    "across": 0,
                    "begin_min": 60,
                    "end_min": 90,
                    "permit_minutes": "5",
                    "serious_late_minutes": "30",
                    "absenteeism_late_minutes": "-1",
                },
                {"check_type": "OffDuty", "check_time": "1970-01-01 18:00:00", "across": 0, "end_min": "180"},
            ]
        }
    ],
}


def attendance(rig: Rig, *, zone: ZoneInfo = SHANGHAI, operator: str | None = "manager01") -> Attendance:
    return Attendance(rig.openapi, operator_user_id=operator, zone=zone, clock=rig.time)


def row(at: str, check_type: str = "OnDuty", day: date = TUESDAY, **changes: Any) -> dict[str, Any]:
    return {
        "userid": "u1",
        "check_type": check_type,
        "plan_check_time": f"{day} {at}:00",
        "work_date": f"{day} 00:00:00",
        "shift_id": 7,
        "is_rest": "N",
        **changes,
    }


async def plan(rig: Rig, *rows: dict[str, Any], zone: ZoneInfo = SHANGHAI) -> DayPlan:
    """Return what u1 works on Tuesday by these rows."""
    rig.server.on(SCHEDULE.path, ok(result=list(rows)))
    plans = await attendance(rig, zone=zone).plans(["u1"], TUESDAY, TUESDAY)
    return plans["u1"][0]


async def test_records_are_asked_for_in_the_organisations_time(rig: Rig) -> None:
    rig.server.on(LIST_RECORD.path, ok(recordresult=[]))
    reader: Attendance = attendance(rig)
    assert await reader.records(["u1", "u2"], local("08:57:30"), local("08:59")) == []
    assert rig.server.asked(LIST_RECORD.path)[0].body == {
        "userIds": ["u1", "u2"],
        "checkDateFrom": "2026-11-24 08:57:30",
        "checkDateTo": "2026-11-24 08:59:01",
        "isI18n": False,
    }


async def test_the_official_sample_of_records_is_read(rig: Rig) -> None:
    rig.server.on(LIST_RECORD.path, say(sample("att.listRecord.response")))
    assert await attendance(rig).records(["manager4220"], local("00:00"), local("23:00")) == [
        AttendanceRecord("manager4220", datetime(2020, 9, 7, 1, 18, 25, tzinfo=UTC)),
        AttendanceRecord("manager4220", datetime(2020, 9, 7, 3, 55, 9, tzinfo=UTC), "需要二次确认"),
    ]


ODD_RECORDS: list[object] = [
    "x",
    7,
    ["not a row"],
    [{"userCheckTime": 1599441505000}],
    [{"userId": "u1"}],
    [{"userId": "u1", "userCheckTime": "soon"}],
    [{"userId": "u1", "userCheckTime": 1.5}],
]


@pytest.mark.parametrize("odd", ODD_RECORDS, ids=repr)
async def test_records_that_cannot_be_read_are_not_taken_for_nobody_punched(rig: Rig, odd: object) -> None:
    rig.server.on(LIST_RECORD.path, ok(recordresult=odd))
    with pytest.raises(OutcomeUnknown):
        await attendance(rig).records(["u1"], local("00:00"), local("23:00"))


@pytest.mark.parametrize("more", [{}, {"recordresult": None}, {"recordresult": []}], ids=repr)
async def test_without_any_punch_the_list_may_be_missing(rig: Rig, more: dict[str, Any]) -> None:
    rig.server.on(LIST_RECORD.path, ok(**more))
    assert await attendance(rig).records(["u1"], local("00:00"), local("23:00")) == []


@pytest.mark.parametrize("more", [{}, {"result": None}, {"result": "x"}, {"result": ["x"]}], ids=repr)
async def test_plans_without_their_list_are_not_taken_for_rest(rig: Rig, more: dict[str, Any]) -> None:
    rig.server.on(SCHEDULE.path, ok(**more))
    with pytest.raises(OutcomeUnknown):
        await attendance(rig).plans(["u1"], TUESDAY, TUESDAY)


@pytest.mark.parametrize("schedules", [None, "x", ["x"]], ids=repr)
async def test_a_day_without_its_list_is_not_taken_for_rest(rig: Rig, schedules: object) -> None:
    rig.server.on(DAY_SCHEDULE.path, ok(result={"has_more": False, "schedules": schedules}))
    with pytest.raises(OutcomeUnknown):
        await attendance(rig).day_plans(TUESDAY)


async def test_plans_are_asked_for_whole_days_of_the_organisation(rig: Rig) -> None:
    rig.server.on(SCHEDULE.path, ok(result=[]))
    await attendance(rig).plans(["u1", "u2"], TUESDAY, TUESDAY + timedelta(days=1))
    body = rig.server.asked(SCHEDULE.path)[0].body
    assert (body["op_user_id"], body["userids"]) == ("manager01", "u1,u2")
    assert datetime.fromtimestamp(body["from_date_time"] / 1000, SHANGHAI) == datetime(
        2026, 11, 24, tzinfo=SHANGHAI
    )
    assert datetime.fromtimestamp(body["to_date_time"] / 1000, SHANGHAI).isoformat() == "2026-11-25T23:59:59+08:00"


async def test_a_plan_has_the_times_windows_and_graces_of_its_shift(rig: Rig) -> None:
    rig.server.on(SHIFT.path, ok(result=DAY_SHIFT))
    found = await plan(rig, row("09:00"), row("18:00", "OffDuty"))
    shift = Shift("早班", (Section(time(9), time(18)),), 60, 180, 5, 30, None)
    assert found == day_plan(shift, TUESDAY, SHANGHAI)
    assert rig.server.asked(SHIFT.path)[0].body == {"op_user_id": "manager01", "shift_id": 7}


async def test_the_official_samples_of_schedule_and_shift_are_read(rig: Rig) -> None:
    rig.server.on(SCHEDULE.path, say(sample("att.schedule_listbyusers.response")))
    rig.server.on(SHIFT.path, say(sample("att.shift_query.response")))
    plans = await attendance(rig).plans(["user456"], DAY, DAY)
    day = plans["user456"][0]
    assert day.shift_name == "B"
    assert [(point.check_type, point.due_at) for point in day.points] == [
        (CheckType.ON_DUTY, local("09:00", DAY)),
        (CheckType.OFF_DUTY, local("18:00", DAY)),
    ]
    shift = day.points[0].shift
    assert (shift.earliest_minutes, shift.latest_minutes) == (120, 240)  # the sample names no windows
    assert (shift.grace_minutes, shift.serious_late_minutes, shift.absenteeism_minutes) == (0, None, None)
    assert shift.sections == (Section(time(19), time(5)),)


@pytest.mark.parametrize(
    "change", [{"is_rest": "Y"}, {"shift_id": 0}, {"shift_id": "0"}, {"shift_id": None}], ids=str
)
async def test_a_rest_day_has_no_check_points(rig: Rig, change: dict[str, Any]) -> None:
    found = await plan(rig, row("09:00", **change), row("18:00", "OffDuty", **change))
    assert found == DayPlan(TUESDAY)
    assert rig.server.asked(SHIFT.path) == []


async def test_rows_in_any_order_and_twice_make_the_sections_of_the_day(rig: Rig) -> None:
    rig.server.on(SHIFT.path, say({"errcode": 60011}))
    rows = [row("13:30"), row("18:00", "OffDuty"), row("09:00"), row("12:00", "OffDuty"), row("09:00")]
    found = await plan(rig, *rows)
    assert [(point.key, point.due_at) for point in found.points] == [
        ("OnDuty/0", local("09:00")),
        ("OffDuty/0", local("12:00")),
        ("OnDuty/1", local("13:30")),
        ("OffDuty/1", local("18:00")),
    ]


async def test_each_section_has_its_own_window(rig: Rig) -> None:
    def section(start: str, end: str, begin_min: int, end_min: int) -> dict[str, Any]:
        on = {"check_type": "OnDuty", "check_time": f"1970-01-01 {start}:00", "begin_min": begin_min}
        off = {"check_type": "OffDuty", "check_time": f"1970-01-01 {end}:00", "end_min": end_min}
        return {"punches": [on, off]}

    sections = [section("09:00", "12:00", 120, 30), section("13:30", "18:00", 45, 360)]
    rig.server.on(SHIFT.path, ok(result={"name": "两段", "sections": sections}))
    found = await plan(rig, row("09:00"), row("12:00", "OffDuty"), row("13:30"), row("18:00", "OffDuty"))
    assert found.points[1].closes_at == local("12:30")
    assert found.points[2].opens_at == local("12:45")
    assert found.points[3].closes_at == local("18:00") + timedelta(hours=6)


async def test_a_night_shift_keeps_its_work_date(rig: Rig) -> None:
    rig.server.on(SHIFT.path, ok(result={"name": "晚班", "sections": []}))
    wednesday = TUESDAY + timedelta(days=1)
    end = row("05:00", "OffDuty", wednesday, work_date=f"{TUESDAY} 00:00:00")
    found = await plan(rig, row("19:00"), end)
    assert [(point.work_date, point.due_at) for point in found.points] == [
        (TUESDAY, local("19:00")),
        (TUESDAY, local("05:00", wednesday)),
    ]


async def test_a_check_without_its_other_half_stands_alone(rig: Rig) -> None:
    rig.server.on(SHIFT.path, ok(result=DAY_SHIFT))
    assert [point.key for point in (await plan(rig, row("09:00"))).points] == ["OnDuty/0"]
    assert [point.key for point in (await plan(rig, row("18:00", "OffDuty"))).points] == ["OffDuty/0"]


@pytest.mark.parametrize(
    "odd",
    [row("25:00"), row("10:00", "Lunch"), row("", plan_check_time=1.5), row("18:00", "OffDuty", userid=None)],
    ids=["time", "check", "fraction", "nobody"],
)
async def test_a_row_that_cannot_be_read_is_not_left_out(rig: Rig, odd: dict[str, Any]) -> None:
    rig.server.on(SHIFT.path, ok(result=DAY_SHIFT))
    with pytest.raises(OutcomeUnknown):
        await plan(rig, row("09:00"), odd)


@pytest.mark.parametrize("refusal", [{"errcode": 60011}, {"errcode": 400002}], ids=["permission", "rejected"])
async def test_where_a_shift_is_refused_its_times_hold_with_an_unknown_grace(
    rig: Rig, refusal: dict[str, Any]
) -> None:
    rig.server.on(SHIFT.path, say(refusal))
    found = await plan(rig, row("09:00"), row("18:00", "OffDuty"))
    shift = Shift("", (Section(time(9), time(18)),), grace_minutes=None)
    assert found == DayPlan(TUESDAY, day_plan(shift, TUESDAY, SHANGHAI).points, None)


async def test_while_a_shift_cannot_be_read_for_now_the_plan_is_not_half_told(rig: Rig) -> None:
    rig.server.on(SHIFT.path, say({"errcode": -1}))
    with pytest.raises(NotSent):
        await plan(rig, row("09:00"), row("18:00", "OffDuty"))


async def test_a_shift_is_read_once_a_day_and_anew_in_another_version(rig: Rig) -> None:
    rig.server.on(SHIFT.path, ok(result=DAY_SHIFT))
    rig.server.on(
        SCHEDULE.path,
        *[ok(result=[row("09:00", shift_version=1)])] * 3,
        ok(result=[row("09:00", shift_version=2)]),
    )
    reader = attendance(rig)
    reads = []
    for hours in (0, 23, 2, 0):
        rig.time.skip(hours * 3600)
        await reader.plans(["u1"], TUESDAY, TUESDAY)
        reads.append(len(rig.server.asked(SHIFT.path)))
    assert reads == [1, 1, 2, 3]


async def test_without_an_operator_plans_stop_with_a_remedy(rig: Rig) -> None:
    with pytest.raises(ServiceStopped, match="operator_user_id"):
        await attendance(rig, operator=None).plans(["u1"], TUESDAY, TUESDAY)
