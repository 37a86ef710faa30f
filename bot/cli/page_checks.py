"""The checks of the web port, of the page as phones reach it, and of the sites."""

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiohttp import web
from yarl import URL

from bot.dingtalk.http import find_proxy
from bot.domain.sites import LocationSource
from bot.errors import ServiceStopped
from bot.platform import DingTalk
from bot.settings import Settings
from bot.web.h5 import PATH
from bot.web.server import no_port

_PAGE = "page"
_WITHIN = aiohttp.ClientTimeout(total=10.0)
_MARK = 'id="config"'
_IN_CHAT = {LocationSource.TYPED, LocationSource.NAMED}
_MEND_PROXY = "Let a TLS proxy at web.public_url pass /app on to web.host and web.port."


async def check_page(settings: Settings) -> str:
    """See that the page, before the bot runs a stand-in, is at `web.public_url`. Raises ServiceStopped."""
    url, rules = settings.web.public_url, settings.clock_in
    if url is None:
        if rules.location == "required" and _IN_CHAT.isdisjoint(rules.trusted_sources):
            why = "a position is required, and nobody has a way to give one"
            raise ServiceStopped(
                _PAGE, why, "Set web.public_url, or add typed or named to clock_in.trusted_sources."
            )
        return "not needed: without web.public_url there is none"
    if settings.web.port == 0:
        return "not probed: it is at the port that the bot is given"
    there = URL(f"{url}{PATH}")
    proxy, tls = find_proxy(_PAGE, there.scheme, there.host or ""), ssl.create_default_context()
    try:
        async with (
            _served(settings.web.host, settings.web.port),
            aiohttp.ClientSession(timeout=_WITHIN) as session,
            session.get(there, allow_redirects=False, proxy=proxy, ssl=tls) as response,
        ):
            found, status = _MARK in await response.text(errors="replace"), response.status
    except (aiohttp.ClientError, TimeoutError) as error:
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        why = f"{there} cannot be opened from here ({str(cause) or 'no answer in time'})"
        raise ServiceStopped(_PAGE, why, _MEND_PROXY) from None
    if not found:
        raise ServiceStopped(_PAGE, f"something else answers at {there} (HTTP {status})", _MEND_PROXY)
    return f"{there} answers" + ("" if there.scheme == "https" else ", to a browser on this machine alone")


@asynccontextmanager
async def _served(host: str, port: int) -> AsyncIterator[None]:
    """Serve a stand-in where the page will be; the port is taken where the bot runs."""

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=_MARK)

    app = web.Application()
    app.router.add_get(PATH, show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        with suppress(OSError):
            await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


async def check_ticket(settings: Settings, dingtalk: DingTalk) -> str:
    """See that DingTalk gives out what the page is signed with inside its client. Raises BotError."""
    signature = await dingtalk.page_identity.signature(f"https://localhost{PATH}")
    if signature is not None:
        return "granted: inside DingTalk's client the page can be signed"
    rules = settings.clock_in
    if rules.location == "required" and set(rules.trusted_sources) == {LocationSource.DINGTALK}:
        raise ServiceStopped(
            *("page ticket", "only DingTalk's positions are taken, and the page cannot ask for any"),
            "Set dingtalk.agent_id and dingtalk.corp_id.",
        )
    return "not needed: without dingtalk.agent_id the page asks the browser"


async def check_sites(settings: Settings, dingtalk: DingTalk, somebody: str) -> str:
    """See that there are sites to compare positions with; `somebody` is a user id to look up. Raises BotError."""
    if settings.clock_in.sites_from == "config":
        count = len(settings.sites)
        return f"{count} in the configuration" if count else "none: no position is inside or outside anything"
    if settings.dingtalk.operator_user_id is None:
        raise ServiceStopped(
            *("sites", "operator_user_id is missing"),
            "Set dingtalk.operator_user_id: the places of attendance groups need it.",
        )
    group_id = await dingtalk.sites.group_of(somebody)
    if group_id is None:
        return f"readable, but {somebody} is in no attendance group"
    return f"{len(await dingtalk.sites.sites_of(group_id))} in the attendance group of {somebody}"


async def free_port(host: str, port: int) -> str:
    """Say that `host` and `port` can be had, or that a running bot has them. Raises OperatorError for neither."""
    try:
        opened = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and await _is_ours(host, port):
            return f"{host}:{port} is served by a bot that runs"
        raise no_port(host, port, error) from None
    opened.close()
    return f"{host}:{port} is free"


async def _is_ours(host: str, port: int) -> bool:
    """Tell whether what listens there answers as a bot does."""
    url = f"http://[{host}]:{port}/healthz" if ":" in host else f"http://{host}:{port}/healthz"
    try:
        async with aiohttp.ClientSession(timeout=_WITHIN) as session, session.get(url) as response:
            return bool(await response.json() == {"status": "ok"})
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
