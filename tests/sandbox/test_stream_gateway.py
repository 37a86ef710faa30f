"""The Stream gateway: tickets, frames, ACKs, and how connections end."""

import asyncio
import json

import aiohttp
import pytest

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import SUBSCRIPTIONS, ScriptedBot
from tests.waiting import LONGEST_S


async def test_a_ticket_opens_one_connection_only(sandbox: Sandbox, caller: Caller) -> None:
    body = {"clientId": "sandbox", "clientSecret": "sandbox", "subscriptions": SUBSCRIPTIONS}
    _, opened = await caller.post("/v1.0/gateway/connections/open", body, token="")
    address = f"{opened['endpoint']}?ticket={opened['ticket']}"

    assert opened["endpoint"] == f"{sandbox.url.replace('http', 'ws')}/connect"
    async with caller.http.ws_connect(address):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await caller.http.ws_connect(address)
    assert refused.value.status == 401


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
