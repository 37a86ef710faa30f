"""`check` of the page: what it finds under the public address, at DingTalk, and among the sites."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.cli.check import Finding, check_all
from bot.clock import SystemClock
from bot.sandbox.server import Sandbox
from tests.company import Company, a_company
from tests.ports import a_reserved_port

PARTS = ("page", "page ticket", "sites")


async def found(sandbox: Sandbox, folder: Path, **changes: Any) -> dict[str, Finding]:
    """Return what `check` says of positions with these settings; the bot itself does not run."""
    settings = Company(sandbox, folder, changes).settings()
    return {one.part: one for one in await check_all(settings, SystemClock()) if one.part in PARTS}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@asynccontextmanager
async def a_server(handler: Any, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve every path with `handler` and give the port."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def passing_on_to(port: int) -> Any:
    """Return what a proxy does that passes calls on to our port and says for whom."""

    async def pass_on(request: web.Request) -> web.Response:
        async with aiohttp.ClientSession() as session:
            url, headers = f"http://127.0.0.1:{port}{request.path}", {"X-Forwarded-For": "198.51.100.7"}
            async with session.get(url, headers=headers) as answer:
                return web.Response(body=await answer.read(), status=answer.status)

    return pass_on


async def test_without_a_page_nothing_is_asked_for(sandbox: Sandbox, tmp_path: Path) -> None:
    findings = await found(sandbox, tmp_path, web={"public_url": None}, dingtalk={"agent_id": None})
    assert [findings[part].ok for part in PARTS] == [True] * 3
    assert "not needed" in findings["page"].text
    assert "not needed" in findings["page ticket"].text
    assert findings["sites"].text.endswith("in the configuration")


async def test_a_position_that_nobody_can_give_is_a_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    rules = {"location": "required", "trusted_sources": ["browser", "dingtalk"]}
    findings = await found(sandbox, tmp_path, web={"public_url": None}, clock_in=rules)
    assert not findings["page"].ok
    assert "Set web.public_url" in findings["page"].text
    only = {"location": "required", "trusted_sources": ["dingtalk"]}
    findings = await found(sandbox, tmp_path, clock_in=only, dingtalk={"agent_id": None})
    assert not findings["page ticket"].ok
    assert "Set dingtalk.agent_id" in findings["page ticket"].text


async def test_the_page_is_reached_before_the_bot_runs_and_while_it_does(
    sandbox: Sandbox, tmp_path: Path, port: int
) -> None:
    address = {"port": port, "public_url": f"http://127.0.0.1:{port}"}
    (tmp_path / "first").mkdir()
    assert (await found(sandbox, tmp_path / "first", web=address))["page"].ok
    async with a_company(tmp_path, web=address) as company:
        settings = company.settings()
        findings = {one.part: one for one in await check_all(settings, SystemClock())}
        assert findings["page"].ok
        assert "on this machine alone" in findings["page"].text


@pytest.mark.parametrize(
    ("status", "body"), [(200, "Welcome to nginx"), (302, ""), (502, "Bad Gateway"), (404, "not found")]
)
async def test_an_address_at_which_something_else_answers_is_said(
    sandbox: Sandbox, tmp_path: Path, port: int, status: int, body: str
) -> None:
    async def other(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers={"Location": "/login"} if status == 302 else {})

    async with a_server(other) as others:
        address = {"port": port, "public_url": f"http://127.0.0.1:{others}"}
        finding = (await found(sandbox, tmp_path, web=address))["page"]
    assert not finding.ok
    assert f"something else answers at http://127.0.0.1:{others}/app (HTTP {status})" in finding.text


async def test_an_address_at_which_nobody_answers_is_said(sandbox: Sandbox, tmp_path: Path, port: int) -> None:
    with a_reserved_port() as nobodys:
        address = {"port": port, "public_url": f"http://127.0.0.1:{nobodys}"}
        finding = (await found(sandbox, tmp_path, web=address))["page"]
    assert not finding.ok
    assert "cannot be opened from here" in finding.text
    assert "pass /app on" in finding.text


@pytest.fixture
async def certificate(tmp_path: Path) -> Path:
    """Return a file with a key and a certificate for localhost that no system trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is needed to make a certificate")
    made = tmp_path / "certificate.pem"
    wish = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    names = ("-addext", "subjectAltName=DNS:localhost", "-keyout", str(made), "-out", str(tmp_path / "c.pem"))
    process = await asyncio.create_subprocess_exec(openssl, *wish, *names, stderr=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0
    made.write_text(made.read_text() + (tmp_path / "c.pem").read_text())
    return made


@pytest.mark.parametrize(("trusted", "said"), [(True, "/app answers"), (False, "certificate")])
async def test_behind_a_tls_proxy_the_certificate_counts(
    sandbox: Sandbox,
    tmp_path: Path,
    certificate: Path,
    port: int,
    monkeypatch: pytest.MonkeyPatch,
    trusted: bool,
    said: str,
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    async with a_server(passing_on_to(port), tls=tls) as public:
        address = {"port": port, "public_url": f"https://localhost:{public}"}
        finding = (await found(sandbox, tmp_path, web=address))["page"]
    assert (finding.ok, said in finding.text) == (trusted, True)


async def test_the_ticket_for_pages_is_fetched_and_a_refusal_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    assert (await found(sandbox, tmp_path))["page ticket"].text.startswith("granted")
    await sandbox.fault("permission", {"apis": ["jsapiTickets"]})
    findings = await found(sandbox, tmp_path)
    assert [part for part in PARTS if not findings[part].ok] == ["page ticket"]


async def test_the_places_of_attendance_groups_are_read(sandbox: Sandbox, tmp_path: Path) -> None:
    places = {"clock_in": {"sites_from": "dingtalk"}, "sites": []}
    finding = (await found(sandbox, tmp_path, **places))["sites"]
    assert finding.ok
    assert "in the attendance group of" in finding.text
    await sandbox.fault("permission", {"apis": ["/topapi/attendance/group/positions/query"]})
    refused = (await found(sandbox, tmp_path, **places))["sites"]
    assert not refused.ok
    assert "qyapi_attendance_group_read" in refused.text
    nobody = (await found(sandbox, tmp_path, **places, dingtalk={"operator_user_id": None}))["sites"]
    assert (nobody.ok, "operator_user_id" in nobody.text) == (False, True)
