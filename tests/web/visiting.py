"""A visitor of the page over HTTP: logs in like DingTalk's client and calls what the page's script
calls.
"""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from typing import Any

import aiohttp

from bot.domain.sites import Datum, Fix, LocationSource
from tests.company import Company

HQ = (39.908823, 116.397470)  # GCJ-02
PUDONG = (31.234520, 121.507700)
A_DEGREE_M = 111_030  # of latitude at 40°N

JSON = dict[str, Any]


def a_fix(place: tuple[float, float] = HQ, *, north_m: float = 0, **more: Any) -> JSON:
    """Return a browser's fix `north_m` metres north of a place in GCJ-02."""
    latitude, longitude = place[0] + north_m / A_DEGREE_M, place[1]
    fix = Fix(latitude, longitude, None, Datum.GCJ02, LocationSource.BROWSER).in_datum(Datum.WGS84)
    return {
        "latitude": fix.latitude,
        "longitude": fix.longitude,
        "accuracy_m": 15,
        "age_s": 1,
        "datum": "wgs84",
    } | more


def a_key() -> str:
    """Return a new key of a tap."""
    return secrets.token_hex(16)


async def login_code(session: aiohttp.ClientSession, sandbox_url: str, who: str) -> str:
    """Return a login code from DingTalk's client of a person."""
    url, body = f"{sandbox_url}/_sandbox/client/code", {"user_id": who, "corpId": "dingsandbox"}
    async with session.post(url, json=body) as response:
        return str((await response.json())["code"])


class Visitor:
    """A person's client with the page open."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url  # without the path
        self.user_id = ""
        self.cookies: dict[str, str] = {}

    def _sent(self, headers: dict[str, str] | None) -> dict[str, str]:
        own = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", "X-Page-User": self.user_id}
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**own, "Cookie": cookies, **(headers or {})}

    async def call(
        self, name: str, *, headers: dict[str, str] | None = None, **body: Any
    ) -> tuple[int, JSON]:
        """Post to the server like the page. Return status and answer."""
        url = f"{self.url}/app/{name}"
        async with self.session.post(url, json=body, headers=self._sent(headers)) as response:
            for line in response.headers.getall("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return response.status, await response.json()

    @asynccontextmanager
    async def board(self, **body: Any) -> AsyncIterator[AsyncIterator[JSON]]:
        """Open the board in English. Each event is the whole current board."""
        headers = self._sent({"Accept-Language": "en"})
        async with self.session.post(
            f"{self.url}/app/board", json=body, headers=headers
        ) as response:
            assert response.content_type == "text/event-stream", await response.text()
            yield (
                json.loads(line.removeprefix(b"data: "))
                async for line in response.content
                if line.strip()
            )

    async def enter(self, code: str) -> tuple[int, JSON]:
        """Log in with a code of DingTalk's client."""
        status, answer = await self.call("enter", code=code, url=f"{self.url}/app")
        self.user_id = answer.get("user_id", self.user_id)
        return status, answer

    async def punch(self, fix: JSON | None = None, **more: Any) -> JSON:
        """Tap and return the answer. Its status must be 200."""
        status, answer = await self.call("punch", **{"key": a_key(), "fix": fix or a_fix()} | more)
        assert status == 200, answer
        return answer


async def a_visitor(
    company: Company, session: aiohttp.ClientSession, who: str = "user001"
) -> Visitor:
    """Return a person with the page open in their client."""
    visitor = Visitor(session, company.sandbox.url)
    status, answer = await visitor.enter(await login_code(session, company.sandbox.url, who))
    assert status == 200, answer
    return visitor
