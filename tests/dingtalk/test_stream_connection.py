"""One Stream connection after another: how they end, who takes over, and what is left of them."""

import asyncio
import logging

import pytest

from tests.dingtalk.gateway import TICKET, answer, never
from tests.dingtalk.stream_stage import SECRET, callback, happened, ping, said, stage, until_acked


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
        assert s.client.counts["reconnects"] == 1


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
        assert s.client.counts["reconnects"] >= 39
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


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
async def test_cancelling_ends_it_with_its_sockets_closed(moment: str) -> None:
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
        async with asyncio.timeout(60):  # how long at most it waits shows tests/test_ending_in_time.py
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
        for _ in range(10):  # turns of the loop, in which it begins to end
            await asyncio.sleep(0)
        s.desk.free.set()
        await s.board.until(lambda: connection.closed)
        assert connection.acks == ["f1"]


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
