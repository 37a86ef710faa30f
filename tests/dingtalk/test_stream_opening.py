"""Getting a connection from the Stream gateway, and not getting one."""

import logging
import random

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.dingtalk.gateway import Gateway, read_endpoint
from bot.dingtalk.http import Http
from bot.dingtalk.stream import GatewayBackoff
from bot.errors import NotSent
from tests.dingtalk.board import Board
from tests.dingtalk.gateway import ScriptedGateway, answer, never, scripted_gateway
from tests.dingtalk.stream_stage import SECRET, stage

API = URL("https://api.dingtalk.com")


async def connect(url: str, deadline_s: float = 60.0) -> None:
    """Connect once, and hang up."""
    http = Http()
    try:
        gateway = Gateway(http, client_id="dingapp", client_secret=SECRET, api_url=url, deadline_s=deadline_s)
        await (await gateway.connect()).close()
    finally:
        await http.close()


async def test_the_gateway_is_asked_as_documented() -> None:
    async with stage() as s:
        await s.gateway.until_connected()
        asked, headers = s.gateway.opens[0], s.gateway.open_headers[0]
    assert asked["clientId"] == "dingapp"
    assert asked["clientSecret"] == SECRET
    assert asked["subscriptions"] == [
        {"type": "EVENT", "topic": "*"},
        {"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"},
    ]
    assert asked["ua"]
    assert headers["Accept"] == "application/json"
    assert headers["Content-Type"] == "application/json"


async def test_a_gateway_that_is_busy_is_asked_again_with_growing_pauses() -> None:
    async with stage(*[answer(503)] * 12) as s:
        waits = [await s.pass_back_off() for _ in range(12)]
        assert not s.client.connected
        await s.gateway.until_connected()
        await s.time.until_asleep(60.0)
        assert s.client.connected
    ceilings = [min(60.0, 2.0**attempt) for attempt in range(12)]
    assert all(wait_s <= ceiling for wait_s, ceiling in zip(waits, ceilings, strict=True))
    assert max(waits) > 20
    assert len(s.gateway.opens) == 13


async def test_a_refused_app_is_tried_again_slowly_and_said_once_loudly(caplog: pytest.LogCaptureFixture) -> None:
    refusal = answer(401, {"code": "authFailed", "message": f"bad secret {SECRET}"})
    async with stage(*[refusal] * 10) as s:
        waits = [await s.pass_back_off() for _ in range(10)]
        await s.gateway.until_connected()
    assert sum(waits) > 300
    assert max(waits) <= 300
    loud = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(loud) == 1
    assert "401 authFailed" in loud[0].getMessage()
    assert "client_secret" in loud[0].getMessage()
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "odd",
    [
        answer(200, "<html>maintenance</html>"),
        answer(502, "<html>bad gateway</html>"),
        answer(200, {"endpoint": "ws://127.0.0.1/connect"}),
        answer(200, {"endpoint": "ws://127.0.0.1/connect", "ticket": ""}),
        answer(200, {"endpoint": "ws://127.0.0.1/connect", "ticket": ["t"]}),
        answer(200, {"endpoint": "wss://dingtalk.com.evil.example/connect", "ticket": "t"}),
        answer(200, {"endpoint": "ws://[", "ticket": "t"}),
        answer(200, {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}),
        answer(403, {"code": "Forbidden.AccessDenied.QpsLimitForApi"}),
        answer(307, {}, Location="/elsewhere"),
    ],
)
async def test_an_odd_answer_is_no_connection_and_another_is_asked_for(odd: object) -> None:
    async with stage(odd) as s:
        assert await s.pass_back_off() <= 1.0
        await s.gateway.until_connected()
        assert len(s.gateway.opens) == 2


@pytest.mark.parametrize("status", [401, 403, 503])
async def test_a_refused_handshake_costs_a_new_ticket_each_time(status: int) -> None:
    async with stage(prepare=lambda gateway: gateway.handshakes.extend([answer(status)] * 3)) as s:
        for _ in range(3):
            await s.pass_back_off()
        await s.gateway.until_connected()
        assert len(s.gateway.opens) == 4


async def test_a_handshake_is_not_led_elsewhere_not_even_with_its_ticket() -> None:
    def lead_on(gateway: ScriptedGateway) -> None:
        async def lead() -> web.StreamResponse:
            there = URL("/connect").with_query(ticket=gateway.tickets[-1])
            return web.Response(status=302, headers={"Location": str(there)})

        gateway.handshakes.append(lead)

    async with stage(prepare=lead_on) as s:
        await s.pass_back_off()
        await s.gateway.until_connected()
        assert len(s.gateway.opens) == 2


@pytest.mark.parametrize("silent", ["ticket", "handshake"])
async def test_a_gateway_that_never_answers_is_given_up_in_time(silent: str) -> None:
    async with scripted_gateway(Board()) as gateway:
        (gateway.script if silent == "ticket" else gateway.handshakes).append(never)
        with pytest.raises(NotSent, match="no answer in time"):
            await connect(gateway.url, deadline_s=0.1)


async def test_the_proxy_of_the_environment_is_used_for_both_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted_gateway(Board()) as gateway:
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", gateway.url)
        gateway.url = "http://api.dingtalk.invalid"
        await connect("http://api.dingtalk.invalid")
        assert gateway.tickets == ["used"]


@pytest.mark.parametrize(
    ("endpoint", "api_url"),
    [
        ("wss://wss-open-connection.dingtalk.com:443/connect", API),
        ("wss://dingtalk.com/connect", API),
        ("wss://wss-open-connection.dingtalk.io/connect", URL("https://api.dingtalk.io")),
        ("wss://gateway.company.example:8443/connect", URL("https://gateway.company.example/dingtalk")),
        ("ws://127.0.0.1:8080/connect", URL("http://127.0.0.1:9000")),
        ("wss://127.0.0.1:8080/connect", URL("http://127.0.0.1:8080")),
    ],
)
def test_an_endpoint_of_dingtalk_or_of_the_configured_host_is_taken(endpoint: str, api_url: URL) -> None:
    assert read_endpoint(endpoint, api_url) == URL(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "ws://wss-open-connection.dingtalk.com/connect",
        "https://api.dingtalk.com/connect",
        "wss://evil.example/connect",
        "wss://dingtalk.com.evil.example/connect",
        "wss://api.dingtalk.com@evil.example/connect",
        "wss://evil.example\\.dingtalk.com/connect",
        "wss://evil.example#.dingtalk.com",
        "wss://127.0.0.1/connect",
        "//api.dingtalk.com/connect",
        "wss://api.dingtalk.com:99999999/connect",
        "",
    ],
)
def test_an_endpoint_of_anybody_else_is_refused(endpoint: str) -> None:
    with pytest.raises(NotSent):
        read_endpoint(endpoint, API)


async def test_an_error_of_the_handshake_does_not_carry_the_address_with_the_ticket() -> None:
    async with scripted_gateway(Board()) as gateway:
        gateway.handshakes.append(answer(403))
        with pytest.raises(NotSent) as refused:
            await connect(gateway.url)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    assert not isinstance(refused.value, aiohttp.ClientError)


def test_a_change_over_waits_shorter_than_the_old_connection_lives() -> None:
    backoff = GatewayBackoff(random.Random(3))
    assert backoff.after_life(3600, still_up=True) == 0
    waits = [backoff.after_life(1.0, still_up=True) for _ in range(50)]
    assert 2.5 < max(waits) <= 5.0
