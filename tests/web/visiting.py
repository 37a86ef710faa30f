"""Somebody with a phone: opens the link of a reply and calls what the page's script calls, over real HTTP."""

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.clock import Clock
from bot.domain.datum import Datum, convert
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.store import Store
from tests.company import Company

LINK = re.compile(r"\((https?://[^\s()]+/here/(?:zh|en)#[0-9a-f]{64})\)")
HQ = (39.908823, 116.397470)  # GCJ-02
PUDONG = (31.234520, 121.507700)
A_DEGREE_M = 111_030  # of latitude at 40°N

JSON = dict[str, Any]


def link_in(reply: str) -> str:
    """Return the link to the page in one of the bot's replies."""
    found = LINK.search(reply)
    assert found, reply
    return found[1]


def a_fix(place: tuple[float, float] = HQ, *, north_m: float = 0, **more: Any) -> JSON:
    """Return what a browser measures `north_m` metres north of a place given in GCJ-02."""
    latitude, longitude = place[0] + north_m / A_DEGREE_M, place[1]
    latitude, longitude = convert(latitude, longitude, source=Datum.GCJ02, target=Datum.WGS84)
    return {"latitude": latitude, "longitude": longitude, "accuracy_m": 15, "age_s": 1, "datum": "wgs84"} | more


class Phone:
    """One device with one link."""

    def __init__(self, session: aiohttp.ClientSession, link: str) -> None:
        self.session = session
        self.link = link
        self.device = secrets.token_hex(32)
        parts = urlsplit(link)
        self.token = parts.fragment
        self.origin = f"{parts.scheme}://{parts.netloc}"

    async def call(self, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> tuple[int, JSON]:
        """Post to the page's server as the page does; return status and answer."""
        body = {"token": self.token, "device": self.device} | more
        sent = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"} | (headers or {})
        url = f"{self.origin}/here/{path}"
        async with self.session.post(url, json=body, headers=sent) as response:
            return response.status, await response.json()

    async def punch(self, fix: JSON | None = None, **more: Any) -> JSON:
        """Tap; return the answer, which must be one."""
        status, answer = await self.call("punch", fix=fix or a_fix(), **more)
        assert status == 200, answer
        return answer


async def a_phone(company: Company, session: aiohttp.ClientSession, text: str = "clock in") -> Phone:
    """Let user001 ask for a link, and return their phone with it."""
    return Phone(session, link_in(await company.ask("user001", text)))


async def login_code(company: Company, session: aiohttp.ClientSession, who: str) -> str:
    """Return what DingTalk's client gives the page of somebody."""
    url, body = f"{company.sandbox.url}/_sandbox/client/code", {"user_id": who, "corpId": "dingsandbox"}
    async with session.post(url, json=body) as response:
        return str((await response.json())["code"])


class FaultyLinks:
    """The store's links, a call of which raises an error while there is one."""

    def __init__(self, method: str, error: Exception) -> None:
        self._method = method
        self.error: Exception | None = error
        self._links: Any = None

    def open_store(self, settings: Settings, clock: Clock) -> Store:
        """Return the database of `settings` with these links."""
        store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        self._links = store.links
        store.links = self  # type: ignore[assignment]
        return store

    def __getattr__(self, name: str) -> Any:
        if name == self._method and self.error is not None:
            raise self.error
        return getattr(self._links, name)
