"""DINGs of the sandbox, by 《发送DING消息》."""

from typing import Any

import pytest

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller

PATH = "/v1.0/robot/ding/send"
DING = {
    "robotCode": "sandbox",
    "remindType": 1,
    "receiverUserIdList": ["user001", "nobody"],
    "content": "09:00 *now*",
}


async def test_a_ding_reaches_known_people(sandbox: Sandbox, caller: Caller) -> None:
    status, answer = await caller.post(PATH, DING)
    assert (status, answer["failedList"]) == (200, {"not reached": ["nobody"]})
    assert answer["openDingId"]
    (entry,) = sandbox.transcript("user001")
    assert (entry.title, entry.text, entry.buttons) == ("DING", "09:00 *now*", ())


@pytest.mark.parametrize(
    "change",
    [
        {"remindType": 2},
        {"remindType": 3},
        {"receiverUserIdList": []},
        {"receiverUserIdList": ["user001"] * 200},
        {"content": ""},
        {"robotCode": "other"},
    ],
)
async def test_other_dings_are_refused(
    sandbox: Sandbox, caller: Caller, change: dict[str, Any]
) -> None:
    status, _ = await caller.post(PATH, DING | change)
    assert status == 400
    assert not sandbox.transcript("user001")
