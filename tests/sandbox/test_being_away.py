"""Leave, and messages that do not reach people."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.clock import to_ms
from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = "2026-11-25"
SEND = {"robotCode": "sandbox", "msgKey": "sampleText", "msgParam": '{"content": "该打卡了"}'}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{TODAY}T{text}").replace(tzinfo=ZONE)


async def leave_of(caller: Caller, user_ids: str, **more: Any) -> Any:
    span = {
        "start_time": to_ms(at("00:00")),
        "end_time": to_ms(at("23:59")),
        "offset": 0,
        "size": 20,
    }
    body = {"userid_list": user_ids, **span, **more}
    _, answer = await caller.post("/topapi/attendance/getleavestatus", body)
    return answer.get("result", answer)


async def test_leave_status_shows_only_approved_leave(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.absences.add("user001", at("13:30"), at("18:00"))
    sandbox.absences.add("user002", at("09:00"), at("18:00"), approved=False)
    sandbox.absences.add("user003", at("09:00"), at("18:00"), "trip")
    asked = sandbox.absences.add("user004", at("00:00"), at("23:59:59"), approved=False)
    sandbox.absences.approve(asked.id)
    shown = await leave_of(caller, "user001,user002,user003,user004,nobody")

    half, whole = shown["leave_status"]
    assert shown["has_more"] is False and (half["userid"], whole["userid"]) == (
        "user001",
        "user004",
    )
    assert (half["start_time"], half["end_time"]) == (to_ms(at("13:30")), to_ms(at("18:00")))


async def test_batch_send_lists_the_people_it_did_not_reach(
    sandbox: Sandbox, caller: Caller
) -> None:
    sandbox.world.leave("user001")
    await sandbox.fault("flow_controlled", {"value": ["user002"], "count": 1})
    await sandbox.fault("filtered", ["user003"])
    path, users = "/v1.0/robot/oToMessages/batchSend", ["user001", "user002", "user003", "user004"]
    _, first = await caller.post(path, {**SEND, "userIds": users})
    _, second = await caller.post(path, {**SEND, "userIds": ["user002"]})

    assert first["invalidStaffIdList"] == ["user001"] and first["flowControlledStaffIdList"] == [
        "user002"
    ]
    assert first["filteredStaffIdList"] == ["user003"] and second["flowControlledStaffIdList"] == []
    told = {one: len(sandbox.replies(one)) for one in users}
    assert told == {"user001": 0, "user002": 1, "user003": 0, "user004": 1}
