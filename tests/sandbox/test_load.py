"""The load generator."""

from bot.sandbox import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import ScriptedBot


async def test_a_burst_measures_every_message(sandbox: Sandbox, caller: Caller) -> None:
    async with ScriptedBot(sandbox.url, answer=lambda message: "taken", punches=True):
        await caller.post("/_sandbox/burst", {"messages": 50, "text": "clock in"})
        await sandbox.wait_until(lambda: len(sandbox.records) == 50)
        await sandbox.wait_until(lambda: sum(call.api == "webhook" for call in sandbox.requests) == 50)
        _, result = await caller.get("/_sandbox/burst?each=1")

    assert result["done"] and result["complete"] == result["messages"] == 50
    assert len(result["ack_ms_each"]) == len(result["reply_ms_each"]) == 50
    assert 0 < result["ack_ms"]["p50"] <= result["ack_ms"]["p99"] <= result["ack_ms"]["max"]
    assert result["replied_per_s"] >= result["complete_per_s"] > 0
    assert len({record.user_id for record in sandbox.records}) == 50


async def test_a_burst_can_keep_to_a_rate(sandbox: Sandbox, caller: Caller) -> None:
    async with ScriptedBot(sandbox.url):
        begun = sandbox.clock.monotonic()
        await caller.post("/_sandbox/burst", {"messages": 11, "rate": 100})
        await sandbox.wait_until(lambda: sum(frame.ack_code is not None for frame in sandbox.frames) >= 11)

    assert sandbox.frames[-1].pushed - begun >= 0.1
    assert [(await caller.post("/_sandbox/burst", {"messages": 1, "rate": rate}))[0] for rate in (-1, "fast")] == [
        400,
        400,
    ]


async def test_a_burst_has_bounds(caller: Caller) -> None:
    statuses = [(await caller.post("/_sandbox/burst", {"messages": count}))[0] for count in (0, 10**6, "many")]

    assert statuses == [400, 400, 400] and (await caller.get("/_sandbox/burst"))[0] == 400
