"""The checks of the web port, of the page as phones reach it, and of the sites."""

import asyncio
import errno
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from bot.dingtalk.http import find_proxy
from bot.domain.sites import LocationSource
from bot.errors import ServiceStopped
from bot.platform import DingTalk
from bot.settings import Settings
from bot.web.server import no_port

_PAGE = "location page"
PROBE = "/here/en"  # the page itself, which a running bot serves
PAGE_WITHIN_S, HEALTH_WITHIN_S = 10.0, 2.0
_OF_THE_PAGE = 'id="words"'
_IN_CHAT = {LocationSource.TYPED, LocationSource.NAMED}
_MEND_PROXY = "Let a TLS proxy at web.public_url pass /here/ on to web.host and web.port."


@dataclass(slots=True)
class _Served:
    """What stands at the page's address: the running bot's page, or a stand-in's words; and who called it last."""

    words: str
    caller: str = ""
    forwarded: bool = False


class PageChecks:
    """Checks that return a sentence or raise a BotError."""

    def __init__(self, settings: Settings, dingtalk: DingTalk, *, somebody: str) -> None:
        """Take the user id of `somebody`, to look up an attendance group."""
        self._settings = settings
        self._dingtalk = dingtalk
        self._somebody = somebody

    def all(self) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
        """Return each part with its check."""
        return [(_PAGE, self._page), ("page ticket", self._ticket), ("sites", self._sites)]

    async def _page(self) -> str:
        """See that what is served at `web.port` is what phones find under `web.public_url`."""
        url, rules = self._settings.web.public_url, self._settings.clock_in
        if url is None:
            if rules.location == "required" and _IN_CHAT.isdisjoint(rules.trusted_sources):
                raise ServiceStopped(
                    *(_PAGE, "a position is required, and nobody has a way to give one"),
                    "Set web.public_url, or add typed or named to clock_in.trusted_sources.",
                )
            return "not needed: without web.public_url nobody is given a link"
        if urlsplit(url).port == 0:
            return "not probed: it is at the port that the bot is given"
        async with self._served() as served:
            await _must_show(url + PROBE, served.words)
        if urlsplit(url).scheme == "http":
            return f"{url}{PROBE} answers, to a browser on this machine alone: phones need https"
        return f"{url}{PROBE} answers{self._shared_address(served)}"

    @asynccontextmanager
    async def _served(self) -> AsyncIterator[_Served]:
        """Serve a few words where the page will be; where the port is taken, the running bot's page is there."""
        served = _Served(secrets.token_hex(16))

        async def say(request: web.Request) -> web.Response:
            served.caller, served.forwarded = request.remote or "", "X-Forwarded-For" in request.headers
            return web.Response(text=served.words)

        app = web.Application()
        app.router.add_get(PROBE, say)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, self._settings.web.host, self._settings.web.port).start()
            except OSError:
                served.words = _OF_THE_PAGE
            yield served
        finally:
            await runner.cleanup()

    def _shared_address(self, served: _Served) -> str:
        """Return what to add where the rate limit would take everybody for one."""
        trusted = [ip_network(one) for one in self._settings.web.trusted_proxies]
        if not served.forwarded or any(ip_address(served.caller) in network for network in trusted):
            return ""
        return f"; name its proxy {served.caller} in web.trusted_proxies, else all people share its rate limit"

    async def _ticket(self) -> str:
        """See that DingTalk gives out what the page is signed with inside its client."""
        rules, identity = self._settings.clock_in, self._dingtalk.page_identity
        if identity is None:
            if rules.location == "required" and set(rules.trusted_sources) == {LocationSource.DINGTALK}:
                raise ServiceStopped(
                    *("page ticket", "only DingTalk's positions are taken, and the page cannot ask for any"),
                    "Set dingtalk.agent_id and dingtalk.corp_id.",
                )
            return "not needed: without dingtalk.agent_id the page asks the browser"
        await identity.signature("https://localhost/here/zh")
        return "granted: inside DingTalk's client the page can be signed"

    async def _sites(self) -> str:
        """See that there are sites to compare positions with."""
        if self._settings.clock_in.sites_from == "config":
            count = len(self._settings.sites)
            return f"{count} in the configuration" if count else "none: no position is inside or outside anything"
        if self._settings.dingtalk.operator_user_id is None:
            raise ServiceStopped(
                *("sites", "operator_user_id is missing"),
                "Set dingtalk.operator_user_id: the places of attendance groups need it.",
            )
        reader = self._dingtalk.sites
        group_id = await reader.group_of(self._somebody)
        if group_id is None:
            return f"readable, but {self._somebody} is in no attendance group"
        return f"{len(await reader.sites_of(group_id))} in the attendance group of {self._somebody}"


async def _must_show(url: str, words: str) -> None:
    """Raise ServiceStopped unless `words` are found at `url`."""
    parts = urlsplit(url)
    proxy, tls = find_proxy(_PAGE, parts.scheme, parts.hostname or ""), ssl.create_default_context()
    timeout = aiohttp.ClientTimeout(total=PAGE_WITHIN_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, allow_redirects=False, proxy=proxy, ssl=tls) as response,
        ):
            found, status = words in await response.text(errors="replace"), response.status
    except (aiohttp.ClientError, TimeoutError) as error:
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        why = str(cause) or "no answer in time"
        raise ServiceStopped(_PAGE, f"{url} cannot be opened from here ({why})", _MEND_PROXY) from None
    if not found:
        raise ServiceStopped(_PAGE, f"something else answers at {url} (HTTP {status})", _MEND_PROXY)


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
    timeout = aiohttp.ClientTimeout(total=HEALTH_WITHIN_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return bool(await response.json() == {"status": "ok"})
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
