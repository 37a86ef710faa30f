"""The Stream gateway: tickets, frames, ACKs, and how connections end."""

import asyncio
import json

import aiohttp
import pytest

from bot.sandbox.clock import PretendClock
from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import WORKDAY_0850, Caller
from tests.sandbox.scripted_bot import SUBSCRIPTIONS, ScriptedBot
from tests.waiting import LONGEST_S


class HandClock(PretendClock):
    """A pretend clock. Tests move its monotonic seconds."""

    seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


async def test_a_ticket_opens_one_connection_only(sandbox: Sandbox, caller: Caller) -> None:
    body = {"clientId": "sandbox", "clientSecret": "sandbox", "subscriptions": SUBSCRIPTIONS}
    _, opened = await caller.post("/v1.0/gateway/connections/open", body, token="")
    address = f"{opened['endpoint']}?ticket={opened['ticket']}"

    assert opened["endpoint"] == f"{sandbox.url.replace('http', 'ws')}/connect"
    async with caller.http.ws_connect(address):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await caller.http.ws_connect(address)
    assert refused.value.status == 401


async def test_a_ping_is_sent_and_acknowledged() -> None:
    async with Sandbox(ping_every_s=0.02) as sandbox, ScriptedBot(sandbox.url) as bot:
        await sandbox.wait_until(lambda: any(frame.ack_code for frame in sandbox.frames))

    assert bot.frames[0]["headers"]["topic"] == sandbox.frames[0].topic == "ping"


async def test_a_disconnected_connection_gets_nothing_more_and_closes(sandbox: Sandbox) -> None:
    async with ScriptedBot(sandbox.url) as old:
        await sandbox.fault("disconnect")
        async with ScriptedBot(sandbox.url) as fresh:
            for _ in range(5):
                await sandbox.say("user001", "hi")
            async with asyncio.timeout(LONGEST_S):
                await old.closed()
            await sandbox.wait_until(lambda: len(fresh.frames) == 5)

    (last,) = old.frames
    assert (last["headers"]["topic"], json.loads(last["data"])["reason"]) == (
        "disconnect",
        "connection is expired",
    )


async def test_an_unacknowledged_message_comes_again_after_a_minute() -> None:
    clock = HandClock(WORKDAY_0850)
    async with Sandbox(clock=clock) as sandbox:
        async with ScriptedBot(sandbox.url, acknowledges=False):
            message_id = await sandbox.say("user001", "clock in")
        await sandbox.wait_until(lambda: not sandbox.connections)
        async with ScriptedBot(sandbox.url) as bot:
            clock.seconds += 59
            await sandbox.say("user002", "hi")
            await sandbox.wait_until(lambda: sandbox.frames[-1].ack_code == 200)
            clock.seconds += 1
            await sandbox.wait_until(
                lambda: len(sandbox.frames) == 3 and sandbox.frames[2].ack_code == 200
            )

    said = [message["text"]["content"] for message in bot.messages]
    assert said == ["hi", "clock in"] and sandbox.frames[2].msg_id == message_id
    assert [frame.tries for frame in sandbox.frames] == [1, 1, 2]
