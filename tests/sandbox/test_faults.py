"""The fault switches: each does what it says, to whom it says, as often as it says."""

import asyncio
import json
from typing import Any

import pytest

from bot.sandbox import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import ScriptedBot

USER = "/topapi/v2/user/get"
SEND = "/v1.0/robot/oToMessages/batchSend"
SENDING = {"robotCode": "sandbox", "userIds": ["user001"], "msgKey": "sampleText", "msgParam": '{"content": "x"}'}


async def read_user(caller: Caller) -> tuple[int, Any]:
    return await caller.post(USER, {"userid": "user001"})


async def test_switches_are_set_and_shown_over_http(caller: Caller) -> None:
    body = {"http_500": {"apis": ["signed"], "count": 3}, "api_slow_ms": 50, "deliver_twice": True}
    _, after = await caller.post("/_sandbox/faults", body, token="")
    _, shown = await caller.get("/_sandbox/faults")
    await caller.post("/_sandbox/faults", dict.fromkeys(body, False), token="")
    _, off = await caller.get("/_sandbox/faults")

    assert after == shown and shown["http_500"] == {"value": True, "apis": ["signed"], "count": 3}
    assert shown["api_slow_ms"]["value"] == 50 and shown["quota"] is None
    assert not any(off.values())


@pytest.mark.parametrize(
    "spec",
    [
        {"htpp_500": True},
        {"http_500": {"count": -1}},
        {"http_500": {"apis": "signed"}},
        {"http_500": {"often": 3}},
        {"api_slow_ms": "slow"},
        {"answer": True},
    ],
)
async def test_a_switch_that_makes_no_sense_turns_nothing(caller: Caller, spec: dict[str, Any]) -> None:
    status, answer = await caller.post("/_sandbox/faults", {"deliver_twice": True, **spec}, token="")
    _, shown = await caller.get("/_sandbox/faults")

    assert status == 400 and answer["error"] and not any(shown.values())


@pytest.mark.parametrize(
    ("fault", "errcode", "code"),
    [
        ("qps", 90018, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
        ("permission", 60011, "Forbidden.AccessDenied.AccessTokenPermissionDenied"),
    ],
)
async def test_each_host_refuses_in_its_own_words(
    sandbox: Sandbox, caller: Caller, fault: str, errcode: int, code: str
) -> None:
    token = await caller.token()
    sandbox.faults.set(fault)
    _, old = await caller.post(USER, {"userid": "user001"}, token=token)
    status, new = await caller.post(SEND, SENDING, token=token)

    assert old["errcode"] == errcode and (status, new["code"]) == (403, code)
    assert sandbox.replies("user001") == []


async def test_a_withdrawn_scope_hits_the_apis_that_need_it(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.set("permission", {"apis": ["qyapi_robot_sendmsg"]})
    status, refused = await caller.post(SEND, SENDING)

    assert status == 403 and refused["accessdenieddetail"] == {"requiredScopes": ["qyapi_robot_sendmsg"]}
    assert (await read_user(caller))[1]["errcode"] == 0


async def test_a_used_up_quota_spares_what_does_not_count(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.set("quota")
    status, send = await caller.post(SEND, SENDING)

    assert status == 403 and send["code"].endswith("ApiCountLimitForOrg")
    assert (await read_user(caller))[1]["errcode"] == 0


async def test_a_real_rate_limit_lets_so_many_through(sandbox: Sandbox, caller: Caller) -> None:
    token = await caller.token()
    sandbox.faults.set("qps_limit", {"value": 3, "apis": ["user_get"]})
    answers = await asyncio.gather(*(caller.post(USER, {"userid": "user001"}, token=token) for _ in range(6)))

    assert sorted(answer["errcode"] for _, answer in answers) == [0, 0, 0, 90018, 90018, 90018]


async def test_an_accepted_call_that_is_never_answered_was_carried_out(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.set("accept_then_hang", {"apis": ["batchSend"], "count": 1})
    hanging = asyncio.create_task(caller.post(SEND, SENDING))
    await sandbox.wait_until(lambda: sandbox.replies("user001") == ["x"])
    hanging.cancel()
    await sandbox.wait_until(lambda: sandbox.requests[-1].ms is not None)

    assert sandbox.replies("user001") == ["x"]
    assert (sandbox.requests[-1].api, sandbox.requests[-1].status) == ("batchSend", None)


async def test_a_slow_api_acts_at_once_and_answers_later(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.set("api_slow_ms", {"value": 120, "apis": ["batchSend"]})
    sending = asyncio.create_task(caller.post(SEND, SENDING))
    await sandbox.wait_until(lambda: sandbox.replies("user001") == ["x"])
    still_waiting = not sending.done()
    status, _ = await sending

    assert still_waiting and status == 200
    assert (sandbox.requests[-1].ms or 0) >= 110


async def test_expired_tokens_work_again_after_one_refresh(sandbox: Sandbox, caller: Caller) -> None:
    token = await caller.token()
    await sandbox.fault("token_expired")
    _, refused = await caller.post(USER, {"userid": "user001"}, token=token)

    assert refused["errcode"] == 88 and (await read_user(caller))[1]["errcode"] == 0
    await sandbox.fault("token_expired", {"count": 1})
    assert (await read_user(caller))[1]["errcode"] == 88
    assert (await read_user(caller))[1]["errcode"] == 0


async def test_a_message_delivered_twice_is_the_same_message(sandbox: Sandbox) -> None:
    sandbox.faults.set("deliver_twice")
    async with ScriptedBot(sandbox.url) as bot:
        message_id = await sandbox.say("user001", "hi")
        await sandbox.wait_until(lambda: len(sandbox.frames) == 2 and len(bot.frames) == 2)

    assert [json.loads(json.loads(frame)["data"])["msgId"] for frame in bot.frames] == [message_id] * 2
    assert [entry.speaker for entry in sandbox.transcript("user001")] == ["user"]


async def test_without_ack_a_message_comes_again_sooner_when_asked_to(sandbox: Sandbox) -> None:
    async with ScriptedBot(sandbox.url, acknowledges=False) as bot:
        message_id = await sandbox.say("user001", "hi")
        sandbox.faults.set("redeliver_unacked_s", 0.01)
        await sandbox.wait_until(lambda: len(bot.frames) >= 3)

    frames = [json.loads(frame) for frame in bot.frames[:3]]
    assert {json.loads(frame["data"])["msgId"] for frame in frames} == {message_id}
    assert len({frame["headers"]["messageId"] for frame in frames}) == 3


async def test_a_fault_that_needs_a_connection_says_when_there_is_none(caller: Caller, sandbox: Sandbox) -> None:
    status, answer = await caller.post("/_sandbox/faults", {"garbage_frame": True}, token="")

    assert (status, answer) == (503, {"error": "no bot connected"})
