"""The documented APIs of both hosts: tokens, errors, contacts, attendance, robot."""

import json
from typing import Any

from bot.sandbox import Sandbox
from bot.sandbox.clock import to_ms
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import ScriptedBot

DAY = "2026-11-25"


async def test_each_kind_of_address_has_its_own_way_to_refuse_a_token(caller: Caller) -> None:
    send = {"robotCode": "sandbox", "userIds": ["user001"], "msgKey": "sampleText", "msgParam": '{"content":"x"}'}
    status, new = await caller.post("/v1.0/robot/oToMessages/batchSend", send, token="stale")
    _, topapi = await caller.post("/topapi/v2/user/get", {"userid": "user001"}, token="stale")
    _, old = await caller.post("/attendance/listRecord", {"userIds": ["user001"]}, token="stale")

    assert status == 400 and new["code"] == "InvalidAuthentication"
    assert topapi["errcode"] == 88 and topapi["sub_code"] == "40014"
    assert old["errcode"] == 40014


async def test_an_address_without_an_api_says_so(caller: Caller) -> None:
    status, topapi = await caller.post("/topapi/attendance/nothing", {})
    new_status, new = await caller.post("/v1.0/nothing/here", {})
    other_status, _ = await caller.post("/nothing", {})

    assert status == 200 and topapi["errcode"] == 22
    assert new_status == 404 and new["code"] == "InvalidAction.NotFound"
    assert other_status == 404


async def upload(caller: Caller, user_id: str, time_ms: object) -> Any:
    body = {"userid": user_id, "device_name": "HQ 总部", "device_id": "bot", "user_check_time": time_ms}
    _, answer = await caller.post("/topapi/attendance/record/upload", body)
    return answer


async def test_an_uploaded_punch_shows_in_every_read(sandbox: Sandbox, caller: Caller) -> None:
    now = to_ms(sandbox.clock.now())
    answer = await upload(caller, "user001", now)
    window = {"checkDateFrom": f"{DAY} 08:00:00", "checkDateTo": f"{DAY} 09:00:00", "isI18n": False}
    _, details = await caller.post("/attendance/listRecord", {"userIds": ["user001", "user002"], **window})
    days = {"workDateFrom": f"{DAY} 00:00:00", "workDateTo": f"{DAY} 00:00:00", "offset": 0, "limit": 50}
    _, results = await caller.post("/attendance/list", {"userIdList": ["user001"], **days})
    _, day = await caller.post("/topapi/attendance/getupdatedata", {"userid": "user001", "work_date": DAY})

    assert answer["success"] is True and answer["errcode"] == 0
    (record,), (result,) = details["recordresult"], results["recordresult"]
    assert (record["userCheckTime"], record["checkType"], record["sourceType"]) == (
        now // 1000 * 1000,
        "OnDuty",
        "ATM",
    )
    assert record["isLegal"] == "Y" and record["userAddress"] == "HQ 总部"
    assert (result["timeResult"], result["planId"]) == ("Normal", record["planId"])
    assert day["result"]["check_record_list"][0]["valid_matched"] is True
    assert day["result"]["attendance_result_list"][0]["check_type"] == "OnDuty"


async def test_a_session_webhook_lives_ninety_minutes(sandbox: Sandbox, caller: Caller) -> None:
    async with ScriptedBot(sandbox.url) as bot:
        await sandbox.say("user001", "hi")
        await sandbox.wait_until(lambda: sandbox.frames[-1].ack_code == 200)
    webhook = json.loads(json.loads(bot.frames[0])["data"])["sessionWebhook"]
    answer = {"msgtype": "text", "text": {"content": "hello"}}

    async def reply(body: dict[str, Any]) -> int:
        async with caller.http.post(webhook, json=body) as response:
            return int((await response.json())["errcode"])

    sandbox.clock.advance(89 * 60)
    assert await reply(answer) == 0
    assert await reply({"msgtype": "empty"}) == 0
    assert await reply({"msgtype": "smell"}) == 400105
    sandbox.clock.advance(2 * 60)
    assert await reply(answer) == 300001
    assert sandbox.replies("user001") == ["hello"]
