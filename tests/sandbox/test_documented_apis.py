"""The documented APIs of both hosts: tokens, errors, contacts, attendance, robot."""

import io
import json
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.clock import to_ms
from bot.sandbox.people import ROOT_DEPARTMENT
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import ScriptedBot

DAY = "2026-11-25"


async def test_a_token_stays_the_same_while_it_is_valid(caller: Caller) -> None:
    first, second = await caller.token(), await caller.token()
    _, old = await caller.get("/gettoken?appkey=sandbox&appsecret=sandbox")
    body = {"client_id": "sandbox", "client_secret": "sandbox", "grant_type": "client_credentials"}
    _, newer = await caller.post("/v1.0/oauth2/dingsandbox/token", body, token="")

    assert first == second == old["access_token"] == newer["access_token"]
    assert old["expires_in"] == 7200


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


async def test_walking_the_departments_finds_everybody_once(sandbox: Sandbox, caller: Caller) -> None:
    found: list[dict[str, Any]] = []
    _, branches = await caller.post("/topapi/v2/department/listsub", {"dept_id": ROOT_DEPARTMENT})
    for branch in branches["result"]:
        cursor = 0
        while True:
            body = {"dept_id": branch["dept_id"], "cursor": cursor, "size": 4}
            _, page = await caller.post("/topapi/v2/user/list", body)
            found += page["result"]["list"]
            if not page["result"]["has_more"]:
                break
            cursor = page["result"]["next_cursor"]

    assert sorted(one["userid"] for one in found) == sorted(one.user_id for one in sandbox.world)
    assert [one["userid"] for one in found if one["leader"]] == ["lead01", "lead02"]


async def test_contacts_know_people_by_every_id_and_no_strangers(caller: Caller) -> None:
    _, person = await caller.post("/topapi/v2/user/get", {"userid": "lead01"})
    _, by_union = await caller.post("/topapi/user/getbyunionid", {"unionid": person["result"]["unionid"]})
    _, stranger = await caller.post("/topapi/v2/user/get", {"userid": "nobody"})
    _, nowhere = await caller.post("/topapi/v2/department/get", {"dept_id": 7})
    _, admins = await caller.post("/topapi/user/listadmin", {})

    assert person["result"]["leader_in_dept"] == [{"dept_id": 101, "leader": True}]
    assert by_union["result"] == {"contact_type": 0, "userid": "lead01"}
    assert (stranger["errcode"], nowhere["errcode"]) == (60121, 60003)
    assert admins["result"] == [{"userid": "lead01", "sys_level": 1}]


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


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/attendance/listRecord", {"userIds": ["u"] * 51}),
        ("/attendance/listRecord", {"userIds": ["u"], "checkDateFrom": "soon", "checkDateTo": "later"}),
        ("/attendance/list", {"userIdList": []}),
        ("/topapi/attendance/schedule/listbyusers", {"op_user_id": "lead01", "userids": "u," * 50 + "u"}),
        ("/topapi/attendance/shift/query", {"op_user_id": "lead01", "shift_id": 1}),
        ("/topapi/v2/user/list", {"dept_id": 101, "cursor": 0, "size": 101}),
    ],
)
async def test_limits_and_forms_are_enforced(caller: Caller, path: str, body: dict[str, Any]) -> None:
    _, answer = await caller.post(path, body)

    assert answer["errcode"] == 400002


async def test_a_shift_tells_its_windows_and_that_it_crosses_midnight(caller: Caller) -> None:
    _, night = await caller.post("/topapi/attendance/shift/query", {"op_user_id": "lead01", "shift_id": 9002})
    _, group = await caller.post("/topapi/attendance/getusergroup", {"userid": "user008"})
    on_duty, off_duty = night["result"]["sections"][0]["punches"]

    assert (on_duty["check_time"], on_duty["across"], on_duty["begin_min"]) == ("1970-01-01 22:00:00", 0, 120)
    assert (off_duty["check_time"], off_duty["across"], off_duty["end_min"]) == ("1970-01-01 06:00:00", 1, 240)
    assert group["result"]["classes"][0]["class_id"] == 9002


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/topapi/attendance/schedule/listbyday", {"op_user_id": "lead01", "user_id": "user001"}),
        ("/topapi/attendance/getsimplegroups", {"offset": 0, "size": 10}),
        ("/topapi/attendance/shift/list", {"op_user_id": "lead01"}),
        ("/topapi/attendance/getleavestatus", {"userid_list": "user001", "start_time": 0, "end_time": 1}),
        ("/topapi/attendance/group/positions/query", {"group_key": "sandbox-group-x", "size": 50}),
        ("/topapi/user/listid", {"dept_id": 101}),
        ("/topapi/v2/department/listsubid", {"dept_id": 1}),
        ("/topapi/v2/department/listparentbyuser", {"userid": "user001"}),
    ],
)
async def test_other_reads_answer(sandbox: Sandbox, caller: Caller, path: str, body: dict[str, Any]) -> None:
    body = {"date_time": to_ms(sandbox.clock.now()), **body} if path.endswith("listbyday") else body
    _, answer = await caller.post(path, body)

    assert answer["errcode"] == 0 and answer["result"]


async def test_a_message_to_people_reaches_those_it_can(sandbox: Sandbox, caller: Caller) -> None:
    text = json.dumps({"title": "t", "text": "**09:00** is near"})
    send = {"robotCode": "sandbox", "msgKey": "sampleMarkdown", "msgParam": text}
    everybody = {**send, "userIds": ["user001", "nobody", "user002"]}
    status, answer = await caller.post("/v1.0/robot/oToMessages/batchSend", everybody)
    too_many_status, too_many = await caller.post(
        "/v1.0/robot/oToMessages/batchSend", {**send, "userIds": ["u"] * 21}
    )

    assert status == 200 and answer["processQueryKey"] and answer["invalidStaffIdList"] == ["nobody"]
    assert sandbox.replies("user001") == sandbox.replies("user002") == ["**09:00** is near"]
    assert too_many_status == 400 and "overMax" in too_many["code"]


@pytest.mark.parametrize(
    "change",
    [{"msgKey": "sampleSmell"}, {"msgParam": "no json"}, {"msgParam": "{}"}, {"robotCode": "other"}],
)
async def test_a_send_that_is_wrong_reaches_nobody(
    sandbox: Sandbox, caller: Caller, change: dict[str, Any]
) -> None:
    good = {"robotCode": "sandbox", "userIds": ["user001"], "msgKey": "sampleText", "msgParam": '{"content": "x"}'}
    status, _ = await caller.post("/v1.0/robot/oToMessages/batchSend", {**good, **change})

    assert status == 400 and sandbox.replies("user001") == []


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


async def test_a_file_is_taken_with_its_kind(sandbox: Sandbox, caller: Caller) -> None:
    token = await caller.token()

    async def upload_as(kind: str, name: str, content: bytes) -> dict[str, Any]:
        address = f"{sandbox.url}/media/upload?access_token={token}&type={kind}"
        form = aiohttp.FormData()
        form.add_field("media", io.BytesIO(content), filename=name)
        async with caller.http.post(address, data=form) as response:
            return await response.json()

    picture = b"\x89PNG\r\n\x1a\n and so on"
    taken = await upload_as("image", "chart.png", picture)
    assert taken["media_id"] and taken["type"] == "image"
    async with caller.http.get(f"{sandbox.url}/_sandbox/media/{quote(taken['media_id'])}") as response:
        assert await response.read() == picture
    refused = [
        await upload_as("smell", "chart.png", picture),
        await upload_as("file", "days.csv", b"a,b"),
        await upload_as("image", "chart.png", b"not a picture"),
        await upload_as("file", "days.zip", b"PK" + bytes(20 * 1024 * 1024)),
    ]
    assert [one["errcode"] for one in refused] == [40004, 40005, 40005, 40006]


async def test_a_mark_of_a_make_up_punch_is_checked_and_shows_in_the_day(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.clock.advance(3 * 3600)
    day = {"from_date_time": to_ms(sandbox.clock.now()), "to_date_time": to_ms(sandbox.clock.now())}
    body = {"op_user_id": "lead01", "userids": "user001", **day}
    _, planned = await caller.post("/topapi/attendance/schedule/listbyusers", body)
    check = next(row for row in planned["result"] if row["check_type"] == "OnDuty")
    good = {
        "userid": "user001",
        "work_date": DAY,
        "punch_id": check["id"],
        "punch_check_time": check["plan_check_time"][:16],
        "user_check_time": f"{DAY} 08:55",
        "approve_id": "C-7F3K2M",
        "jump_url": "https://example.com/",
        "tag_name": "补卡",
    }
    wrong: list[dict[str, Any]] = [
        {"punch_id": check["id"] + 999},
        {"punch_check_time": f"{DAY} 10:00"},
        {"user_check_time": f"{DAY} 23:00"},
        {"user_check_time": "08:55"},
        {"work_date": "today"},
        {"tag_name": "请假"},
        {"approve_id": ""},
    ]
    path = "/topapi/attendance/approve/check"
    codes = [(await caller.post(path, good | change))[1]["errcode"] for change in ({"userid": "nobody"}, *wrong)]
    assert codes == [33012, *[400002] * len(wrong)] and len(sandbox.records) == 0

    answers = [(await caller.post(path, good))[1]["errcode"] for _ in range(2)]
    _, shown = await caller.post("/topapi/attendance/getupdatedata", {"userid": "user001", "work_date": DAY})
    assert answers == [0, 0] and len(sandbox.records) == 1
    (result,) = shown["result"]["attendance_result_list"]
    assert (result["source_type"], result["user_check_time"]) == ("APPROVE", f"{DAY} 08:55:00")
