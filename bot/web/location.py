"""The page that takes a position: its files, and the three calls that its script makes."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from aiohttp import web

from bot.domain.positions import Position
from bot.domain.punches import AlreadyPunched, AskDirection, AskPhone, Punch, Refused
from bot.errors import StoreRefused
from bot.i18n import catalogue
from bot.services.tapping.page import PageDesk, Tapped
from bot.services.tapping.visitors import IdentityUnknown, LinkOver, LinkRefused, PhoneRefused
from bot.storage.links import Link
from bot.views.reply import Language
from bot.web.fixes import BadRequest, read_body, read_measured, read_tap, read_visit
from bot.web.guards import Gate, as_browsers_write, from_the_page, origin_of

MOST_BYTES = 4096
PATH = "/here"
_NO_CHAT = "_no_chat"  # ends the key of a sentence for where nobody can punch in chat

Answer = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_VENDOR_SCRIPT = "dingtalk-jsapi.js"
_FILES = {
    "here.js": "text/javascript",
    "phone.js": "text/javascript",
    "here.css": "text/css",
    _VENDOR_SCRIPT: "text/javascript",
}
# The proxy of deploy/Caddyfile adds the headers that concern the whole site.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class PageRules:
    """For how many days the page says that coordinates are kept, whether it uses DingTalk's script, from how many
    seconds on a position is too old, and how many the body of a call may take.
    """

    kept_days: float
    in_dingtalk: bool
    max_age_s: float
    body_s: float = 10.0


class LocationPage:
    """`/here`: nothing of it is logged, cached, framed or called by other pages."""

    def __init__(
        self,
        desk: PageDesk,
        words: Mapping[str, Mapping[str, str]],
        gate: Gate,
        rules: PageRules,
        *,
        base: Callable[[], str],
        local_time: Callable[[datetime], str],
        to_the_second: Callable[[datetime], str],
    ) -> None:
        """Take the `words` of each language, `base`, the address under which people reach us, and how a time of
        day reads, and a limit.
        """
        self._desk = desk
        self._words = words
        self._gate = gate
        self._rules = rules
        self._base = base
        self._local_time = local_time
        self._to_the_second = to_the_second
        page, vendor = files("bot.web") / "page", files("bot.web") / "vendor"
        self._html = (page / "here.html").read_text(encoding="utf-8")
        folders = {name: vendor if name == _VENDOR_SCRIPT else page for name in _FILES}
        self._files = {name: (folder / name).read_text(encoding="utf-8") for name, folder in folders.items()}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes: page, its files, and what its script calls."""
        shown = [web.get(f"{PATH}/{language}", self._page(language)) for language in self._words]
        parts = [web.get(f"{PATH}/{name}", self._file(name)) for name in _FILES]
        calls = {"sign": self._sign, "open": self._open, "look": self._look, "punch": self._punch}
        return [
            *shown,
            *parts,
            *(web.post(f"{PATH}/{name}", self._call(answer)) for name, answer in calls.items()),
        ]

    def _page(self, language: str) -> Handler:
        async def show(request: web.Request) -> web.Response:
            vendor = self._rules.in_dingtalk and "DingTalk" in request.headers.get("User-Agent", "")
            words = json.dumps(self._words[language], ensure_ascii=False).replace("<", "\\u003c")
            script = f'<script src="{_VENDOR_SCRIPT}" defer></script>' if vendor else ""
            html = self._html
            html = html.replace("{{lang}}", language)
            for place in ("title", "noscript", "slow"):
                html = html.replace(f"{{{{{place}}}}}", self._words[language][place])
            html = html.replace("{{vendor}}", script).replace("{{words}}", words)
            return web.Response(text=html, content_type="text/html", headers=_HEADERS)

        return show

    def _file(self, name: str) -> Handler:
        async def serve(request: web.Request) -> web.Response:
            return web.Response(text=self._files[name], content_type=_FILES[name], headers=_HEADERS)

        return serve

    def _call(self, answer: Callable[[Mapping[str, Any]], Awaitable[Answer]]) -> Handler:
        async def serve(request: web.Request) -> web.Response:
            address = self._gate.address_of(request)
            if not self._gate.lets_in(address):
                return self._busy()
            if not from_the_page(request.headers, origin_of(self._base())):
                return self._error(403, "origin")
            if request.content_type != "application/json" or "Content-Encoding" in request.headers:
                return self._error(415, "bad")
            try:
                async with asyncio.timeout(self._rules.body_s):
                    raw = await request.read()
                if len(raw) > MOST_BYTES:
                    return self._error(413, "bad")
                body = read_body(raw)
                if not self._may_use(body.get("token")):
                    return self._busy()
                return self._json(await answer(body))
            except (BadRequest, web.RequestPayloadError):
                return self._error(400, "bad")
            except TimeoutError:
                return self._error(408, "bad")
            except LinkOver:
                return self._error(403, "link")
            except PhoneRefused:
                return self._error(403, "phone")
            except LinkRefused:
                return self._error(403, "link") if self._gate.lets_fail(address) else self._busy()
            except IdentityUnknown:
                return self._error(503, "identity")
            except StoreRefused:
                return self._error(503, "unknown")

        return serve

    async def _open(self, body: Mapping[str, Any]) -> Answer:
        opened = await self._desk.open(read_visit(body))
        return {
            "name": opened.name,
            "direction": opened.link.direction,
            "notice": opened.notice,
            "counts": self._counts(opened.link),
            "kept_days": f"{self._rules.kept_days:g}",
            "max_age_s": self._rules.max_age_s,
            "punch": None if opened.punch is None else self._told(opened.punch),
        }

    def _counts(self, link: Link) -> Answer | None:
        """Return for which time a tap counts, and until when; None where it has its own from the start."""
        if not link.is_for_a_punch:
            return None
        return {"at": self._local_time(link.asked_about), "until": self._to_the_second(link.keeps_until)}

    async def _sign(self, body: Mapping[str, Any]) -> Answer:
        """Return what DingTalk's script asks for; it is of our own page alone, and opens no link."""
        if body.get("language") not in tuple(self._words):
            raise BadRequest
        signed = await self._desk.sign(as_browsers_write(f"{self._base()}{PATH}/{body['language']}"))
        if signed is None:
            return {"sign": None}
        whose = {"agentId": signed.agent_id, "corpId": signed.corp_id, "clientId": signed.client_id}
        once = {"timeStamp": signed.at_ms, "nonceStr": signed.nonce, "signature": signed.signature}
        return {"sign": {**whose, **once}}

    async def _look(self, body: Mapping[str, Any]) -> Answer:
        looked = await self._desk.look(read_visit(body), read_measured(body))
        punch = None if looked.punch is None else self._told(looked.punch)
        return {**_stands(looked.position), "refused": looked.is_refused, "punch": punch}

    async def _punch(self, body: Mapping[str, Any]) -> Answer:
        tapped = await self._desk.punch(read_visit(body), read_measured(body), read_tap(body))
        answer = {"state": _state(tapped), "position": _stands(tapped.position), "punch": self._said(tapped)}
        decision = None if tapped.recorded is None else tapped.recorded.decision
        if isinstance(decision, AskPhone):
            answer["waits"] = {"at": self._local_time(decision.at)}
        return answer

    def _said(self, tapped: Tapped) -> Answer | None:
        recorded = tapped.recorded
        if recorded is None or not tapped.is_shown:
            return None
        if isinstance(recorded.decision, AlreadyPunched):
            return self._told(recorded.decision.punch)
        return None if recorded.punch is None else self._told(recorded.punch)

    def _told(self, punch: Punch) -> Answer:
        """Return what the page says of a punch; the chat tells the rest."""
        where = punch.where
        return {
            "check_type": punch.check_type,
            "stands": punch.stands,
            "at": self._local_time(punch.punched_at),
            "site": where.site,
            "location_result": where.result,
            "distance_m": None if where.distance_m is None else round(where.distance_m),
        }

    def _json(self, answer: Answer, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
        return web.json_response(answer, status=status, headers={**_HEADERS, **(headers or {})})

    def _may_use(self, token: object) -> bool:
        """Count a call with a link, by a hash of what was sent for one; a call without any uses none."""
        return not isinstance(token, str) or self._gate.lets_use(hashlib.sha256(repr(token).encode()).hexdigest())

    def _busy(self) -> web.Response:
        return self._error(429, "busy", {"Retry-After": "30"})

    def _error(self, status: int, error: str, headers: Mapping[str, str] | None = None) -> web.Response:
        return self._json({"error": error}, status, headers)


def page_words(language: Language, *, by_chat: bool) -> dict[str, str]:
    """Return the sentences of the page itself; those that advise the chat only where one can punch there."""
    said = {
        key.removeprefix("page."): text for key, text in catalogue(language).items() if key.startswith("page.")
    }
    instead = {key.removesuffix(_NO_CHAT): said.pop(key) for key in tuple(said) if key.endswith(_NO_CHAT)}
    return said if by_chat else said | instead


def _stands(position: Position) -> Answer:
    """Return where somebody is, in what the page says and draws."""
    where = position.where
    return {
        "fence": position.fence,
        "unusable": position.unusable,
        "sites_unread": not position.sites_read,
        "site": where.site,
        "distance_m": None if where.distance_m is None else round(where.distance_m),
        "radius_m": position.radius_m,
        "flags": [flag.kind for flag in position.flags],
    }


def _state(tapped: Tapped) -> str:
    """Return in one word what came of a tap."""
    if tapped.recorded is None:
        return "reason" if tapped.reason_missing else "unusable"
    match tapped.recorded.decision:
        case AlreadyPunched():
            return "already" if tapped.is_shown else "unshown"
        case AskDirection():
            return "direction"
        case AskPhone():
            return str(tapped.asked)
        case Refused():
            return "refused"
    if tapped.recorded.punch is None:
        return "refused"
    if tapped.recorded.fresh:
        return "recorded"
    return "repeat" if tapped.is_shown else "unshown"
