"""The Stream client: frames, ACKs, and one connection after another."""

import asyncio
import json
import logging
from typing import Any

import pytest

from bot.dingtalk.events import PeopleChanged
from bot.dingtalk.stream import MOST_IN_HAND
from bot.errors import ServiceStopped, StoreRefused
from tests.dingtalk.stream_stage import callback, happened, ping, said, stage
from tests.waiting import until

TOPIC = "/v1.0/im/bot/messages/get"

# --- frames and their ACKs


async def test_a_message_is_taken_and_then_acknowledged() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.free.clear()
        await connection.push(said("打卡 总部"))
        await until(lambda: len(s.messages) == 1)
        await connection.push(ping())
        await s.until_acked(1)
        assert json.loads(connection.sent[0]["data"]) == {"opaque": "o1"}, (
            "a ping does not wait for the store"
        )
        s.free.set()
        await s.until_acked(2)
    assert connection.sent[1] == {
        "code": 200,
        "headers": {"messageId": "f1", "contentType": "application/json"},
        "message": "OK",
        "data": '{"response": null}',
    }
    message, webhook = s.messages[0]
    assert (message.message_id, message.text, message.sender.user_id) == (
        "msg1",
        "打卡 总部",
        "user01",
    )
    assert message.received_at == s.time.now()
    assert webhook is not None
    assert s.intake.counts["frames"] == 1
    assert len(s.acks_s) == 2


@pytest.mark.parametrize(
    "failure", [StoreRefused("the disk is full"), ZeroDivisionError()], ids=repr
)
async def test_a_message_that_is_not_taken_gets_no_ack(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.failure = failure
        await connection.push(said(number=1), ping(1))
        await s.until_acked(1)
        s.failure = None
        await connection.push(said(number=2))
        await s.until_acked(2)
        assert connection.acks == ["p1", "f2"]
        assert s.intake.counts["unstored"] == isinstance(failure, StoreRefused)
    traces = [record.getMessage() for record in caplog.records if record.exc_info]
    assert ["msg1" in trace for trace in traces] == [True] * isinstance(failure, ZeroDivisionError)


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (None, "SUCCESS"),
        (StoreRefused("x"), "LATER"),
        (ServiceStopped("contacts", "no permission", "Grant it."), "LATER"),
        (ZeroDivisionError(), "LATER"),
    ],
)
async def test_an_event_is_acknowledged_with_its_result(
    failure: Exception | None, status: str
) -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.failure = failure
        await connection.push(happened())
        await s.until_acked(1)
        assert s.events == [PeopleChanged(["user02"])]
    assert connection.sent[0]["code"] == 200
    assert json.loads(connection.sent[0]["data"]) == {"status": status}


async def test_an_unreadable_frame_does_not_stop_the_next() -> None:
    nested = "[" * 10_000 + "]" * 10_000
    garbage: list[Any] = [
        "garbage",
        nested,
        {"type": "CALLBACK", "headers": [], "data": "{}"},
        callback(TOPIC, nested, 1),
        said(number=2, senderStaffId=["user01"]),
        {"type": "CALLBACK", "headers": {"topic": TOPIC, "messageId": "f3"}, "data": {}},
        happened(number=4, data="[]"),
    ]
    unknown = [
        callback("/v1.0/im/bot/messages/delegate", {}, 20),
        {"type": "RIDDLE", "headers": {"messageId": "f21"}, "data": "{}"},
        {"type": "SYSTEM", "headers": {"topic": "KEEPALIVE"}, "data": "{}"},
    ]
    async with stage() as s:
        connection = await s.gateway.until_connected()
        await connection.push(*garbage, *unknown, said(number=99))
        await until(lambda: s.intake.counts["refused"] == len(garbage) and "f99" in connection.acks)
        await s.until_acked(7)
        assert set(connection.acks) == {"f1", "f2", "f3", "f4", "f99"}
        assert s.client.connected
        assert s.intake.counts["refused"] == len(garbage)
    codes = {sent["headers"]["messageId"]: sent["code"] for sent in connection.sent}
    assert (codes["f20"], codes["f21"]) == (404, 404)
    event = next(sent for sent in connection.sent if sent["headers"]["messageId"] == "f4")
    assert json.loads(event["data"]) == {"status": "SUCCESS"}


async def test_a_bounded_number_of_messages_is_in_work() -> None:
    burst = MOST_IN_HAND + 500
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.free.clear()
        pushing = asyncio.create_task(
            connection.push(*[said(number=number) for number in range(burst)])
        )
        await until(lambda: len(s.messages) == MOST_IN_HAND)
        s.time.wake(61)  # a client that does not read cannot judge silence
        await asyncio.sleep(0)
        assert s.client.connected
        assert len(s.messages) == MOST_IN_HAND
        s.free.set()
        await s.until_acked(burst)
        await pushing
        assert sorted(connection.acks) == sorted(f"f{number}" for number in range(burst))
        assert len(s.gateway.connections) == 1


# --- one connection after another


async def test_a_new_connection_opens_before_the_old_one_closes() -> None:
    async with stage() as s:
        old = await s.gateway.until_connected()
        await s.until_asleep(60.0)
        s.time.wake(55)
        await old.push(said(number=1))  # not silent
        await s.until_acked(1)
        s.time.wake(10)
        s.free.clear()
        await old.push(*[said(number=number) for number in range(2, 50)])
        await old.disconnect()
        await s.pass_back_off()
        new = await s.gateway.until_connected(2)
        assert not old.closed
        assert s.client.connected
        await s.until_asleep(10.0)
        await old.push(*[said(number=number) for number in range(50, 60)])  # still under way
        await new.push(*[said(number=number) for number in range(60, 100)])
        await until(lambda: len(s.messages) == 99)
        s.free.set()
        await s.until_acked(99)
        assert sorted(old.acks) == sorted(f"f{number}" for number in range(1, 60))
        assert sorted(new.acks) == sorted(f"f{number}" for number in range(60, 100))
        s.time.wake(10)
        await until(lambda: old.closed)
        assert not new.closed
        assert s.client.connected
        assert s.intake.counts["reconnects"] == 1


async def test_a_gateway_that_closes_at_once_causes_no_storm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with stage(prepare=lambda gateway: setattr(gateway, "close_at_once", True)) as s:
        waits = [await s.pass_back_off() for _ in range(30)]
        await s.gateway.until_connected(31)
        assert len(s.gateway.opens) == 31
        assert sum(waits[:10]) > 60
        assert sum(waits) > 30 * 15
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


async def test_a_silent_connection_is_replaced() -> None:
    async with stage() as s:
        old = await s.gateway.until_connected()
        await s.until_asleep(60.0)
        s.time.wake(59)
        assert s.client.connected
        s.time.wake(1)
        await s.pass_back_off()
        await s.gateway.until_connected(2)
        assert not old.closed
        await s.until_asleep(10.0)
        s.time.wake(10)
        await until(lambda: old.closed)
        assert s.client.connected
