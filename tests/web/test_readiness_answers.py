"""What `/readyz` and `/healthz` answer to whoever sends traffic here or restarts us."""

import json
import socket
from asyncio import to_thread
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry

from bot.domain.deliveries import APPROVE_CHECK
from bot.errors import OperatorError, StoreRefused
from bot.web.readiness import Readiness, Sources
from bot.web.server import WebServer


@dataclass
class Deliveries:
    """What waits for each target; a target without any has no row."""

    counts: dict[str, int] = field(default_factory=dict)

    async def waiting(self) -> Mapping[str, int]:
        return dict(self.counts)


@dataclass
class Store:
    """A database that answers or refuses."""

    answers: bool
    deliveries: Deliveries = field(default_factory=Deliveries)

    async def ping(self) -> None:
        if not self.answers:
            raise StoreRefused("disk full")


def a_readiness(store: Store, registry: CollectorRegistry, *, connected: bool = True) -> Readiness:
    sources = Sources(
        connected=lambda: connected,
        stream_trouble=lambda: "no route",
        stream_counts=dict,
        messages_in_hand=lambda: 0,
        deliveries_in_hand=lambda: 0,
        troubles=lambda: {"signed": "gone"},
        restarts=dict,
        people_known=lambda: 0,
    )
    return Readiness(store, sources, registry)  # type: ignore[arg-type]


def a_server(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    connected: bool = True,
    database: bool = True,
) -> WebServer:
    registry = CollectorRegistry()
    readiness = a_readiness(Store(database), registry, connected=connected)
    return WebServer(host, port, readiness, registry)


@asynccontextmanager
async def served(*, connected: bool, database: bool) -> AsyncIterator[str]:
    server = a_server(connected=connected, database=database)
    await server.start()
    try:
        yield server.url
    finally:
        await server.stop()


def _get(url: str, path: str) -> tuple[int, dict[str, Any]]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.load(answer)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("connected", "database", "status"),
    [(True, True, 200), (False, True, 503), (True, False, 503), (False, False, 503)],
)
async def test_only_a_bot_that_hears_and_can_write_is_ready(connected: bool, database: bool, status: int) -> None:
    async with served(connected=connected, database=database) as url:
        code, report = await to_thread(_get, url, "/readyz")
        assert (code, report["ready"]) == (status, status == 200)
        assert report["stream"] == ("connected" if connected else "not connected: no route")
        assert report["database"] == ("answers" if database else "does not answer")
        assert report["troubles"] == {"signed": "gone"}


async def test_a_bot_that_is_not_ready_lives_all_the_same() -> None:
    async with served(connected=False, database=False) as url:
        assert await to_thread(_get, url, "/healthz") == (200, {"status": "ok"})


async def test_a_port_that_another_program_has_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            OperatorError, match=rf"127\.0\.0\.1:{port} cannot be opened .* choose another web\.port"
        ):
            await a_server(port=port).start()


async def test_the_figure_of_punches_that_wait_goes_back_to_none_and_counts_no_marks() -> None:
    store, registry = Store(answers=True), CollectorRegistry()
    readiness = a_readiness(store, registry)

    def waiting(target: str) -> float | None:
        return registry.get_sample_value("clock_in_bot_punches_waiting", {"target": target})

    store.deliveries.counts = {"signed": 3, APPROVE_CHECK: 2}
    await readiness.refresh()
    assert (waiting("signed"), waiting(APPROVE_CHECK)) == (3, None)
    store.deliveries.counts = {"record_upload": 1}
    await readiness.refresh()
    assert (waiting("signed"), waiting("record_upload")) == (0, 1)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_an_address_that_is_not_this_machines_is_told_with_what_to_do(host: str) -> None:
    with pytest.raises(OperatorError, match=r"no such address: mend web\.host"):
        await a_server(host).start()
