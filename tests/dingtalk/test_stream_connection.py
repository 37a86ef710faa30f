"""A living Stream connection: frames in, ACKs out, and one connection after another."""

import asyncio
import json
import logging
import subprocess
import sys

import pytest

from bot.dingtalk.connection import MOST_IN_HAND
from bot.errors import NotSent, ServiceStopped, StoreRefused
from tests.dingtalk.gateway import TICKET, answer, never
from tests.dingtalk.stream_stage import SECRET, Stage, callback, happened, ping, said, stage


async def until_acked(s: Stage, count: int) -> None:
    await s.board.until(lambda: sum(len(connection.sent) for connection in s.gateway.connections) >= count)


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
    assert s.client.counters.frames == 2
    assert s.client.counters.acks == len(s.acks_s) == 2


async def test_an_ack_that_took_over_three_seconds_is_counted() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.desk.free.clear()
        await connection.push(said())
        await s.board.until(lambda: len(s.desk.messages) == 1)
        s.time.advance(3.5)
        s.desk.free.set()
        await until_acked(s, 1)
        assert s.acks_s == [3.5]
        assert s.client.counters.late_acks == 1


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
        assert s.client.counters.unstored == 1


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
        assert s.desk.events == [("user_add_org", "e1", {"userId": ["user02"]})]
    assert connection.sent[0]["code"] == 200
    assert json.loads(connection.sent[0]["data"]) == {"status": status}


async def test_a_tap_is_answered_with_what_the_card_shows_now() -> None:
    content = json.dumps({"cardPrivateData": {"actionIds": ["1"], "params": {"action": "accept"}}})
    tap = {"type": "actionCallback", "outTrackId": "card1", "corpId": "dingcorp", "userId": "user01"}
    async with stage() as s:
        connection = await s.gateway.until_connected()
        await connection.push(callback("/v1.0/card/instances/callback", {**tap, "content": content}))
        await until_acked(s, 1)
        assert s.desk.cards[0].card_id == "card1"
        assert s.desk.cards[0].user_id == "user01"
        assert s.desk.cards[0].content == json.loads(content)
        s.desk.failure = ZeroDivisionError()
        await connection.push(callback("/v1.0/card/instances/callback", {**tap, "content": content}, 2))
        await until_acked(s, 2)
    assert json.loads(connection.sent[0]["data"]) == {
        "response": {"cardData": {"cardParamMap": {"state": "done"}}}
    }
    assert connection.sent[1]["code"] == 500


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
        assert s.client.counters.unknown == 4
        assert s.desk.refusals == []


async def test_a_system_frame_of_unknown_topic_is_ignored() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        for topic in ("CONNECTED", "REGISTERED", "KEEPALIVE", "news"):
            await connection.push(
                {"type": "SYSTEM", "headers": {"topic": topic, "messageId": topic}, "data": "{}"}
            )
        await connection.push(ping())
        await until_acked(s, 1)
        assert connection.acks == ["p1"]


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
        assert s.client.counters.refused == refused
        assert all(len(raw) <= 4096 for raw, _ in s.desk.refusals)
    event_ack = next(sent for sent in connection.sent if sent["headers"]["messageId"] == "f11")
    assert json.loads(event_ack["data"]) == {"status": "SUCCESS"}
    assert len([record for record in caplog.records if "could not be read" in record.getMessage()]) == 1


async def test_a_frame_that_cannot_even_be_put_aside_is_acknowledged_all_the_same() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        for number, failure in enumerate([StoreRefused("full"), ZeroDivisionError()], start=1):
            s.desk.failure = failure
            await connection.push(callback("/v1.0/im/bot/messages/get", "garbage", number))
            await until_acked(s, number)
        assert connection.acks == ["f1", "f2"]


async def test_what_is_put_aside_holds_no_webhook() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        await connection.push(
            said(msgId=5), said(number=2, msgId=6, sessionWebhook="https://h/?session=5e55i0n\0")
        )
        await s.board.until(lambda: len(s.desk.refusals) == 2)
        assert all("msg" in raw and "5e55i0n" not in raw for raw, _ in s.desk.refusals)


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


async def test_after_disconnect_the_new_connection_is_there_before_the_old_one_goes() -> None:
    async with stage() as s:
        old = await s.gateway.until_connected()
        await s.time.until_asleep(60.0)
        s.time.advance(55)
        await old.push(said(number=1))  # not silent
        await until_acked(s, 1)
        s.time.advance(10)
        s.desk.free.clear()
        await old.push(*[said(number=number) for number in range(2, 50)])
        await old.disconnect()
        new = await s.gateway.until_connected(2)
        assert not old.closed
        assert s.client.connected
        await s.time.until_asleep(10.0)
        await old.push(*[said(number=number) for number in range(50, 60)])  # still on their way
        await new.push(*[said(number=number) for number in range(60, 100)])
        await s.board.until(lambda: len(s.desk.messages) == 99)
        s.desk.free.set()
        await until_acked(s, 99)
        assert sorted(old.acks) == sorted(f"f{number}" for number in range(1, 60))
        assert sorted(new.acks) == sorted(f"f{number}" for number in range(60, 100))
        s.time.advance(10)
        await s.board.until(lambda: old.closed)
        assert not new.closed
        assert s.client.connected
        assert s.client.counters.reconnects == 1


async def test_the_old_connection_stays_while_no_new_one_is_to_be_had() -> None:
    async with stage() as s:
        old = await s.gateway.until_connected()
        s.gateway.script.extend([answer(503)] * 3)
        await old.disconnect()
        for _ in range(3):
            await s.pass_back_off()
            await old.push(said(number=len(s.gateway.opens)))
            await until_acked(s, len(s.gateway.opens) - 1 or 1)
        assert s.client.connected
        assert not old.closed
        await s.pass_back_off()
        await s.gateway.until_connected(2)


async def test_an_ack_goes_down_the_socket_its_frame_came_from_or_nowhere() -> None:
    async with stage() as s:
        old = await s.gateway.until_connected()
        s.desk.free.clear()
        await old.push(said(number=1))
        await s.board.until(lambda: len(s.desk.messages) == 1)
        old.cut()
        await s.pass_back_off()
        new = await s.gateway.until_connected(2)
        s.desk.free.set()
        await new.push(said(number=2))
        await until_acked(s, 1)
        assert new.acks == ["f2"]
        assert s.client.counters.lost_acks == 1


async def test_a_connection_dropped_in_the_middle_of_a_frame_leaves_nothing_half_read() -> None:
    async with stage() as s:
        old = await s.gateway.until_connected()
        await old.push(said(number=1))
        await until_acked(s, 1)
        old.cut(b'\x81\x7e\x01\x00{"type": "CALLBACK", "headers": {')
        assert await s.pass_back_off() <= 1.0
        new = await s.gateway.until_connected(2)
        await new.push(said(number=2))
        await until_acked(s, 2)
        assert [message.message_id for message, _ in s.desk.messages] == ["msg1", "msg2"]
        assert s.desk.refusals == []


async def test_a_gateway_that_closes_at_once_for_ever_causes_no_storm(caplog: pytest.LogCaptureFixture) -> None:
    async with stage(prepare=lambda gateway: setattr(gateway, "close_at_once", True)) as s:
        waits = [await s.pass_back_off() for _ in range(40)]
        await s.gateway.until_connected(41)
        assert len(s.gateway.opens) == 41
        assert sum(waits[:10]) > 60
        assert sum(waits) > 40 * 15
        assert s.client.counters.reconnects >= 39
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


async def test_a_clean_close_after_a_stable_life_is_followed_by_a_connection_within_a_second() -> None:
    async with stage(*[answer(503)] * 8) as s:
        for _ in range(8):
            await s.pass_back_off()
        connection = await s.gateway.until_connected()
        await s.time.until_asleep(60.0)
        s.time.advance(59)
        await connection.push(ping())
        await until_acked(s, 1)
        s.time.advance(2)
        await connection.socket.close()
        await s.board.until(lambda: connection.closed)
        assert await s.pass_back_off() <= 1.0
        await s.gateway.until_connected(2)


async def test_silence_is_death_and_the_new_connection_comes_first() -> None:
    async with stage() as s:
        old = await s.gateway.until_connected()
        await s.time.until_asleep(60.0)
        s.time.advance(59)
        assert s.client.connected
        s.time.advance(1)
        await s.gateway.until_connected(2)
        assert not old.closed
        await s.time.until_asleep(10.0)
        s.time.advance(10)
        await s.board.until(lambda: old.closed)
        assert s.client.connected


async def test_a_connection_that_only_pings_is_replaced_in_case_the_gateway_has_forgotten_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with stage() as s:
        zombie = await s.gateway.until_connected()
        await s.time.until_asleep(60.0)
        for number in range(1, 13):
            assert len(s.gateway.connections) == 1
            s.time.advance(50)
            await zombie.push(ping(number))
            await until_acked(s, number)
        await s.gateway.until_connected(2)
        assert not zombie.closed, "the other one takes over first"
        await s.gateway.latest.push(said())
        await until_acked(s, 13)
        assert s.client.connected
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("sign", ["system ping", "websocket ping", "message"])
async def test_any_frame_of_the_gateway_is_a_sign_of_life(sign: str) -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        await s.time.until_asleep(60.0)
        s.time.advance(50)
        if sign == "websocket ping":
            await connection.socket.ping(b"alive")
            await s.board.until(lambda: connection.pongs == 1)
        else:
            await connection.push(ping() if sign == "system ping" else said())
            await until_acked(s, 1)
        s.time.advance(10)
        await s.time.until_asleep(50.0)
        assert s.client.connected
        s.time.advance(50)
        await s.gateway.until_connected(2)


async def test_an_echo_of_our_own_heartbeat_is_no_sign_of_life() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        await s.time.until_asleep(60.0)
        s.time.advance(50)
        await connection.socket.pong(b"")
        for _ in range(20):  # turns of the loop: enough for it to cross the loopback and be read
            await asyncio.sleep(0)
        s.time.advance(10)
        await s.gateway.until_connected(2)


async def test_a_frame_over_a_mebibyte_costs_the_connection_and_nothing_else() -> None:
    async with stage() as s:
        old = await s.gateway.until_connected()
        await old.push(said(text="长" * 400_000))
        await s.board.until(lambda: old.closed)
        assert old.socket.close_code == 1009
        await s.pass_back_off()
        new = await s.gateway.until_connected(2)
        await new.push(said(text="打卡" * 100_000))
        await until_acked(s, 1)
        assert [len(message.text) for message, _ in s.desk.messages] == [8_000]


@pytest.mark.parametrize(
    "moment", ["idle", "opening", "backing off", "message in hand", "two connections", "deaf peer"]
)
async def test_cancelling_ends_it_in_under_a_second_with_its_sockets_closed(moment: str) -> None:
    script = {"opening": [never], "backing off": [answer(503)]}.get(moment, [])
    async with stage(*script) as s:
        if moment == "opening":
            await s.board.until(lambda: len(s.gateway.opens) == 1)
        elif moment == "backing off":
            await s.board.until(lambda: len(s.time.slept) == 1)
        else:
            connection = await s.gateway.until_connected()
        if moment in ("message in hand", "deaf peer"):
            s.desk.free.clear()
            await connection.push(said())
            await s.board.until(lambda: len(s.desk.messages) == 1)
        if moment == "two connections":
            await connection.disconnect()
            await s.pass_back_off()
            await s.gateway.until_connected(2)
        if moment == "deaf peer":
            connection.stop_reading()
        s.running.cancel()
        async with asyncio.timeout(60):
            await asyncio.wait([s.running])
        assert s.running.cancelled()
        assert not s.client.connected
        if moment != "deaf peer":
            await s.board.until(lambda: all(connection.closed for connection in s.gateway.connections))


async def test_what_is_nearly_done_when_we_are_cancelled_is_still_acknowledged() -> None:
    async with stage() as s:
        connection = await s.gateway.until_connected()
        s.desk.free.clear()
        await connection.push(said())
        await s.board.until(lambda: len(s.desk.messages) == 1)
        s.running.cancel()
        asyncio.get_running_loop().call_later(0.05, s.desk.free.set)
        await s.board.until(lambda: connection.closed)
        assert connection.acks == ["f1"]


async def test_it_can_be_run_again_after_it_was_cancelled() -> None:
    async with stage() as s:
        await s.gateway.until_connected()
        s.running.cancel()
        await asyncio.wait([s.running])
        s.running = asyncio.create_task(s.client.run())
        connection = await s.gateway.until_connected(2)
        await connection.push(said())
        await until_acked(s, 1)
        s.running.cancel()
        await asyncio.wait([s.running])


async def test_no_ticket_and_no_secret_is_ever_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    troubles = [
        answer(401, {"code": SECRET}),
        answer(500, SECRET),
        answer(200, {"ticket": TICKET, "endpoint": "x"}),
    ]
    async with stage(*troubles, prepare=lambda gateway: gateway.handshakes.append(answer(403, SECRET))) as s:
        for _ in range(4):
            await s.pass_back_off()
        first = await s.gateway.until_connected()
        s.desk.failure = ZeroDivisionError()
        await first.push(said(), callback("/v1.0/im/bot/messages/get", "garbage", 2), happened(number=3))
        await until_acked(s, 2)
        first.cut()
        await s.pass_back_off()
        second = await s.gateway.until_connected(2)
        await second.disconnect()
        await s.pass_back_off()
        await s.gateway.until_connected(3)
    everything = "\n".join(
        f"{record.getMessage()} {record.__dict__} {record.exc_text}" for record in caplog.records
    )
    assert "Connected to the Stream gateway" in everything
    for secret in (SECRET, "t1cket-5ecret", "5e55i0n"):
        assert secret not in everything


def test_importing_it_leaves_logging_as_it_was() -> None:
    program = (
        "import logging; before = (logging.root.level, logging.root.handlers[:])\n"
        "import bot.dingtalk.stream\n"
        "assert (logging.root.level, logging.root.handlers) == before\n"
        "loggers = logging.root.manager.loggerDict.values()\n"
        "handlers = [handler for logger in loggers for handler in getattr(logger, 'handlers', [])]\n"
        "assert all(isinstance(handler, logging.NullHandler) for handler in handlers)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
