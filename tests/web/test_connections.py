"""Connections that ask for nothing: bounded in number and in time, so that the bot keeps its file handles."""

import asyncio
import json
import logging
import resource
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.web.connections import SHARE, HttpConnection, Limits, Room, most_connections
from bot.web.headers import SECURITY
from tests.company import a_company
from tests.web.test_guards import Seconds
from tests.web.test_page_attacks import raw_answer
from tests.web.test_readiness_answers import a_server
from tests.web.visiting import FaultyLinks, a_phone

HALF = b"POST /here/open HTTP/1.1\r\nHost: x\r\n"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LOOPBACK = ip_network("127.0.0.0/8")


@asynccontextmanager
async def served(limits: Limits) -> AsyncIterator[str]:
    server = a_server(limits=limits)
    await server.start()
    try:
        yield server.url
    finally:
        await server.stop()


async def connected(url: str, sent: bytes = HALF) -> tuple[StreamReader, StreamWriter]:
    """Open a connection and send something; its end is the caller's."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(sent)
    await writer.drain()
    return reader, writer


async def ends(reader: StreamReader) -> bytes:
    """Return what still came until the server closed the connection, which it must."""
    async with asyncio.timeout(30):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def first_line(reader: StreamReader) -> bytes:
    """Return how an answer begins."""
    async with asyncio.timeout(30):
        return await reader.readline()


@pytest.mark.parametrize("sent", [b"", HALF])
async def test_who_does_not_ask_in_time_is_hung_up_on(sent: bytes) -> None:
    async with served(Limits(most=8, head_s=0.05, idle_s=600)) as url:
        reader, writer = await connected(url, sent)
        assert await ends(reader) == b""
        writer.close()


@pytest.mark.parametrize("sent", [b"", HALF])
async def test_who_asks_once_and_no_more_is_hung_up_on(sent: bytes) -> None:
    async with served(Limits(most=8, head_s=600, idle_s=0.2)) as url:
        reader, writer = await connected(url, WHOLE + sent)
        assert (await ends(reader)).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_who_begins_to_ask_again_and_halts_is_hung_up_on() -> None:
    async with served(Limits(most=8, head_s=0.2, idle_s=600)) as url:
        reader, writer = await connected(url, WHOLE)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(HALF)
        await ends(reader)
        writer.close()


BODY = b"POST /here/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize("asked", [WHOLE, BODY, WHOLE + BODY])
@pytest.mark.parametrize("more", [HALF, b"G"])
async def test_who_sends_half_a_head_with_a_request_is_hung_up_on_as_soon(asked: bytes, more: bytes) -> None:
    async with served(Limits(most=8, head_s=0.2, idle_s=600)) as url:
        reader, writer = await connected(url, asked + more)
        assert (await ends(reader)).startswith(b"HTTP/1.1 ")
        writer.close()


@pytest.mark.parametrize("asked", [WHOLE, BODY])
async def test_who_has_asked_all_there_is_may_be_silent_for_longer(asked: bytes) -> None:
    async with served(Limits(most=8, head_s=0.05, idle_s=0.6)) as url:
        reader, writer = await connected(url, asked[:-5])
        writer.write(asked[-5:])
        await first_line(reader)
        since = asyncio.get_running_loop().time()
        await ends(reader)
        assert asyncio.get_running_loop().time() - since > 0.4
        writer.close()


async def test_of_one_address_the_connection_that_waits_longest_makes_room() -> None:
    async with served(Limits(most=8, head_s=600)) as url:
        held = [await connected(url) for _ in range(5)]
        reader, writer = await connected(url, WHOLE)
        assert (await first_line(reader)).startswith(b"HTTP/1.1 200")
        for old, _ in held[:2]:
            assert await ends(old) == b""
        assert not any(young.at_eof() for young, _ in held[2:])
        for _, open_one in [*held, (reader, writer)]:
            open_one.close()


async def test_a_trusted_proxy_has_all_the_room_and_no_more() -> None:
    async with served(Limits(most=8, head_s=600, proxies=[LOOPBACK])) as url:
        held = [await connected(url) for _ in range(20)]
        reader, writer = await connected(url, WHOLE)
        assert (await first_line(reader)).startswith(b"HTTP/1.1 200")
        for old, _ in held[:13]:
            assert await ends(old) == b""
        assert not any(young.at_eof() for young, _ in held[13:])
        for _, open_one in [*held, (reader, writer)]:
            open_one.close()


class Visitor:
    """A connection that notes when it is dropped."""

    dropped = False

    def __init__(self, room: Room) -> None:
        self._room = room

    def drop(self) -> None:
        self.dropped = True
        self._room.leave(as_connection(self))


def as_connection(visitor: Visitor) -> HttpConnection:
    return cast(Any, visitor)


def test_whoever_is_being_answered_is_not_sent_away_and_a_full_room_takes_nobody() -> None:
    room = Room(Limits(most=8), Seconds())
    working = [Visitor(room) for _ in range(8)]
    for n, visitor in enumerate(working):
        assert room.enter(as_connection(visitor), f"10.0.0.{n}")
    late = Visitor(room)
    assert not room.enter(as_connection(late), "10.0.0.99")
    room.waits(as_connection(working[5]))
    assert room.enter(as_connection(late), "10.0.0.99")
    assert [visitor.dropped for visitor in working] == [n == 5 for n in range(8)]
    assert len(room) == 8


def test_the_addresses_of_one_line_count_as_one_also_where_they_are_of_ipv6() -> None:
    room = Room(Limits(most=4), Seconds())
    assert room.enter(as_connection(Visitor(room)), "2001:db8::1")
    assert room.enter(as_connection(Visitor(room)), "2001:db8::2")
    assert not room.enter(as_connection(Visitor(room)), "2001:db8::3")
    assert room.enter(as_connection(Visitor(room)), "2001:db8:0:1::1")
    assert len(room) == 3


def test_who_was_dropped_while_being_answered_makes_no_room_a_second_time() -> None:
    room = Room(Limits(most=2), Seconds())
    first = Visitor(room)
    assert room.enter(as_connection(first), "10.0.0.1")
    first.drop()
    room.waits(as_connection(first))
    assert room.enter(as_connection(Visitor(room)), "10.0.0.1")
    assert not room.enter(as_connection(Visitor(room)), "10.0.0.1")


def test_that_there_was_no_room_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    seconds = Seconds()
    room = Room(Limits(most=2), seconds)
    for second in range(130):
        seconds.now = second
        for _ in range(50):
            visitor = as_connection(Visitor(room))
            room.enter(visitor, "10.0.0.1")
            room.waits(visitor)
    said = [record.args for record in caplog.records]
    assert said == [(1,), (2999,), (3000,)]


def test_most_file_handles_are_left_to_the_bot() -> None:
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert handles == resource.RLIM_INFINITY or most_connections() * SHARE <= max(handles, SHARE * SHARE)
    assert Limits().each < most_connections()


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "error"),
    [
        ("GET", "healthz", 0, 200, None),
        ("GET", "metrics", 0, 200, None),
        ("GET", "here/en", 0, 200, None),
        ("GET", "here/here.js", 0, 200, None),
        ("GET", "nothing", 0, 404, "nothing"),
        ("GET", "here/punch", 0, 405, "method"),
        ("POST", "here/punch", 5_000, 413, "bad"),
        ("POST", "here/punch", 70_000, 413, "bad"),
        ("POST", "here/open", 10, 500, "unknown"),
    ],
)
async def test_every_answer_has_the_headers_and_none_says_what_serves_it(
    tmp_path: Path,
    session: aiohttp.ClientSession,
    method: str,
    path: str,
    sent: int,
    status: int,
    error: str | None,
) -> None:
    mistake = FaultyLinks("known", RuntimeError("a mistake of ours"))
    async with a_company(tmp_path, clock_in={"location": "required"}, open_store=mistake.open_store) as company:
        phone = await a_phone(company, session)
        body = json.dumps({"token": phone.token, "device": phone.device, "more": "a" * sent})
        asks = {"Origin": phone.origin, "Content-Type": "application/json"}
        url = f"{phone.origin}/{path}"
        async with session.request(method, url, data=body if sent else None, headers=asks) as answer:
            assert answer.status == status
            assert "Server" not in answer.headers
            assert answer.headers.keys() >= SECURITY.keys()
            if error is not None:
                assert await answer.json() == {"error": error}


async def test_a_request_that_is_none_is_answered_like_any_other_error(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        answer = await raw_answer(company, "GET /healthz HTTP/1.1\nHost: x\nbad header")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.split(b" ", 2)[1] == b"400"
        assert b"\r\nserver:" not in head.lower()
        assert all(f"\r\n{name}: ".encode() in head for name in SECURITY)
        assert json.loads(body) == {"error": "bad"}
