"""The documented APIs of both hosts: tokens, errors, contacts, attendance, robot."""

from datetime import date
from typing import Any

import pytest

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller

DAY = "2026-11-25"


AT, OP = 1795536000000, {"op_user_id": "lead01"}  # midnight of DAY
ROBOT = {"robotCode": "sandbox"}
RANGE = {
    "workDateFrom": "2026-11-24 00:00:00",
    "workDateTo": f"{DAY} 00:00:00",
    "offset": 0,
    "limit": 50,
}
CORP = {"client_id": "sandbox", "client_secret": "sandbox", "grant_type": "client_credentials"}


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/v1.0/oauth2/dingsandbox/token", CORP, "access_token expires_in"),
        ("/topapi/user/listid", {"dept_id": 101}, "userid_list user001"),
        ("/topapi/user/listadmin", {}, "userid lead01 sys_level"),
        ("/topapi/v2/department/listsubid", {"dept_id": 1}, "dept_id_list 101"),
        (
            "/topapi/v2/department/listparentbyuser",
            {"userid": "user001"},
            "parent_dept_id_list 101",
        ),
        (
            "/v1.0/robot/otoMessages/batchRecall",
            {**ROBOT, "processQueryKeys": ["k"]},
            "successResult failedResult",
        ),
        ("/v1.0/robot/messageFiles/download", {**ROBOT, "downloadCode": "c"}, "downloadUrl"),
        (
            "/attendance/list",
            {**RANGE, "userIdList": ["user005"]},
            "recordId timeResult hasMore NotSigned",
        ),
        (
            "/topapi/attendance/listschedule",
            {"workDate": DAY, "offset": 0, "size": 9},
            "plan_id has_more class_id",
        ),
        (
            "/topapi/attendance/schedule/listbyday",
            {**OP, "user_id": "user001", "date_time": AT},
            "check_status Init",
        ),
        ("/topapi/attendance/shift/list", OP, "cursor Night 9002"),
        (
            "/topapi/attendance/getusergroup",
            {"userid": "user001"},
            "group_id classes check_time FIXED",
        ),
        (
            "/topapi/attendance/group/memberusers/list",
            {**OP, "group_id": 10001, "cursor": 0},
            "cursor user001",
        ),
        (
            "/topapi/attendance/getsimplegroups",
            {"offset": 0, "size": 10},
            "groups selected_class work_day_list",
        ),
        ("/topapi/attendance/groups/idtokey", {**OP, "group_id": 10001}, "sandbox-group-10001"),
        (
            "/topapi/attendance/group/positions/query",
            {"group_key": "sandbox-group-10001", "size": 9},
            "position_list latitude offset",
        ),
        (
            "/v1.0/attendance/holidays",
            {"userIds": ["user001"], "workDateFrom": AT, "workDateTo": AT},
            "holidayName overtime",
        ),
    ],
)
async def test_documented_apis_answer(
    sandbox: Sandbox, caller: Caller, path: str, body: dict[str, Any], named: str
) -> None:
    sandbox.world.special_days[date(2026, 11, 25)] = [9001]
    sandbox.native_punch("user005")
    status, answer = await caller.post(path, body)

    assert status == 200 and answer.get("errcode", 0) == 0
    assert all(name in str(answer) for name in named.split())


async def test_messages_over_the_sizes_of_dingtalk_are_refused(caller: Caller) -> None:
    body = {"msgtype": "text", "text": {"content": "卡" * 7_000}}
    _, by_webhook = await caller.post("/robot/sendBySession?session=none", body, token="")
    parameters = f'{{"content": "{"卡" * 5_000}"}}'
    message = {
        "robotCode": "sandbox",
        "userIds": ["user001"],
        "msgKey": "sampleText",
        "msgParam": parameters,
    }
    status, by_robot = await caller.post("/v1.0/robot/oToMessages/batchSend", message)

    assert by_webhook["errcode"] == 460101
    assert (status, by_robot["code"]) == (400, "invalidParameter")
