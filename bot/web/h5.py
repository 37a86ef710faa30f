"""The page `/app`: its files, DingTalk's logins, the calls of its script, and the live board."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.resources import files
from operator import methodcaller
from pathlib import PurePath
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from pydantic import ValidationError

from bot.actions import MyData
from bot.clock import wait_at_most
from bot.dingtalk.page_identity import PageIdentity
from bot.domain.people import Employee
from bot.errors import StoreRefused, UpstreamError
from bot.services.outbox.messages import ReceiptDesk
from bot.services.services import Services
from bot.views.i18n import LANGUAGES, Language, catalogue
from bot.web.board import Board
from bot.web.desk import PunchDesk
from bot.web.fixes import Answer, Body, Call, CarryOut, Refusal
from bot.web.guards import Gate, log_error
from bot.web.months import Months
from bot.web.sessions import Session, Sessions, comes_from_the_page

log = logging.getLogger(__name__)

PATH = "/app"
USER_HEADER = (
    "X-Page-User"  # the person that the page shows: an old tab never acts for another person
)
_TYPES = {".css": "text/css", ".js": "text/javascript"}  # of the files of the page
# deploy/Caddyfile adds the headers of the whole site.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STREAM = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_BOARDS = 2  # of one person, such as on a phone and at a desk; a third board ends the first
MANY_PEOPLE = 500  # a board of so many people is read half as often as a small one
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page:
    """Other pages can neither frame nor call the page. Browsers do not cache it."""

    def __init__(
        self, services: Services, receipts: ReceiptDesk, identity: PageIdentity, carry_out: CarryOut
    ) -> None:
        """`carry_out` answers an action as in chat."""
        desk = PunchDesk(services, receipts)
        board = Board(services)
        months = Months(services)
        self._carry_out = carry_out
        self._base = services
        self._identity = identity
        self._directory = services.directory
        app = services.settings.dingtalk
        rules = services.settings.web
        self._gate = Gate(services.clock.monotonic, proxies=rules.trusted_proxies)
        self._url = rules.public_url or ""
        self._parts = urlsplit(self._url)
        self._sessions = Sessions(
            app.client_secret.get_secret_value(),
            services.clock,
            path=self._parts.path + PATH,
            secure=self._parts.scheme == "https",
        )
        self._boards: dict[str, deque[object]] = {}  # open ones, by user id
        self._ending = asyncio.Event()
        self._calls: dict[str, Callable[[Call], Awaitable[Answer]]] = {
            "day": desk.day,
            "month": months.show,
            "correct": months.ask,
            "figures": months.figures,
            "close": months.close,
            "status": months.status,
            "data": methodcaller("tell", MyData()),
            "look": desk.look,
            "punch": desk.tap,
            "board": board.show,
            "nudge": board.nudge,
        }

    def routes(self) -> list[web.RouteDef]:
        """Return the routes: the page, its files, the logins, and the calls of its script."""
        texts = {
            file.name: file.read_text(encoding="utf-8")
            for folder in ("page", "vendor")
            for file in (files("bot.web") / folder).iterdir()
        }
        return [
            web.get(PATH, self._page(texts["app.html"])),
            *(
                web.get(f"{PATH}/{name}", _file(text, _TYPES[suffix]))
                for name, text in texts.items()
                if (suffix := PurePath(name).suffix) in _TYPES
            ),
            web.get(f"{PATH}/login", self._begin_login),
            web.get(f"{PATH}/back", self._end_login),
            web.post(f"{PATH}/enter", self._guard(self._enter)),
            *(
                web.post(
                    f"{PATH}/{name}", self._guard(self._watch if name == "board" else self._call)
                )
                for name in self._calls
            ),
        ]

    async def end_boards(self, _: web.Application) -> None:
        """End the open boards, because a server that stops waits for its calls."""
        self._ending.set()

    def _page(self, html: str) -> Handler:
        app = self._base.settings.dingtalk

        async def show(request: web.Request) -> web.Response:
            language = self._language(request)
            every = catalogue(language).items()
            words = {
                key.removeprefix("page."): text for key, text in every if key.startswith("page.")
            }
            config = json.dumps({"corpId": app.corp_id, "clientId": app.client_id, "words": words})
            values = {
                "lang": language,
                "title": words["title"],
                "noscript": words["noscript"],
                "config": config.replace("<", "\\u003c"),
            }
            filled = html
            for name, value in values.items():
                filled = filled.replace(f"{{{{{name}}}}}", value)
            return web.Response(text=filled, content_type="text/html", headers=_HEADERS)

        return show

    async def _begin_login(self, request: web.Request) -> web.Response:
        """Send a browser outside DingTalk's client to DingTalk's login."""
        response = web.Response(status=302, headers=_HEADERS)
        state = self._sessions.begin_login(response)
        url = self._identity.login_url(f"{self._address(request)}{PATH}/back", state)
        login = urlsplit(url)
        # the demo has one port, under any name of this machine
        if login.netloc == self._parts.netloc:
            url = login._replace(scheme="", netloc="").geturl()
        response.headers["Location"] = url
        return response

    async def _end_login(self, request: web.Request) -> web.Response:
        """Begin a session with the code of a login that this browser began, and show the page."""
        response = web.Response(
            status=302, headers={**_HEADERS, "Location": f"{self._parts.path}{PATH}"}
        )
        try:
            with _refusing():
                address = self._admit(request)
                code = request.query.get("authCode") or request.query.get("code") or ""
                if not code or not self._sessions.ends_login(request):
                    raise Refusal(403, "login")
                user_id = await self._identify(self._identity.user_id_of_login, code, address)
                self._sessions.begin(response, Session(user_id, in_client=False))
        except Refusal as refused:
            response.headers["Location"] += f"?{urlencode(refused.answer)}"
        self._sessions.forget_login(response)
        return response

    async def _enter(self, request: web.Request, body: Body) -> web.Response:
        """Begin a session with a code of DingTalk's client, and sign the page for its positions."""
        user_id = await self._identify(
            self._identity.user_id_of, body.code, self._gate.address_of(request)
        )
        response = _json({"sign": await self._sign(request, body.url), "user_id": user_id})
        self._sessions.begin(response, Session(user_id, in_client=True))
        return response

    async def _identify(
        self, ask: Callable[[str], Awaitable[str | None]], code: str, address: str
    ) -> str:
        """Ask DingTalk for the user id behind a code.

        The directory must know it. Raises Refusal.
        """
        if not code:
            raise Refusal
        wait_s = self._gate.turn_of_code(address)
        if wait_s is None:
            raise Refusal(429, "busy")
        await asyncio.sleep(wait_s)
        try:
            user_id = await ask(code)
            known = None if user_id is None else await self._directory.person(user_id)
        except (UpstreamError, TimeoutError) as error:
            raise Refusal(503, "identity", log_error(error)) from None
        if user_id is None or known is None:
            self._gate.wrong_codes.take(address)
            raise Refusal(403, "login")
        return user_id

    async def _sign(self, request: web.Request, url: str) -> Mapping[str, object] | None:
        """Return the arguments of `dd.config` for our page, None if the browser has to give
        positions.
        """
        if url.partition("?")[0] != f"{self._address(request)}{PATH}":
            return None
        try:
            return await self._identity.signature(url)
        except UpstreamError as error:
            log.warning(
                "the page asks the browser for positions, as DingTalk did not sign it: %s", error
            )
            return None

    async def _call(self, request: web.Request, body: Body) -> web.Response:
        return _json(await self._answer(request, body))

    async def _watch(self, request: web.Request, body: Body) -> web.StreamResponse:
        """Send the board, and each change of today's board, as server-sent events.

        Each read checks the session and the right to see. An error ends the stream, and the page
        asks again.
        """
        shown = await self._answer(request, body)
        response = web.StreamResponse(headers=_HEADERS | _STREAM)
        who = self._caller(request)[0]
        open_boards = self._boards.setdefault(who.user_id, deque(maxlen=MOST_BOARDS))
        open_boards.append(own := object())
        with suppress(Refusal), _refusing(), suppress(ConnectionError):
            await response.prepare(request)
            await response.write(_event(shown))
            while own in open_boards and request.transport is not None and not body.day:
                people = len(shown.get("people", ()))
                pause_s = self._base.patience.board_s * (1 + people / MANY_PEOPLE)
                await wait_at_most(pause_s, self._ending)
                if self._ending.is_set():
                    break
                before = shown
                shown = await self._answer(request, body, counted=False)
                if shown != before:
                    await response.write(_event(shown))
        return response

    def _caller(self, request: web.Request) -> tuple[Employee, Session]:
        """Return the person and the session of a call. Raises Refusal."""
        session = self._sessions.of(request)
        who = None if session is None else self._directory.employee(session.user_id)
        if (
            session is None
            or who is None
            or request.headers.get(USER_HEADER) not in ("", who.user_id)
        ):
            raise Refusal(401, "session")
        return who, session

    async def _answer(self, request: web.Request, body: Body, *, counted: bool = True) -> Answer:
        """Check the session and answer the call. Raises Refusal."""
        who, session = self._caller(request)
        if counted and not self._gate.people.take(who.user_id):
            raise Refusal(429, "busy")
        texts = self._base.texts(self._language(request))
        call = Call(who, body, texts, session.in_client, self._carry_out)
        return await self._calls[request.path.rpartition("/")[2]](call)

    def _guard(
        self, answer: Callable[[web.Request, Body], Awaitable[web.StreamResponse]]
    ) -> Handler:
        """Return a handler that takes a call only from our page, within the limits, with a valid
        body.
        """

        async def serve(request: web.Request) -> web.StreamResponse:
            try:
                with _refusing():
                    self._admit(request)
                    if not comes_from_the_page(request.headers, request.host, self._url):
                        raise Refusal(403, "origin")
                    if (
                        request.content_type != "application/json"
                        or "Content-Encoding" in request.headers
                    ):
                        raise Refusal(415)
                    return await answer(request, await self._body(request))
            except Refusal as refused:
                return _json(refused.answer, refused.status)

        return serve

    async def _body(self, request: web.Request) -> Body:
        """Read the body of a call. Raises Refusal."""
        try:
            async with asyncio.timeout(self._base.patience.body_s):
                return Body.model_validate_json(await request.read())
        except web.HTTPRequestEntityTooLarge:
            raise Refusal(413) from None
        except ValidationError:
            raise Refusal from None
        except TimeoutError:
            raise Refusal(408) from None

    def _admit(self, request: web.Request) -> str:
        """Count the call, and return the address of the caller. Raises Refusal."""
        address = self._gate.address_of(request)
        if not self._gate.lets_in(address):
            raise Refusal(429, "busy")
        return address

    def _address(self, request: web.Request) -> str:
        """Return our address in the browser. It differs from `public_url` only on this machine."""
        is_here = self._parts.hostname in _LOOPBACK
        return f"{self._parts.scheme}://{request.host}" if is_here else self._url

    def _language(self, request: web.Request) -> Language:
        """Return the first language of the browser that we speak."""
        for tag in request.headers.get("Accept-Language", "").lower().split(","):
            for language in LANGUAGES:
                if tag.strip().startswith(language):
                    return language
        return self._base.language


def _file(text: str, content_type: str) -> Handler:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type, headers=_HEADERS)

    return serve


def _json(answer: Mapping[str, Any], status: int = 200) -> web.Response:
    more = {"Retry-After": "30"} if status == 429 else {}
    return web.json_response(answer, status=status, headers={**_HEADERS, **more})


def _event(answer: Answer) -> bytes:
    return f"data: {json.dumps(answer)}\n\n".encode()


@contextmanager
def _refusing() -> Iterator[None]:
    """Log every other error and raise Refusal for it. The call may have changed something."""
    try:
        yield
    except Refusal:
        raise
    except StoreRefused as error:
        raise Refusal(503, "unknown", log_error(error)) from None
    except Exception as error:  # noqa: BLE001 - the boundary of the page
        raise Refusal(500, "unknown", log_error(error)) from None
