"""The documented APIs of both hosts: tokens, errors, contacts, attendance, robot."""

from typing import Any

from bot.sandbox import Sandbox
from bot.sandbox.clock import to_ms
from tests.sandbox.caller import Caller

DAY = "2026-11-25"


async def upload(caller: Caller, user_id: str, time_ms: object) -> Any:
    body = {"userid": user_id, "device_name": "HQ 总部", "device_id": "bot", "user_check_time": time_ms}
    _, answer = await caller.post("/topapi/attendance/record/upload", body)
    return answer


async def test_an_uploaded_punch_shows_in_the_records(sandbox: Sandbox, caller: Caller) -> None:
    now = to_ms(sandbox.clock.now())
    answer = await upload(caller, "user001", now)
    window = {"checkDateFrom": f"{DAY} 08:00:00", "checkDateTo": f"{DAY} 09:00:00", "isI18n": False}
    _, details = await caller.post("/attendance/listRecord", {"userIds": ["user001", "user002"], **window})

    assert answer["success"] is True and answer["errcode"] == 0
    (record,) = details["recordresult"]
    assert (record["userCheckTime"], record["checkType"], record["sourceType"]) == (
        now // 1000 * 1000,
        "OnDuty",
        "ATM",
    )
    assert record["timeResult"] == "Normal" and record["isLegal"] == "Y" and record["userAddress"] == "HQ 总部"
