"""`/healthz`, `/readyz`, `/metrics`, the page and the API."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import CONTENT_TYPE_LATEST

from bot.dingtalk.stream import StreamClient
from bot.errors import OperatorError, StoreRefused
from bot.services.speaking import Operators
from bot.storage.database import Database
from bot.web.api.door import ApiDoor
from bot.web.h5 import Page

PING_S = 2.0
MOST_BYTES = 4096  # of the body of a call
FINISH_S = 0.3  # for open requests when the server stops
IDLE_S = 130.0  # longer than proxies keep an idle connection, so that they close it first


def _is_ours(record: logging.LogRecord) -> bool:
    """Return whether to log an error.

    A broken request stays out: it may hold a code and come often.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


_requests = logging.getLogger(f"{__name__}.requests")
_requests.addFilter(_is_ours)


class WebServer:
    """Serves health, metrics, `page` and `api` on one address."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        report: Callable[[], Awaitable[dict[str, Any]]],
        scrape: Callable[[], Awaitable[bytes]],
    ) -> None:
        """Take the contents of `/readyz` and `/metrics`."""
        self._host = host
        self._port = port
        self._report = report
        self._scrape = scrape
        self.page: Page | None = None
        self.api: ApiDoor | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Return the address, with the real port where the configuration has port 0."""
        if self._runner is None or not self._runner.addresses:
            return ""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Begin to serve. Raises OperatorError when the address is not available."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        if self.page is not None:
            app.add_routes(self.page.routes())
            app.on_shutdown.append(self.page.end_boards)
        if self.api is not None:
            app.add_routes(self.api.routes())
        # No access log: addresses hold codes.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_requests,
            shutdown_timeout=FINISH_S,
            keepalive_timeout=IDLE_S,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self.stop()
            raise OperatorError(
                f"web: {self._host}:{self._port} cannot be opened ({error.strerror}). "
                f"Correct web.host, or choose another web.port."
            ) from None

    async def stop(self) -> None:
        """Stop serving."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _healthz(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, request: web.Request) -> web.Response:
        report = await self._report()
        text = json.dumps(report, ensure_ascii=False)
        return web.json_response(text=text, status=200 if report["ready"] else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(
            body=await self._scrape(), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


async def readiness(
    database: Database, stream: StreamClient, operators: Operators
) -> dict[str, Any]:
    """Return each part's state; `ready` when the stream is connected and the database answers."""
    try:
        async with asyncio.timeout(PING_S):
            await database.beat()
        answers = True
    except (StoreRefused, TimeoutError):
        answers = False
    return {
        "ready": stream.connected and answers,
        "stream": "connected"
        if stream.connected
        else f"not connected: {stream.trouble or 'connecting'}",
        "database": "answers" if answers else "does not answer",
        "troubles": operators.troubles,
    }
