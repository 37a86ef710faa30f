"""`/healthz`, `/readyz`, `/metrics`, and the page for a position."""

import asyncio
import errno
import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.errors import OperatorError
from bot.web.connections import HttpConnection, Limits, Room, count_waiting
from bot.web.headers import answer_errors, harden
from bot.web.location import LocationPage
from bot.web.readiness import Readiness

log = logging.getLogger(__name__)

FINISH_S = 0.3  # for requests in hand when it stops
BACKLOG = 64  # connections that are taken in before any of them is looked at


class OwnErrors(logging.Filter):
    """Leaves out what is wrong with others' requests: a broken one may hold a token, and a flood fills disks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is about a mistake of ours."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


_requests = logging.getLogger(f"{__name__}.requests")
_requests.addFilter(OwnErrors())


class WebServer:
    """Serves health, metrics and `page` on one address."""

    def __init__(
        self,
        host: str,
        port: int,
        readiness: Readiness,
        registry: CollectorRegistry,
        *,
        limits: Limits | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._readiness = readiness
        self._registry = registry
        self.page: LocationPage | None = None
        self._limits = limits or Limits()
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Return the address that is being served, with the port that was given out for port 0."""
        if self._listening is None or not self._listening.sockets:
            return ""
        host, port = self._listening.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Begin to serve. Raises OperatorError when the address cannot be had."""
        app = web.Application(client_max_size=64 * 1024, middlewares=[count_waiting, answer_errors])
        app.on_response_prepare.append(harden)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        if self.page is not None:
            app.add_routes(self.page.routes())
        self._runner = web.AppRunner(app, access_log=None, logger=_requests, shutdown_timeout=FINISH_S)
        await self._runner.setup()
        server, loop = self._runner.server, asyncio.get_running_loop()
        assert server is not None, "it is set up"
        room = Room(self._limits, loop.time)
        try:
            self._listening = await loop.create_server(
                lambda: HttpConnection(server, room, _requests), self._host, self._port, backlog=BACKLOG
            )
        except OSError as error:
            await self.stop()
            raise no_port(self._host, self._port, error) from None

    async def stop(self) -> None:
        """Stop serving."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _healthz(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, request: web.Request) -> web.Response:
        report = await self._readiness.report()
        return web.json_response(report, status=200 if report["ready"] else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        await self._readiness.refresh()
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def no_port(host: str, port: int, error: OSError) -> OperatorError:
    """Return what to tell an operator of an address that cannot be opened."""
    return OperatorError(f"web: {host}:{port} cannot be opened ({error.strerror}). {_remedy(error)}")


def _remedy(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "Another program has it: choose another web.port."
        case errno.EACCES:
            return "This user may not open it: choose a web.port above 1023."
    return "This machine has no such address: mend web.host."
