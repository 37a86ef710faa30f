"""The fault switches, their APIs and counts."""

from tests.sandbox.caller import Caller


async def test_faults_are_set_and_shown_over_http(caller: Caller) -> None:
    body = {"http_500": {"apis": ["signed"], "count": 3}, "api_slow_ms": 50, "deliver_twice": True}
    _, after = await caller.post("/_sandbox/faults", body, token="")
    _, shown = await caller.get("/_sandbox/faults")
    await caller.post("/_sandbox/faults", dict.fromkeys(body, False), token="")
    _, off = await caller.get("/_sandbox/faults")

    assert after == shown and shown["http_500"] == {"value": True, "apis": ["signed"], "count": 3}
    assert shown["api_slow_ms"]["value"] == 50 and shown["qps"] is None
    assert not any(off.values())
