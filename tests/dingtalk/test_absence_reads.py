"""Reading leave, trips and outings from DingTalk."""

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.clock import to_ms
from bot.dingtalk.apis import DAY_DATA, LEAVE
from bot.dingtalk.attendance import Attendance
from bot.domain.absences import Absence, AbsenceSource
from bot.errors import NotSent, OutcomeUnknown
from tests.builders import SHANGHAI, TUESDAY, local
from tests.dingtalk.rig import Rig, ok, say

WEDNESDAY = TUESDAY + timedelta(days=1)
FIRST, LAST = local("00:00"), local("23:59")


def attendance(rig: Rig) -> Attendance:
    return Attendance(rig.openapi, operator_user_id="manager01", zone=SHANGHAI, clock=rig.time)


def a_leave(user_id: str, start: str, end: str, **changes: Any) -> dict[str, Any]:
    times = {"start_time": to_ms(local(start)), "end_time": to_ms(local(end))}
    return {"userid": user_id, **times, "duration_unit": "percent_hour", "leave_code": "c1", **changes}


def spans(absences: Any) -> list[tuple[str, datetime, datetime, bool]]:
    return [(one.user_id, one.starts_at, one.ends_at, one.pending) for one in absences]


async def test_the_official_sample_of_leave_is_read(rig: Rig) -> None:
    path = Path(__file__).parent / "payloads" / "att.getleavestatus.response.invalid.json"
    mended = path.read_text(encoding="utf-8").replace('09aa16"\n', '09aa16",\n')  # a comma is missing there
    rig.server.on(LEAVE.path, say(json.loads(mended)))
    reader: Attendance = attendance(rig)
    found = await reader.leaves(["user123", "u2"], FIRST, LAST)
    start, end = datetime(2020, 9, 6, 6, tzinfo=UTC), datetime(2020, 9, 7, 8, tzinfo=UTC)
    assert found == [Absence("user123", start, end, f"leave:16f856xxxx09aa16:{to_ms(start)}:{to_ms(end)}")]
    assert rig.server.asked(LEAVE.path)[0].body == {
        "userid_list": "user123,u2",
        "start_time": to_ms(FIRST),
        "end_time": to_ms(LAST),
        "offset": 0,
        "size": 20,
    }


async def test_leave_is_read_page_by_page(rig: Rig) -> None:
    rows = [a_leave(f"u{number}", "09:00", "12:00") for number in range(45)]

    async def page(request: web.Request) -> web.Response:
        asked = await request.json()
        end = asked["offset"] + asked["size"]
        found = {"has_more": str(end < len(rows)).lower(), "leave_status": rows[asked["offset"] : end]}
        return web.json_response({"errcode": "0", "result": found})

    rig.server.on(LEAVE.path, page)
    found = await attendance(rig).leaves([f"u{number}" for number in range(45)], FIRST, LAST)
    assert [absence.user_id for absence in found] == [f"u{number}" for number in range(45)]
    assert [request.body["offset"] for request in rig.server.asked(LEAVE.path)] == [0, 20, 40]


@pytest.mark.parametrize(
    "second",
    [
        say({"errcode": -1}),
        ok(),
        ok(result={"has_more": True, "leave_status": []}),
        ok(result={"has_more": True}),
        ok(result=[]),
    ],
    ids=["busy", "no result", "an empty page", "no page", "a list"],
)
async def test_half_an_answer_is_none(rig: Rig, second: Any) -> None:
    rig.server.on(
        LEAVE.path, ok(result={"has_more": True, "leave_status": [a_leave("u1", "09:00", "12:00")]}), second
    )
    with pytest.raises((NotSent, OutcomeUnknown)):
        await attendance(rig).leaves(["u1"], FIRST, LAST)
    assert len(rig.server.asked(LEAVE.path)) <= 5  # the first page, the second and its retries


@pytest.mark.parametrize(
    "changes",
    [{"start_time": None}, {"end_time": "soon"}, {"end_time": to_ms(local("08:00"))}, {"start_time": 20261124}],
    ids=["no start", "no time", "ends before it starts", "a date as a number"],
)
async def test_leave_whose_times_cannot_be_read_keeps_the_person_in_peace(
    rig: Rig, caplog: pytest.LogCaptureFixture, changes: dict[str, Any]
) -> None:
    rows = [a_leave("u1", "09:00", "12:00", **changes), {"leave_code": "of nobody"}]
    rig.server.on(LEAVE.path, ok(result={"has_more": False, "leave_status": rows}))
    with caplog.at_level(logging.WARNING):
        found = await attendance(rig).leaves(["u1"], FIRST, LAST)
    assert spans(found) == [("u1", FIRST, LAST, True)]
    assert "without readable times" in caplog.text


async def test_approvals_are_those_that_excuse_somebody(rig: Rig) -> None:
    rows = [
        {"biz_type": 1, "begin_time": "2026-11-24 18:00:00", "end_time": "2026-11-24 20:00:00"},
        {"biz_type": 2, "begin_time": "2026-11-24 09:00", "end_time": "2026-11-24 12:00", "procInst_id": "p-2"},
        {"biz_type": "3", "begin_time": to_ms(local("13:00")), "end_time": str(to_ms(local("18:00")))},
    ]
    rig.server.on(DAY_DATA.path, ok(result={"approve_list": rows}))
    reader: Attendance = attendance(rig)
    trip, leave = await reader.approvals("u1", TUESDAY)
    assert trip == Absence("u1", local("09:00"), local("12:00"), "p-2", source=AbsenceSource.APPROVAL)
    assert spans([leave]) == [("u1", local("13:00"), local("18:00"), False)]
    assert rig.server.asked(DAY_DATA.path)[0].body == {"userid": "u1", "work_date": "2026-11-24 00:00:00"}


async def test_an_approval_in_half_days_whose_words_nobody_knows_covers_the_work_date(rig: Rig) -> None:
    rows = [{"biz_type": 3, "begin_time": "2026-11-24 上午", "end_time": "2026-11-24 下午"}]
    rig.server.on(DAY_DATA.path, ok(result={"approve_list": rows}))
    (found,) = await attendance(rig).approvals("u1", TUESDAY)
    assert found.pending
    assert found.covers(local("09:00"))
    assert found.covers(local("06:00", WEDNESDAY))  # the end of a night shift of that work date


async def test_a_day_that_is_not_told_is_not_taken_for_one_without_approvals(rig: Rig) -> None:
    rig.server.on(DAY_DATA.path, ok())
    with pytest.raises(OutcomeUnknown):
        await attendance(rig).approvals("u1", TUESDAY)


@pytest.mark.parametrize("listed", [{"approve_list": []}, {"approve_list": None}, {"user_id": "u1"}])
async def test_where_the_plan_notes_an_approval_an_answer_without_any_tells_nothing(
    rig: Rig, listed: dict[str, object]
) -> None:
    rig.server.on(DAY_DATA.path, ok(result={"userid": "u1", **listed}))
    assert await attendance(rig).approvals("u1", TUESDAY) == []
    with pytest.raises(OutcomeUnknown):
        await attendance(rig).approvals("u1", TUESDAY, noted=True)


@pytest.mark.parametrize(
    "listed", ["none", [7], [{"begin_time": "2026-11-24 09:00", "end_time": "2026-11-24 18:00"}]]
)
async def test_approvals_that_cannot_be_read_are_not_taken_for_none(rig: Rig, listed: object) -> None:
    rig.server.on(DAY_DATA.path, ok(result={"approve_list": listed}))
    with pytest.raises(OutcomeUnknown):
        await attendance(rig).approvals("u1", TUESDAY)
