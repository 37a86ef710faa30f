"""The Stream gateway: tickets, frames, ACKs, and how connections end."""

import aiohttp
import pytest

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import SUBSCRIPTIONS


async def test_a_ticket_opens_one_connection_only(sandbox: Sandbox, caller: Caller) -> None:
    body = {"clientId": "sandbox", "clientSecret": "sandbox", "subscriptions": SUBSCRIPTIONS}
    _, opened = await caller.post("/v1.0/gateway/connections/open", body, token="")
    address = f"{opened['endpoint']}?ticket={opened['ticket']}"

    assert opened["endpoint"] == f"{sandbox.url.replace('http', 'ws')}/connect"
    async with caller.http.ws_connect(address):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await caller.http.ws_connect(address)
    assert refused.value.status == 401
