"""Reading records, plans, absences and sites from DingTalk."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.clock import to_ms
from bot.dingtalk.schedules import ShiftDetails
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.shifts import DayPlan, Shift, plan_of_sections
from bot.errors import NotSent, OutcomeUnknown
from tests.builders import ON_TUESDAY, SHANGHAI, TUESDAY, local
from tests.dingtalk.rig import Rig, ok, say
from tests.tables import cases

WEDNESDAY = TUESDAY + timedelta(days=1)
FIRST, LAST = local("00:00"), local("23:59")
DAY_SHIFT = yaml.safe_load(Path(__file__).with_name("day_shift.yaml").read_text(encoding="utf-8"))
BREAKS = ((time(12), time(13)),)
EARLY = Shift("早班", (), 60, 180, 5, 30, None, breaks=BREAKS)
WORK = (local("09:00").astimezone(UTC), local("18:00").astimezone(UTC))


def row(at: str, check_type: str = "OnDuty", day: date = TUESDAY, **changes: Any) -> dict[str, Any]:
    told = {
        "userid": "u1",
        "check_type": check_type,
        "plan_check_time": f"{day} {at}:00",
        "is_rest": "N",
    }
    return {**told, "work_date": f"{TUESDAY} 00:00:00", "shift_id": 7, **changes}


async def plan(rig: Rig, *rows: dict[str, Any]) -> DayPlan:
    """Return u1's plan of the Tuesday from these rows."""
    rig.server.on("schedule", ok(result=list(rows)))
    return (await rig.attendance().plans(["u1"], ON_TUESDAY))["u1"][0]


# --- records


async def test_records_are_asked_for_in_the_organisations_time(rig: Rig) -> None:
    rig.server.on("list_record", ok(recordresult=[]))
    await rig.attendance().records(["u1", "u2"], local("08:57:30"), local("08:59"))
    assert rig.server.asked("list_record")[0].body == {
        "userIds": ["u1", "u2"],
        "checkDateFrom": "2026-11-24 08:57:30",
        "checkDateTo": "2026-11-24 08:59:01",
        "isI18n": False,
    }


@cases
async def test_an_unreadable_answer_is_no_empty_answer(
    rig: Rig, reads: str, answer: dict[str, Any]
) -> None:
    reader = rig.attendance()
    api, read = {
        "records": ("list_record", lambda: reader.records(["u1"], FIRST, LAST)),
        "plans": ("schedule", lambda: reader.plans(["u1"], ON_TUESDAY)),
        "leaves": ("leave", lambda: reader.leaves(["u1"], FIRST, LAST)),
        "approvals": ("day_data", lambda: reader.approvals("u1", TUESDAY)),
    }[reads]
    rig.server.on(api, ok(**answer))
    rig.server.on("shift", ok(result=DAY_SHIFT))
    with pytest.raises(OutcomeUnknown):
        await read()


# --- plans


async def test_a_plan_has_times_windows_and_grace_of_its_shift(rig: Rig) -> None:
    rig.server.on("shift", ok(result=DAY_SHIFT))
    expected = plan_of_sections([(EARLY, WORK)], TUESDAY, SHANGHAI)
    assert await plan(rig, row("09:00"), row("18:00", "OffDuty")) == expected
    assert rig.server.asked("shift")[0].body == {"op_user_id": "manager01", "shift_id": 7}
    asked = rig.server.asked("schedule")[0].body
    assert (asked["op_user_id"], asked["userids"]) == ("manager01", "u1")
    assert asked["from_date_time"] == to_ms(local("00:00"))
    assert asked["to_date_time"] == to_ms(local("23:59:59"))


@cases
def test_a_break_without_an_end_makes_the_breaks_unknown(
    rests: list[tuple[str, str, int]], breaks: tuple[tuple[time, time], ...] | None
) -> None:
    rows = [
        {"check_type": kind, "check_time": f"1970-01-01 {at}:00", "across": across}
        for kind, at, across in rests
    ]
    punches = DAY_SHIFT["sections"][0]["punches"]
    details = ShiftDetails(sections=[{"punches": punches, "rests": rows}])
    assert [shift.breaks for shift in details.shifts()] == [breaks]


@pytest.mark.parametrize(
    "change", [{"is_rest": "Y"}, {"shift_id": "0"}, {"shift_id": None}], ids=str
)
async def test_a_rest_day_has_no_check_points(rig: Rig, change: dict[str, Any]) -> None:
    assert await plan(rig, row("09:00", **change), row("18:00", "OffDuty", **change)) == DayPlan(
        TUESDAY
    )
    assert rig.server.asked("shift") == []


async def test_repeated_rows_in_any_order_make_one_plan(rig: Rig) -> None:
    def section(start: str, end: str, begin_min: int, end_min: int) -> dict[str, Any]:
        on = {
            "check_type": "Onduty",
            "check_time": f"1970-01-01 {start}:00",
            "begin_min": begin_min,
        }
        off = {"check_type": "OffDuty", "check_time": f"1970-01-01 {end}:00", "end_min": end_min}
        return {"punches": [on, off]}

    sections = [section("09:00", "12:00", 120, 30), section("13:30", "18:00", 45, 360)]
    rig.server.on("shift", ok(result={"name": "两段", "sections": sections}))
    rows = [
        row("13:30"),
        row("18:00", "OffDuty"),
        row("09:00"),
        row("12:00", "OffDuty"),
        row("09:00"),
    ]
    found = await plan(rig, *rows)
    assert [(point.key, point.due_at) for point in found.points] == [
        ("OnDuty/0", local("09:00")),
        ("OffDuty/0", local("12:00")),
        ("OnDuty/1", local("13:30")),
        ("OffDuty/1", local("18:00")),
    ]
    assert found.points[1].closes_at == local("12:30")
    assert found.points[2].opens_at == local("12:45")
    assert found.points[3].closes_at == local("18:00") + timedelta(hours=6)


async def test_a_night_shift_keeps_its_work_date(rig: Rig) -> None:
    rig.server.on("shift", ok(result={"name": "晚班", "sections": []}))
    found = await plan(rig, row("19:00"), row("05:00", "OffDuty", WEDNESDAY))
    assert [(point.work_date, point.due_at) for point in found.points] == [
        (TUESDAY, local("19:00")),
        (TUESDAY, local("05:00", WEDNESDAY)),
    ]
    assert [point.key for point in (await plan(rig, row("18:00", "OffDuty"))).points] == [
        "OffDuty/0"
    ]


@pytest.mark.parametrize(
    "refusal", [{"errcode": 60011}, {"errcode": 400002}], ids=["permission", "rejected"]
)
async def test_a_shift_that_cannot_be_read_has_no_known_grace(
    rig: Rig, refusal: dict[str, Any]
) -> None:
    rig.server.on("shift", say(refusal))
    found = await plan(rig, row("09:00"), row("18:00", "OffDuty"))
    shift = Shift("", (), grace_minutes=None)
    points = plan_of_sections([(shift, WORK)], TUESDAY, SHANGHAI).points
    assert found == DayPlan(TUESDAY, points, None)
    rig.server.on("shift", say({"errcode": -1}))
    with pytest.raises(NotSent):  # a temporary error hides the whole plan
        await plan(rig, row("09:00"), row("18:00", "OffDuty"))


# --- absences


def spans(absences: Any) -> list[tuple[str, datetime, datetime, bool]]:
    return [(one.user_id, one.starts_at, one.ends_at, one.times_unknown) for one in absences]


async def test_a_hundred_long_user_ids_fit_into_their_bodies(rig: Rig) -> None:
    everybody = [f"{number:064}" for number in range(100)]
    rig.server.on("leave", ok(result={"has_more": False, "leave_status": []}))
    await rig.attendance().leaves(everybody, local("00:00"), local("23:00"))
    bodies = [request.body for request in rig.server.asked("leave")]
    assert max(len(json.dumps(body)) for body in bodies) <= 4096
    asked = [user_id for body in bodies for user_id in body["userid_list"].split(",")]
    assert asked == everybody


async def test_records_abroad_are_asked_for_as_international(rig: Rig) -> None:
    rig.server.on("list_record", ok(recordresult=[]))
    abroad = replace(rig.attendance(), is_abroad=True)
    await abroad.records(["u1"], local("08:00"), local("09:00"))
    assert rig.server.asked("list_record")[0].body["isI18n"] is True


@cases
async def test_a_trip_lasts_by_the_unit_of_its_times(
    rig: Rig, begin: str, end: str, starts_at: datetime, ends_at: datetime
) -> None:
    rows = [{"biz_type": 2, "begin_time": begin, "end_time": end}]
    rig.server.on("day_data", ok(result={"approve_list": rows}))
    trips = await rig.attendance().approvals("u1", TUESDAY)
    assert spans(trips) == [("u1", starts_at, ends_at, False)]


@cases
async def test_leave_in_days_includes_its_last_date_if_it_lasts_so_long(
    rig: Rig, start: datetime, end: datetime, percent: int, until: datetime
) -> None:
    leave = {
        "userid": "u1",
        "start_time": to_ms(start),
        "end_time": to_ms(end),
        "duration_unit": "percent_day",
        "duration_percent": percent,
    }
    rig.server.on("leave", ok(result={"has_more": False, "leave_status": [leave]}))
    (away,) = await rig.attendance().leaves(["u1"], local("00:00"), local("23:00"))
    assert (away.starts_at, away.ends_at) == (start, until)


async def test_only_approved_absences_are_returned(rig: Rig) -> None:
    rows = [
        {"biz_type": 1, "begin_time": "2026-11-24 18:00:00", "end_time": "2026-11-24 20:00:00"},
        {
            "biz_type": 2,
            "begin_time": "2026-11-24 09:00",
            "end_time": "2026-11-24 12:00",
            "procInst_id": "p-2",
        },
        {
            "biz_type": "3",
            "begin_time": to_ms(local("13:00")),
            "end_time": str(to_ms(local("18:00"))),
        },
        {"biz_type": 3, "begin_time": "1795500000", "end_time": "1795536000"},
    ]
    rig.server.on("day_data", ok(result={"approve_list": rows}))
    trip, *leave, unclear = await rig.attendance().approvals("u1", TUESDAY)
    assert trip == Absence(
        "u1", local("09:00"), local("12:00"), "p-2", source=AbsenceSource.APPROVAL
    )
    assert spans(leave) == [
        ("u1", local("13:00"), local("18:00"), False),
    ]
    # An unknown kind: it covers the work date, and the end of its night shift.
    assert (
        unclear.times_unknown
        and unclear.covers(local("09:00"))
        and unclear.covers(local("06:00", WEDNESDAY))
    )
    assert rig.server.asked("day_data")[0].body == {
        "userid": "u1",
        "work_date": "2026-11-24 00:00:00",
    }


@pytest.mark.parametrize("listed", [{"approve_list": []}, {"approve_list": None}, {}])
async def test_an_answer_without_the_plans_approval_is_unknown(
    rig: Rig, listed: dict[str, object]
) -> None:
    rig.server.on("day_data", ok(result={"userid": "u1", **listed}))
    assert await rig.attendance().approvals("u1", TUESDAY) == []
    with pytest.raises(OutcomeUnknown):
        await rig.attendance().approvals("u1", TUESDAY, is_expected=True)
