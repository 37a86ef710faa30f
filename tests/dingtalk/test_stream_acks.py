"""Frames of a Stream connection: what is handed over, and what is acknowledged with what."""

import asyncio
import json

import pytest

from bot.dingtalk.connection import MOST_IN_HAND
from bot.domain.events import PeopleChange, PeopleChanged
from bot.errors import NotSent, ServiceStopped, StoreRefused
from tests.dingtalk.stream_stage import callback, happened, ping, said, stage, until_acked


async def test_a_message_is_handed_over_and_then_acknowledged_as_documented() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.desk.free.clear()
        await connection.push(said("打卡 总部"))
        await s.board.until(lambda: len(s.desk.messages) == 1)
        await connection.push(ping())
        await until_acked(s, 1)
        assert connection.acks == ["p1"]
        s.desk.free.set()
        await until_acked(s, 2)
    assert connection.sent[1] == {
        "code": 200,
        "headers": {"messageId": "f1", "contentType": "application/json"},
        "message": "OK",
        "data": '{"response": null}',
    }
    message, webhook = s.desk.messages[0]
    assert (message.message_id, message.text, message.sender.user_id) == ("msg1", "打卡 总部", "user01")
    assert message.received_at == s.time.now()
    assert webhook is not None
    assert s.client.counts["frames"] == 1
    assert len(s.acks_s) == 2


async def test_a_message_the_store_refuses_gets_no_ack_and_the_next_one_does() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.desk.failure = StoreRefused("the disk is full")
        await connection.push(said(number=1), ping(1))
        await until_acked(s, 1)
        s.desk.failure = None
        await connection.push(said(number=2))
        await until_acked(s, 2)
        assert connection.acks == ["p1", "f2"]
        assert s.client.counts["unstored"] == 1


async def test_a_bug_in_a_handler_costs_one_ack_and_is_logged_with_its_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.desk.failure = ZeroDivisionError()
        await connection.push(said(number=1), ping(1))
        await until_acked(s, 1)
        s.desk.failure = None
        await connection.push(said(number=2))
        await until_acked(s, 2)
        assert connection.acks == ["p1", "f2"]
    traces = [record for record in caplog.records if record.exc_info]
    assert len(traces) == 1
    assert "msg1" in traces[0].getMessage()


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (None, "SUCCESS"),
        (StoreRefused("x"), "LATER"),
        (NotSent("contacts", "busy"), "LATER"),
        (ServiceStopped("contacts", "no permission", "Grant it."), "LATER"),
        (ZeroDivisionError(), "LATER"),
    ],
)
async def test_an_event_is_acknowledged_with_what_became_of_it(failure: Exception | None, status: str) -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.desk.failure = failure
        await connection.push(happened())
        await until_acked(s, 1)
        assert s.desk.events == [PeopleChanged(PeopleChange.JOINED, ("user02",))]
    assert connection.sent[0]["code"] == 200
    assert json.loads(connection.sent[0]["data"]) == {"status": status}


async def test_what_nobody_asked_for_is_answered_with_404() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        await connection.push(callback("/v1.0/im/bot/messages/delegate", {}, 1))
        await connection.push({"type": "RIDDLE", "headers": {"messageId": "f2"}, "data": "{}"})
        await connection.push(
            {"headers": {"messageId": "f3"}}, {"type": ["CALLBACK"], "headers": {"messageId": "f4"}}
        )
        await until_acked(s, 4)
        assert [sent["code"] for sent in connection.sent] == [404] * 4
        assert s.desk.refusals == []


async def test_garbage_is_put_aside_and_the_next_frame_is_handled(caplog: pytest.LogCaptureFixture) -> None:
    nested = "[" * 10_000 + "]" * 10_000
    garbage = [
        "garbage",
        "",
        "null",
        "[]",
        "5",
        nested,
        callback("/v1.0/im/bot/messages/get", "garbage", 1),
        callback("/v1.0/im/bot/messages/get", "[]", 2),
        callback("/v1.0/im/bot/messages/get", "null", 3),
        callback("/v1.0/im/bot/messages/get", "", 4),
        callback("/v1.0/im/bot/messages/get", nested, 5),
        callback("/v1.0/im/bot/messages/get", {"msgtype": "text", "text": {"content": "打卡"}}, 6),
        said(number=7, msgId=7),
        said(number=8, senderStaffId=["user01"]),
        said(number=9, text="打卡"),
        said(number=10, text={"content": {"content": "打卡"}}),
        happened(number=11, data="[]"),
        {"type": "CALLBACK", "headers": {"topic": "/v1.0/im/bot/messages/get", "messageId": "f12"}, "data": {}},
        {"type": "CALLBACK", "headers": [], "data": "{}"},
        {"type": "SYSTEM", "headers": {"topic": "ping"}, "data": "garbage"},
    ]
    refused = len(garbage) - 1  # number 9 is a text message whose text stands without its wrapper
    async with stage() as s:
        connection = await s.gateway.until_connected()
        await connection.push(*garbage, said(number=99))
        await s.board.until(lambda: len(s.desk.refusals) == refused and "f99" in connection.acks)
        await until_acked(s, 13)
        assert set(connection.acks) == {f"f{number}" for number in [*range(1, 13), 99]}
        assert s.client.connected
        assert s.client.counts["refused"] == refused
        assert all(len(raw) <= 4096 for raw, _ in s.desk.refusals)
    event_ack = next(sent for sent in connection.sent if sent["headers"]["messageId"] == "f11")
    assert json.loads(event_ack["data"]) == {"status": "SUCCESS"}
    assert len([record for record in caplog.records if "could not be read" in record.getMessage()]) == 1


async def test_a_ping_is_answered_while_messages_wait_for_the_store() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.desk.free.clear()
        await connection.push(*[said(number=number) for number in range(500)], ping(1))
        await until_acked(s, 1)
        assert len(s.desk.messages) <= 500
        assert connection.sent[0]["headers"]["messageId"] == "p1"
        assert json.loads(connection.sent[0]["data"]) == {"opaque": "o1"}
        s.desk.free.set()
        await until_acked(s, 501)


async def test_many_messages_are_in_work_at_once_but_not_more_than_the_bound() -> None:
    burst = MOST_IN_HAND + 500
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.desk.free.clear()
        pushing = asyncio.create_task(connection.push(*[said(number=number) for number in range(burst)]))
        await s.board.until(lambda: len(s.desk.messages) == MOST_IN_HAND)
        s.time.advance(61)  # it is the client that does not read: no silence
        await asyncio.sleep(0)
        assert s.client.connected
        assert len(s.desk.messages) == MOST_IN_HAND
        s.desk.free.set()
        await until_acked(s, burst)
        await pushing
        assert sorted(connection.acks) == sorted(f"f{number}" for number in range(burst))
        assert len(s.gateway.connections) == 1
