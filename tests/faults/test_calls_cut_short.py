"""Calls on a connection that closes as we send, and an answer that never ends."""

import asyncio

import pytest
from yarl import URL

from bot.dingtalk.http import Http
from bot.errors import OutcomeUnknown
from tests.waiting import LONGEST_S

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize("how", ["closed", "trickles"])
async def test_a_call_cut_short_is_unknown_and_not_repeated(how: str) -> None:
    connections: list[int] = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        for answer in (HEAD + b"Content-Length: 2\r\n\r\n{}", b""):
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            connections[-1] += 1
            writer.write(answer)
        if how == "trickles":
            writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
        while how == "trickles" and not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0)  # a byte each time, so that only the total time can end it
        writer.close()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url, http = URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/call"), Http()
    try:
        await http.post("call", url, {}, deadline_s=LONGEST_S)
        with pytest.raises(OutcomeUnknown):
            await http.post("call", url, {}, deadline_s=0.3 if how == "trickles" else LONGEST_S)
    finally:
        await http.close()
        server.close()
        await asyncio.wait_for(ended.wait(), LONGEST_S)
    assert connections == [2]
