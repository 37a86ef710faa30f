"""The documented APIs: their limits."""

from tests.sandbox.caller import Caller


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
