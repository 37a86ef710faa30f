"""What becomes of a call that leaves: answered, certainly not sent, or of unknown outcome."""

import asyncio
import shutil
import ssl
import subprocess
import traceback
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from bot.dingtalk.http import MOST_BODY, Answer, Http
from bot.errors import NotSent, OutcomeUnknown, ServiceStopped, UpstreamError
from tests.dingtalk.rig import Rig, cut, ok, say, silence, text, truncated


async def post(rig: Rig, path: str = "/call", deadline_s: float = 60.0) -> Answer:
    return await rig.http.post(rig.at(path), service="call", data=b'{"a":1}', deadline_s=deadline_s)


async def test_an_answer_comes_back_with_status_and_json(rig: Rig) -> None:
    rig.server.on("/call", say({"code": "busy"}, 503))
    assert await post(rig) == Answer(503, {"code": "busy"})
    request = rig.server.asked("/call")[0]
    assert request.body == {"a": 1}
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("body", ["[" * 100_000, "9" * 10_000, "", "{"], ids=len)
async def test_malicious_json_is_an_answer_without_json(rig: Rig, body: str) -> None:
    rig.server.on("/call", text(body, content_type="application/json"))
    assert (await post(rig)).body is None


async def test_no_more_than_a_mebibyte_is_read(rig: Rig) -> None:
    rig.server.on("/call", text('"' + "x" * MOST_BODY + '"'), ok())
    assert (await post(rig)).body is None
    assert (await post(rig)).body == {"errcode": 0, "errmsg": "ok"}


async def test_a_redirect_is_an_answer_and_is_not_followed(rig: Rig) -> None:
    rig.server.on("/call", say({}, 307, {"Location": "/inside"}))
    rig.server.on("/inside", ok())
    assert (await post(rig)).status == 307
    assert rig.server.asked("/inside") == []


@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), ("999999", 3600.0), ("soon", None), ("-1", None)])
async def test_retry_after_is_read_in_seconds(rig: Rig, value: str, seconds: float | None) -> None:
    rig.server.on("/call", say({}, 429, {"Retry-After": value}))
    assert (await post(rig)).retry_after_s == seconds


async def test_a_refused_connection_was_not_sent(port: int) -> None:
    http = Http()
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        await http.post(URL(f"http://127.0.0.1:{port}/"), service="call", data=b"{}")
    await http.close()


async def test_a_failed_tls_handshake_was_not_sent(rig: Rig) -> None:
    with pytest.raises(NotSent, match="no encrypted connection"):
        await rig.http.post(rig.at("/call").with_scheme("https"), service="call", data=b"{}")
    assert rig.server.asked("/call") == []


async def test_a_call_after_closing_was_not_sent(rig: Rig) -> None:
    await rig.http.close()
    with pytest.raises(NotSent, match="shutting down"):
        await post(rig)


@pytest.mark.parametrize("step", [silence, cut, truncated], ids=["silence", "cut", "truncated"])
async def test_a_call_that_arrived_without_a_whole_answer_has_an_unknown_outcome(rig: Rig, step: object) -> None:
    rig.server.on("/call", step)  # type: ignore[arg-type]
    with pytest.raises(OutcomeUnknown):
        await post(rig, deadline_s=2.0 if step is silence else 60.0)
    assert len(rig.server.asked("/call")) == 1


async def test_waiting_for_others_calls_is_no_part_of_a_calls_own_time(rig: Rig) -> None:
    """Otherwise a crowd of calls would all be given up and come again, and none ever be answered."""
    http, answer, deadline_s = Http(per_service=1), asyncio.Event(), 0.4

    async def late(request: web.Request) -> web.StreamResponse:
        await answer.wait()
        return await ok()(request)

    def called(deadline_s: float) -> asyncio.Task[Answer]:
        return asyncio.create_task(http.post(rig.at("/call"), service="call", data=b"{}", deadline_s=deadline_s))

    rig.server.on("/call", late, ok())
    first = called(60.0)
    await rig.server.until_asked("/call")
    waiting, over = called(deadline_s), asyncio.Event()
    asyncio.get_running_loop().call_later(2 * deadline_s, over.set)
    await over.wait()
    assert len(rig.server.asked("/call")) == 1
    answer.set()
    assert [(await first).status, (await waiting).status] == [200, 200]
    await http.close()


async def test_a_service_that_hangs_holds_up_no_other(rig: Rig) -> None:
    http = Http(per_service=1)
    rig.server.on("/call", silence)
    rig.server.on("/other", ok())
    hanging = asyncio.create_task(http.post(rig.at("/call"), service="call", data=b"{}", deadline_s=60.0))
    await rig.server.until_asked("/call")
    assert (await http.post(rig.at("/other"), service="other", data=b"{}")).status == 200
    await http.close()
    with pytest.raises(OutcomeUnknown):
        await hanging


@pytest.mark.parametrize("step", [silence, cut, truncated, None], ids=["silence", "cut", "truncated", "tls"])
async def test_no_error_quotes_the_address(rig: Rig, step: object) -> None:
    url = rig.at("/call").with_query(access_token="sesame")
    if step is None:
        url = url.with_scheme("https")
    else:
        rig.server.on("/call", step)  # type: ignore[arg-type]
    with pytest.raises(UpstreamError) as caught:
        await rig.http.post(url, service="call", data=b"{}", deadline_s=2.0 if step is silence else 60.0)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "sesame" not in told
    assert caught.value.__context__ is None


async def test_the_proxy_of_the_environment_is_used(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", rig.server.url.replace("//", "//user:pass@"))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    rig.server.on("/call", ok())
    answer = await rig.http.post(URL("http://api.example.test/call"), service="call", data=b"{}")
    assert answer.status == 200
    request = rig.server.asked("/call")[0]
    assert request.headers["Host"] == "api.example.test"
    assert request.headers["Proxy-Authorization"] == "Basic dXNlcjpwYXNz"


async def test_the_proxy_is_left_out_where_the_environment_says_so(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", rig.server.url)
    monkeypatch.setenv("no_proxy", "example.test")
    with pytest.raises(NotSent, match="cannot be resolved"):
        await rig.http.post(URL("http://api.example.test/call"), service="call", data=b"{}")
    assert rig.server.asked("/call") == []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "http://[", "http://"])
async def test_a_proxy_that_cannot_be_used_stops_with_a_remedy(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    http = Http()
    with pytest.raises(ServiceStopped, match="http_proxy"):
        await http.post(URL("http://api.example.test/"), service="call", data=b"{}")
    await http.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a file with a key and a certificate for localhost that no system trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is needed to make a certificate")
    key, pem = tmp_path / "key.pem", tmp_path / "both.pem"
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(pem)]
    subprocess.run(made, check=True, capture_output=True)
    pem.write_text(pem.read_text() + key.read_text())
    return pem


async def test_only_a_certificate_that_the_environment_trusts_is_spoken_to(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        served.append(request.path)
        return web.json_response({"errcode": 0})

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    app = web.Application()
    app.router.add_post("/call", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    url = URL(f"https://localhost:{runner.addresses[0][1]}/call")
    stranger, friend = Http(), Http()
    try:
        with pytest.raises(NotSent, match="certificate is not trusted"):
            await stranger.post(url, service="call", data=b"{}")
        assert served == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert (await friend.post(url, service="call", data=b"{}")).status == 200
    finally:
        await stranger.close()
        await friend.close()
        await runner.cleanup()
