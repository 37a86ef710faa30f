"""A proxy that cuts connections to PostgreSQL at a chosen moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class CuttingProxy:
    """Forwards everything until a test cuts the connection at a COMMIT."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._cut_before: bool | None = None
        self._wait = True
        self.cuts = 0
        self.port = 0

    def cut_at_commit(self, *, before: bool, wait: bool = True) -> None:
        """Cut the connection at the next COMMIT: before the server gets it, or before it answers.

        Without `wait` the cut comes while the server still works.
        """
        self._cut_before, self._wait = before, wait

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        back = asyncio.create_task(self._answers(up_reader, writer))
        try:
            while data := await reader.read(65_536):
                if b"COMMIT" in data and self._cut_before is not None:
                    await self._cut(data, back, up_reader, up_writer)
                    break
                up_writer.write(data)
        finally:
            back.cancel()
            for end in (writer, up_writer):
                end.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _cut(
        self,
        data: bytes,
        back: asyncio.Task[None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        back.cancel()
        with suppress(asyncio.CancelledError):
            await back
        if not self._cut_before:
            writer.write(data)
            await writer.drain()
        if not self._cut_before and self._wait:
            assert await reader.read(65_536)  # committed, without an answer to the client
        self._cut_before = None
        self.cuts += 1

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()


@asynccontextmanager
async def cutting_proxy(server_port: int) -> AsyncIterator[CuttingProxy]:
    """Run a proxy in front of the server."""
    proxy = CuttingProxy(server_port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
