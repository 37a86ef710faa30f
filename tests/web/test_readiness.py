"""The answers of `/readyz` and `/healthz`, and a port that cannot be opened."""

import json
import socket
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest

from bot.errors import OperatorError, StoreRefused
from bot.web.server import WebServer, readiness


class Database:
    """A database that answers or refuses."""

    def __init__(self, *, answers: bool) -> None:
        self._answers = answers

    async def beat(self) -> None:
        if not self._answers:
            raise StoreRefused("disk full")


async def no_figures() -> bytes:
    return b""


def a_server(
    port: int = 0, host: str = "127.0.0.1", *, connected: bool = True, database: bool = True
) -> WebServer:
    stream = cast(Any, SimpleNamespace(connected=connected, trouble="no route"))
    operators = cast(Any, SimpleNamespace(troubles={"signed": "不可用"}))
    report = partial(readiness, cast(Any, Database(answers=database)), stream, operators)
    return WebServer(host, port, report=report, scrape=no_figures)


async def read(session: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, Any]]:
    async with session.get(url) as response:
        text = await response.text()
        assert "\\u" not in text, "an operator reads it without a JSON parser"
        return response.status, json.loads(text)


@pytest.mark.parametrize(("connected", "database"), [(True, True), (False, True), (True, False)])
async def test_a_bot_with_stream_and_database_is_ready(
    session: aiohttp.ClientSession, connected: bool, database: bool
) -> None:
    server = a_server(connected=connected, database=database)
    await server.start()
    try:
        code, report = await read(session, f"{server.url}/readyz")
        ready = connected and database
        assert (code, report["ready"]) == (200 if ready else 503, ready)
        assert report["stream"] == ("connected" if connected else "not connected: no route")
        assert report["database"] == ("answers" if database else "does not answer")
        assert report["troubles"] == {"signed": "不可用"}
        assert await read(session, f"{server.url}/healthz") == (200, {"status": "ok"})
    finally:
        await server.stop()


async def test_a_port_or_host_that_cannot_be_opened_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            OperatorError, match=rf"127\.0\.0\.1:{port} cannot be opened .* another web\.port"
        ):
            await a_server(port).start()
    with pytest.raises(OperatorError, match=r"cannot be opened .* Correct web\.host"):
        await a_server(host="192.0.2.1").start()
