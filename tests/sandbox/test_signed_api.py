"""The signed clock-in API of the sandbox: who signs, what is sent, and the same punch twice."""

from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.clock import to_ms
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import authorization

PATH = "/attendance/v1/clock/single/add"


class Signer:
    """Sends signed calls, right or wrong ones."""

    def __init__(self, sandbox: Sandbox, caller: Caller) -> None:
        self.sandbox = sandbox
        self.caller = caller
        self.now = to_ms(sandbox.clock.now())

    def body(self, **fields: Any) -> dict[str, Any]:
        punch = {"user_id": "user001", "time": str(self.now), "category": "NORMAL", **fields}
        return {name: value for name, value in punch.items() if value is not None}

    async def send(self, body: Any, header: str | None = None) -> dict[str, Any]:
        sent = authorization(self.sandbox.url + PATH, str(self.now)) if header is None else header
        _, answer = await self.caller.post(PATH, body, token="", headers={"Authorization": sent})
        return answer


@pytest.fixture
def signer(sandbox: Sandbox, caller: Caller) -> Signer:
    return Signer(sandbox, caller)


async def test_a_signed_punch_is_taken_with_its_place(sandbox: Sandbox, signer: Signer) -> None:
    answer = await signer.send(signer.body(latitude="39.908823", longitude="116.397470", accuracy="41"))

    (record,) = sandbox.records
    assert answer["errcode"] == 0
    assert (record.user_id, record.time_ms, record.target) == ("user001", signer.now, "signed")
    assert (record.latitude, record.longitude, record.accuracy) == (39.908823, 116.39747, 41.0)


async def test_the_same_person_and_time_is_the_same_punch(sandbox: Sandbox, signer: Signer) -> None:
    answers = [await signer.send(signer.body()) for _ in range(3)]

    assert [answer["errcode"] for answer in answers] == [0, 0, 0]
    assert [(record.calls, record.time_ms) for record in sandbox.records] == [(3, signer.now)]


@pytest.mark.parametrize("part", ["key", "signature", "url", "secret", "form", "missing"])
async def test_a_call_that_is_not_rightly_signed_does_nothing(sandbox: Sandbox, signer: Signer, part: str) -> None:
    good = authorization(sandbox.url + PATH, str(signer.now))
    wrong = {
        "key": good.replace("myAppKey=sandbox", "myAppKey=other"),
        "signature": good[:-3] + ("AA=" if good[-3:] != "AA=" else "BB="),
        "url": authorization("http://127.0.0.1:1" + PATH, str(signer.now)),
        "secret": authorization(sandbox.url + PATH, str(signer.now), secret="guess"),
        "form": good.replace(",", ";"),
        "missing": "",
    }
    answer = await signer.send(signer.body(), wrong[part])

    assert answer["errcode"] in (40001, 40035) and len(sandbox.records) == 0


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"time": 1700000000000}, 400002),  # a number, not a text
        ({"time": "1700000000"}, 400002),  # seconds
        ({"time": "9000000000000"}, 400002),  # the future
        ({"time": None}, 400002),
        ({"user_id": "nobody"}, 33012),
        ({"category": "SPECIAL"}, 400002),
        ({"latitude": "39.908823"}, 400002),  # without longitude
        ({"latitude": "39.9", "longitude": "116.397470"}, 400002),  # not six decimals
        ({"latitude": "91.000000", "longitude": "116.397470"}, 400002),
    ],
)
async def test_a_field_that_is_wrong_is_refused(
    sandbox: Sandbox, signer: Signer, fields: dict[str, Any], errcode: int
) -> None:
    answer = await signer.send(signer.body(**fields))

    assert answer["errcode"] == errcode and len(sandbox.records) == 0
