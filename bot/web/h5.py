"""The page `/app`: its files, DingTalk's logins, and the calls that its script makes."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.clock import Clock
from bot.dingtalk.page_identity import PageIdentity
from bot.domain.people import Employee
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.i18n import LANGUAGES, Texts, catalogue
from bot.services.organisation.directory import Directory
from bot.settings import Settings
from bot.views.reply import Language
from bot.web.board import Board
from bot.web.desk import Answer, PunchDesk
from bot.web.fixes import BadRequest, read_body, read_code, read_direction, read_given, read_key
from bot.web.guards import Gate
from bot.web.sessions import Session, Sessions, comes_from_the_page

log = logging.getLogger(__name__)

MOST_BYTES = 4096
PATH = "/app"
USER_HEADER = "X-Page-User"  # whom the page shows: a tab that was left open acts for nobody else
_VENDOR_SCRIPT = "dingtalk-jsapi.js"
_FILES = {
    "app.js": "text/javascript",
    "board.js": "text/javascript",
    "client.js": "text/javascript",
    "app.css": "text/css",
    _VENDOR_SCRIPT: "text/javascript",
}
# The proxy of deploy/Caddyfile adds the headers that concern the whole site.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One call by a person who is known."""

    who: Employee
    session: Session
    body: Mapping[str, Any]
    texts: Texts


class _NotNow(Exception):
    """The call is refused with an HTTP status and a word for the page."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class Page:
    """Nothing of the page is logged, cached, framed or called by other pages."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        texts: Callable[[Language], Texts],
        *,
        identity: PageIdentity,
        directory: Directory,
        desk: PunchDesk,
        board: Board,
        gate: Gate,
        body_s: float,
    ) -> None:
        """`body_s` is how many seconds the body of a call may take."""
        self._settings = settings
        self._texts = texts
        self._identity = identity
        self._directory = directory
        self._gate = gate
        self._body_s = body_s
        self._url = settings.web.public_url or ""
        self._parts = urlsplit(self._url)
        secret = settings.dingtalk.client_secret.get_secret_value()
        secure = self._parts.scheme == "https"
        self._sessions = Sessions(secret, clock, path=self._parts.path + PATH, secure=secure)
        page, vendor = files("bot.web") / "page", files("bot.web") / "vendor"
        self._html = (page / "app.html").read_text(encoding="utf-8")
        folders = {name: vendor if name == _VENDOR_SCRIPT else page for name in _FILES}
        self._files = {name: (folder / name).read_text(encoding="utf-8") for name, folder in folders.items()}
        self._calls: dict[str, Callable[[Visit], Awaitable[Answer]]] = {
            "day": lambda visit: desk.day(visit.who, visit.texts),
            "week": lambda visit: desk.week(visit.who, visit.texts),
            "look": lambda visit: desk.look(visit.who, _given(visit)),
            "punch": lambda visit: desk.tap(
                visit.who, read_key(visit.body), _given(visit), read_direction(visit.body), visit.texts
            ),
            "board": lambda visit: board.show(visit.who, visit.body, visit.texts),
            "nudge": lambda visit: board.nudge(visit.who, visit.body, visit.texts),
        }

    def routes(self) -> list[web.RouteDef]:
        """Return the routes: the page, its files, the logins, and what its script calls."""
        return [
            web.get(PATH, self._show),
            *(web.get(f"{PATH}/{name}", self._serve_file) for name in _FILES),
            web.get(f"{PATH}/login", self._begin_login),
            web.get(f"{PATH}/back", self._end_login),
            web.post(f"{PATH}/enter", self._guarded(self._enter)),
            web.post(f"{PATH}/leave", self._guarded(self._leave)),
            *(web.post(f"{PATH}/{name}", self._guarded(self._call)) for name in self._calls),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        language = self._language(request)
        every = catalogue(language).items()
        words = {key.removeprefix("page."): text for key, text in every if key.startswith("page.")}
        app = self._settings.dingtalk
        config = {"corpId": app.corp_id, "clientId": app.client_id, "words": words}
        html = self._html.replace("{{lang}}", language)
        for place in ("title", "noscript"):
            html = html.replace(f"{{{{{place}}}}}", words[place])
        html = html.replace("{{config}}", json.dumps(config, ensure_ascii=False).replace("<", "\\u003c"))
        return web.Response(text=html, content_type="text/html", headers=_HEADERS)

    async def _serve_file(self, request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        return web.Response(text=self._files[name], content_type=_FILES[name], headers=_HEADERS)

    # Logins.

    async def _begin_login(self, request: web.Request) -> web.Response:
        """Send another browser than DingTalk's client to DingTalk's login."""
        response = web.Response(status=302, headers=_HEADERS)
        state = self._sessions.begin_login(response)
        url = self._identity.login_url(f"{self._base(request)}{PATH}/back", state)
        there = urlsplit(url)
        if there.netloc == self._parts.netloc:  # the demo: on one port, under whatever name the browser knows it
            url = there._replace(scheme="", netloc="").geturl()
        response.headers["Location"] = url
        return response

    async def _end_login(self, request: web.Request) -> web.Response:
        """Take the code of that login, in the browser that began it, and show the page."""
        error = ""
        response = web.Response(status=302, headers=_HEADERS)
        try:
            address = self._admit(request)
            if not self._sessions.ends_login(request):
                raise _NotNow(403, "login")
            code = read_code(request.query.get("authCode") or request.query.get("code"))
            user_id = await self._identified(self._identity.user_id_of_login(code), address)
            self._sessions.begin(response, Session(user_id, in_client=False))
        except BadRequest:
            error = "?error=login"
        except _NotNow as refused:
            error = f"?error={refused.error}"
        response.headers["Location"] = f"{self._parts.path}{PATH}{error}"
        self._sessions.forget_login(response)
        return response

    async def _enter(self, request: web.Request, body: Mapping[str, Any]) -> web.Response:
        """Begin a session with a code of DingTalk's client; sign the page for its positions."""
        address = self._gate.address_of(request)
        user_id = await self._identified(self._identity.user_id_of(read_code(body.get("code"))), address)
        response = self._json({"sign": await self._sign(request, body.get("url")), "user_id": user_id})
        self._sessions.begin(response, Session(user_id, in_client=True))
        return response

    async def _identified(self, asking: Awaitable[str | None], address: str) -> str:
        """Return whom DingTalk names, somebody of the organisation."""
        if not self._gate.lets_log_in(address):
            asking.close()  # type: ignore[attr-defined]
            raise _NotNow(429, "busy")
        try:
            user_id = await asking
            known = None if user_id is None else await self._directory.person(user_id)
        except (UpstreamError, OperatorError, TimeoutError) as error:
            log.warning("who is at the page could not be asked: %s", error)
            raise _NotNow(503, "identity") from None
        if user_id is None or known is None:
            self._gate.failed(address)
            raise _NotNow(403, "login")
        return user_id

    async def _sign(self, request: web.Request, url: object) -> Mapping[str, object] | None:
        """Return what `dd.config` needs for our own page; None where positions come from the browser."""
        ours = f"{self._base(request)}{PATH}"
        if not isinstance(url, str) or url.partition("?")[0] != ours:
            return None
        try:
            signed = await self._identity.signature(url)
        except (UpstreamError, OperatorError) as error:
            log.warning("the page could not be signed, so that it asks the browser: %s", error)
            return None
        return None if signed is None else signed.as_json()

    async def _leave(self, request: web.Request, body: Mapping[str, Any]) -> web.Response:
        response = self._json({})
        self._sessions.end(response)
        return response

    # Calls.

    async def _call(self, request: web.Request, body: Mapping[str, Any]) -> web.Response:
        session = self._sessions.of(request)
        who = None if session is None else self._directory.employee(session.user_id)
        shown = request.headers.get(USER_HEADER)
        if session is None or who is None or shown not in ("", who.user_id):
            raise _NotNow(401, "session")
        if not self._gate.lets_use(who.user_id):
            raise _NotNow(429, "busy")
        name = request.path.rpartition("/")[2]
        visit = Visit(who, session, body, self._texts(self._language(request)))
        return self._json(await self._calls[name](visit))

    def _guarded(
        self, answer: Callable[[web.Request, Mapping[str, Any]], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Return a handler of a call: from our page alone, within the limits, its body read strictly."""

        async def serve(request: web.Request) -> web.Response:
            try:
                self._admit(request)
                if not comes_from_the_page(request.headers, request.host, self._url):
                    raise _NotNow(403, "origin")
                if request.content_type != "application/json" or "Content-Encoding" in request.headers:
                    raise _NotNow(415, "bad")
                if (request.content_length or 0) > MOST_BYTES:
                    raise _NotNow(413, "bad")
                async with asyncio.timeout(self._body_s):
                    raw = await request.content.read(MOST_BYTES + 1)
                    while len(raw) <= MOST_BYTES and (more := await request.content.read(MOST_BYTES)):
                        raw += more
                if len(raw) > MOST_BYTES:
                    raise _NotNow(413, "bad")
                return await answer(request, read_body(raw))
            except BadRequest:
                return self._json({"error": "bad"}, 400)
            except TimeoutError:
                return self._json({"error": "bad"}, 408)
            except _NotNow as refused:
                return self._json({"error": refused.error}, refused.status)
            except StoreRefused:
                return self._json({"error": "unknown"}, 503)

        return serve

    def _admit(self, request: web.Request) -> str:
        """Return the caller's address, counted."""
        address = self._gate.address_of(request)
        if not self._gate.lets_in(address):
            raise _NotNow(429, "busy")
        return address

    def _base(self, request: web.Request) -> str:
        """Return the address under which the browser knows us; on this machine alone it may be another one."""
        if self._parts.hostname in _LOOPBACK:
            return f"{self._parts.scheme}://{request.host}"
        return self._url

    def _language(self, request: web.Request) -> Language:
        """Return the first of our languages that the browser accepts."""
        accepted = (one.strip()[:2].lower() for one in request.headers.get("Accept-Language", "").split(","))
        return next((one for tag in accepted for one in LANGUAGES if one == tag), self._settings.language)

    def _json(self, answer: Mapping[str, Any], status: int = 200) -> web.Response:
        more = {"Retry-After": "30"} if status == 429 else {}
        return web.json_response(answer, status=status, headers={**_HEADERS, **more})


def _given(visit: Visit) -> Any:
    return read_given(visit.body, in_client=visit.session.in_client)
