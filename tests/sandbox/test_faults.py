"""The fault switches: each does what it says, to whom it says, as often as it says."""

import asyncio
from typing import Any

import pytest

from bot.sandbox import Sandbox
from tests.sandbox.caller import Caller

USER = "/topapi/v2/user/get"
SEND = "/v1.0/robot/oToMessages/batchSend"
SENDING = {"robotCode": "sandbox", "userIds": ["user001"], "msgKey": "sampleText", "msgParam": '{"content": "x"}'}


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


async def test_a_fault_that_needs_a_connection_says_when_there_is_none(caller: Caller, sandbox: Sandbox) -> None:
    status, answer = await caller.post("/_sandbox/faults", {"garbage_frame": True}, token="")

    assert (status, answer) == (503, {"error": "no bot connected"})
