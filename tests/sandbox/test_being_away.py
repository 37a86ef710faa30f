"""Leave, trips, outings and punches made without the bot: what is shown of them, pushed and held back."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.clock import to_ms
from tests.sandbox.caller import Caller, events
from tests.sandbox.scripted_bot import ScriptedBot

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = "2026-11-25"
SEND = {"robotCode": "sandbox", "msgKey": "sampleText", "msgParam": '{"content": "该打卡了"}'}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{TODAY}T{text}").replace(tzinfo=ZONE)


async def leave_of(caller: Caller, user_ids: str, **more: Any) -> Any:
    span = {"start_time": to_ms(at("00:00")), "end_time": to_ms(at("23:59")), "offset": 0, "size": 20}
    body = {"userid_list": user_ids, **span, **more}
    _, answer = await caller.post("/topapi/attendance/getleavestatus", body)
    return answer.get("result", answer)


async def day_of(caller: Caller, user_id: str) -> Any:
    _, answer = await caller.post("/topapi/attendance/getupdatedata", {"userid": user_id, "work_date": TODAY})
    return answer["result"]


async def records_of(caller: Caller, user_id: str) -> list[Any]:
    span = {"checkDateFrom": f"{TODAY} 00:00:00", "checkDateTo": f"{TODAY} 23:59:59"}
    _, answer = await caller.post("/attendance/listRecord", {"userIds": [user_id], **span})
    return list(answer["recordresult"])


async def test_leave_status_shows_approved_leave_and_neither_pending_leave_nor_trips(
    sandbox: Sandbox, caller: Caller
) -> None:
    sandbox.absences.add("user001", at("13:30"), at("18:00"))
    sandbox.absences.add("user002", at("09:00"), at("18:00"), approved=False)
    sandbox.absences.add("user003", at("09:00"), at("18:00"), "trip")
    asked = sandbox.absences.add("user004", at("00:00"), at("23:59:59"), approved=False, whole_days=True)
    sandbox.absences.approve(asked.id)
    shown = await leave_of(caller, "user001,user002,user003,user004,nobody")

    half, whole = shown["leave_status"]
    assert shown["has_more"] is False and (half["userid"], whole["userid"]) == ("user001", "user004")
    assert (half["start_time"], half["end_time"]) == (to_ms(at("13:30")), to_ms(at("18:00")))
    assert (half["duration_unit"], half["duration_percent"]) == ("percent_hour", 450)
    assert (whole["duration_unit"], whole["duration_percent"]) == ("percent_day", 100)


async def test_the_control_api_puts_people_on_leave_and_presence_shows_it(
    sandbox: Sandbox, caller: Caller
) -> None:
    body = {"user_id": "user001", "start": f"{TODAY}T13:30", "end": f"{TODAY}T18:00", "approved": False}
    _, made = await caller.post("/_sandbox/leave", body, token="")
    _, approved = await caller.post("/_sandbox/leave/approve", {"id": made["id"]}, token="")
    _, presence = await caller.get("/_sandbox/presence")
    _, listed = await caller.get("/_sandbox/leave")
    await caller.post("/_sandbox/leave/cancel", {"id": made["id"]}, token="")
    _, none = await caller.get("/_sandbox/leave?user_id=user001")

    assert (made["status"], made["approved"], approved["approved"]) == ("init", False, True)
    assert {one["user_id"]: one["absences"] for one in presence if one["absences"]} == {"user001": [approved]}
    assert listed == [approved] and none == []


@pytest.mark.parametrize(("kind", "source"), [("app", "USER"), ("gate", "DING_ATM"), ("machine", "ATM")])
async def test_a_native_punch_is_matched_shown_and_pushed(
    sandbox: Sandbox, caller: Caller, kind: str, source: str
) -> None:
    async with ScriptedBot(sandbox.url):
        body = {"user_id": "user001", "kind": kind}
        _, made = await caller.post("/_sandbox/native_punches", body, token="")
        ((name, data),) = await events(sandbox, 1)
    (record,) = await records_of(caller, "user001")
    (matched,) = (await day_of(caller, "user001"))["attendance_result_list"]

    assert made["check_type"] == record["checkType"] == matched["check_type"] == "OnDuty"
    assert record["sourceType"] == matched["source_type"] == source
    assert record["planCheckTime"] == to_ms(at("09:00")) and ("userLatitude" in record) == (kind == "app")
    (news,) = data["dataList"]
    assert (name, news["userId"], news["checkByUser"]) == ("attendance_check_record", "user001", True)
    assert news["checkTime"] == record["userCheckTime"] == made["time_ms"] // 1000 * 1000
    assert news["bizId"] == record["bizId"]


async def test_a_message_names_whom_it_did_not_reach(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.world.leave("user001")
    await sandbox.fault("flow_controlled", {"value": ["user002"], "for_s": 60})
    await sandbox.fault("filtered", ["user003"])
    path, users = "/v1.0/robot/oToMessages/batchSend", ["user001", "user002", "user003", "user004"]
    _, first = await caller.post(path, {**SEND, "userIds": users})
    sandbox.clock.advance(61)
    _, second = await caller.post(path, {**SEND, "userIds": ["user002"]})

    assert first["invalidStaffIdList"] == ["user001"] and first["flowControlledStaffIdList"] == ["user002"]
    assert first["filteredStaffIdList"] == ["user003"] and second["flowControlledStaffIdList"] == []
    told = {one: len(sandbox.replies(one)) for one in users}
    assert told == {"user001": 0, "user002": 1, "user003": 0, "user004": 1}
