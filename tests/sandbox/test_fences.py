"""The limits of the sandbox: loopback only, no pages of other sites."""

import socket

import pytest

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller


async def test_the_sandbox_listens_on_loopback_only(sandbox: Sandbox) -> None:
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


async def test_the_page_is_small_and_self_contained(caller: Caller) -> None:
    files = [f"_sandbox/page/{name}" for name in ("style.css", "app.js", "markdown.js", "icon.svg")]
    texts = [str((await caller.get(f"/{name}"))[1]) for name in ("", *files)]
    assert not any(
        word in text.replace("http://www.w3.org", "")
        for text in texts
        for word in ("innerHTML", "http://", "https://")
    )
    assert sum(map(len, texts)) < 30_000
