"""Opening a connection at the Stream gateway, also without success."""

import asyncio
import logging
from typing import Any

import pytest
from aiohttp import web
from pydantic import WebsocketUrl
from yarl import URL

from bot.dingtalk.gateway import Gateway, check_endpoint
from bot.dingtalk.http import Http
from bot.dingtalk.openapi import DingTalkApp
from bot.errors import NotSent
from tests.dingtalk.gateway import TICKET, ScriptedGateway, answer
from tests.dingtalk.stream_stage import SECRET, callback, happened, said, stage

TOPIC = "/v1.0/im/bot/messages/get"


async def connect(url: str) -> None:
    """Connect once and hang up."""
    http = Http()
    try:
        await (await Gateway(http, DingTalkApp("dingapp", SECRET, url, url)).connect()).close()
    finally:
        await http.close()


async def test_a_refused_app_is_alerted_once_and_tried_slowly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refusal = answer(401, {"code": "authFailed", "message": f"bad secret {SECRET}"})
    async with stage(*[refusal] * 10) as s:
        waits = [await s.pass_back_off() for _ in range(10)]
        await s.gateway.until_connected()
    assert sum(waits) > 300
    assert max(waits) <= 300
    (loud,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "401 authFailed" in loud
    assert "client_secret" in loud
    assert SECRET not in caplog.text


def lead_on(gateway: ScriptedGateway) -> None:
    """Redirect the handshake with its ticket."""

    async def lead() -> web.StreamResponse:
        there = URL("/connect").with_query(ticket=gateway.tickets[-1])
        return web.Response(status=302, headers={"Location": str(there)})

    gateway.handshakes.append(lead)


@pytest.mark.parametrize(
    "odd",
    [
        answer(200, "<html>maintenance</html>"),
        answer(200, {"endpoint": "ws://127.0.0.1/connect", "ticket": ""}),
        answer(200, {"endpoint": "x", "ticket": "t"}),
        answer(403, {"code": "Forbidden.AccessDenied.QpsLimitForApi"}),
        answer(307, {}, Location="/elsewhere"),
        None,  # the handshake
    ],
)
async def test_an_odd_answer_leads_to_another_try(odd: Any) -> None:
    async with stage(*[odd] if odd else [], prepare=None if odd else lead_on) as s:
        assert await s.pass_back_off() <= 1.0
        await s.gateway.until_connected()
        assert len(s.gateway.opens) == 2


@pytest.mark.parametrize(
    ("endpoint", "api_url"),
    [
        ("wss://wss-open-connection.dingtalk.com:443/connect", "https://api.dingtalk.com"),
        ("wss://gateway.company.example:8443/connect", "https://gateway.company.example/dingtalk"),
        ("ws://127.0.0.1:8080/connect", "http://127.0.0.1:9000"),
    ],
)
def test_dingtalks_and_the_configured_endpoint_are_accepted(endpoint: str, api_url: str) -> None:
    assert check_endpoint(WebsocketUrl(endpoint), URL(api_url)).host == URL(endpoint).host


@pytest.mark.parametrize(
    "endpoint",
    [
        "ws://wss-open-connection.dingtalk.com/connect",
        "wss://dingtalk.com.evil.example/connect",
        "wss://api.dingtalk.com@evil.example/connect",
        "wss://evil.example\\.dingtalk.com/connect",
    ],
)
def test_an_unencrypted_or_foreign_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(NotSent, match="named an endpoint"):
        check_endpoint(WebsocketUrl(endpoint), URL("https://api.dingtalk.com"))


async def test_no_error_or_log_has_a_ticket_or_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    troubles = [
        answer(401, {"code": SECRET}),
        answer(500, SECRET),
        answer(200, {"ticket": TICKET, "endpoint": "x"}),
    ]
    async with stage(
        *troubles, prepare=lambda gateway: gateway.handshakes.append(answer(403, SECRET))
    ) as s:
        for _ in range(4):
            await s.pass_back_off()
        first = await s.gateway.until_connected()
        s.failure = ZeroDivisionError()
        await first.push(said(), callback(TOPIC, "garbage", 2), happened(number=3))
        await s.until_acked(2)
        first.cut()
        await s.pass_back_off()
        await s.gateway.until_connected(2)
        s.gateway.handshakes.append(answer(403))
        with pytest.raises(NotSent) as refused:
            await connect(s.gateway.url)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    everything = "\n".join(
        f"{record.getMessage()} {record.__dict__} {record.exc_text}" for record in caplog.records
    )
    assert "Connected to the Stream gateway" in everything
    for secret in (SECRET, "t1cket-5ecret", "5e55i0n"):
        assert secret not in everything
