"""A kept connection that is closed just as we send, and an answer that never ends: what becomes of the call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from yarl import URL

from bot.dingtalk.http import Http
from bot.errors import OutcomeUnknown

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
EMPTY = HEAD + b"Content-Length: 2\r\n\r\n{}"
Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(serve: Served) -> AsyncIterator[Callable[[float], Awaitable[object]]]:
    """Listen, and give what makes one call with a deadline in seconds."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    url, http = URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/call"), Http()
    try:
        yield lambda deadline_s: http.post(url, service="call", data=b"{}", deadline_s=deadline_s)
    finally:
        await http.close()
        server.close()
        await server.wait_closed()


async def a_request(reader: asyncio.StreamReader) -> None:
    """Read one request to its end."""
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(2)


async def test_a_kept_connection_closed_just_as_we_send_leaves_the_outcome_unknown_and_nothing_goes_again() -> (
    None
):
    connections: list[int] = []

    async def once_and_then_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        await a_request(reader)
        connections[-1] += 1
        writer.write(EMPTY)
        await a_request(reader)
        connections[-1] += 1

    async with served(once_and_then_closed) as call:
        await call(60)
        with pytest.raises(OutcomeUnknown):
            await call(60)
    assert connections == [2]


async def test_an_answer_that_trickles_is_given_up_at_the_deadline_with_its_outcome_unknown() -> None:
    trickled = 0

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal trickled
        await a_request(reader)
        writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            trickled += 1
            await asyncio.sleep(0)  # never long enough without a byte to look dead

    async with served(trickle) as call, asyncio.timeout(60):
        with pytest.raises(OutcomeUnknown):
            await call(1.0)
    assert trickled > 3
