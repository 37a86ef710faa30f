"""The fences around the sandbox: loopback only, no shared code, no other site's pages, no secret in a log."""

import logging
import socket

import aiohttp
import pytest

from bot.sandbox import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import ScriptedBot


async def test_it_listens_on_loopback_only(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rsplit(":", 1)[1])
    with socket.create_server(("127.0.0.2", port)):
        pass  # would be in use if the sandbox listened on every address

    assert sandbox.url == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
@pytest.mark.parametrize("path", ["/", "/_sandbox/people", "/_sandbox/transcript?user_id=user001"])
async def test_other_sites_cannot_reach_the_page_or_the_controls(
    caller: Caller, path: str, headers: dict[str, str]
) -> None:
    status, _ = await caller.get(path, headers=headers)

    assert status == 403


async def test_the_page_is_small_self_contained_and_under_a_strict_policy(sandbox: Sandbox) -> None:
    total = 0
    async with aiohttp.ClientSession() as http:
        for name in ("", *(f"_sandbox/page/{one}" for one in ("style.css", "app.js", "markdown.js", "icon.svg"))):
            async with http.get(f"{sandbox.url}/{name}") as answer:
                text = await answer.text()
                policy = answer.headers["Content-Security-Policy"]
            total += len(text.encode())
            assert answer.status == 200 and "innerHTML" not in text
            assert "default-src 'none'" in policy and "unsafe" not in policy
            assert not any(
                f"{scheme}//" in text.replace("http://www.w3.org", "") for scheme in ("http:", "https:")
            )

    assert total < 40_000


async def test_no_secret_reaches_a_log(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with ScriptedBot(sandbox.url, answer=lambda message: "hello") as bot:
        await sandbox.ask("user001", "hi")
        await sandbox.fault("drop")
        await bot.closed()

    records = [record for record in caplog.records if record.name.startswith("bot.sandbox")]
    assert records and not any(
        "ticket" in line or "session=" in line for line in map(logging.LogRecord.getMessage, records)
    )
