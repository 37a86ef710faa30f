"""The signed clock-in API of the sandbox: signature, fields, and the same punch twice."""

from typing import Any

import pytest

from bot.clock import to_ms
from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import authorization

PATH = "/attendance/v1/clock/single/add"


async def send(
    sandbox: Sandbox, caller: Caller, header: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Send a signed punch of user001 for this moment, with other `fields`."""
    now = str(to_ms(sandbox.clock.now()))
    punch = {"user_id": "user001", "time": now, "category": "NORMAL", **fields}
    body = {name: value for name, value in punch.items() if value is not None}
    signed = authorization(sandbox.url + PATH, now) if header is None else header
    _, answer = await caller.post(PATH, body, token="", headers={"Authorization": signed})
    return answer


@pytest.mark.parametrize("part", ["key", "signature", "url", "secret", "form", "missing"])
async def test_a_wrongly_signed_punch_is_refused(
    sandbox: Sandbox, caller: Caller, part: str
) -> None:
    now = str(to_ms(sandbox.clock.now()))
    good = authorization(sandbox.url + PATH, now)
    wrong = {
        "key": good.replace("myAppKey=sandbox", "myAppKey=other"),
        "signature": good[:-3] + ("AA=" if good[-3:] != "AA=" else "BB="),
        "url": authorization("http://127.0.0.1:1" + PATH, now),
        "secret": authorization(sandbox.url + PATH, now, secret="guess"),
        "form": good.replace(",", ";"),
        "missing": "",
    }
    answer = await send(sandbox, caller, wrong[part])

    assert answer["errcode"] in (40001, 40035) and len(sandbox.records) == 0
