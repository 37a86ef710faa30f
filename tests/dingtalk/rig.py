"""A scripted DingTalk on a real socket and the adapters that call it, on pretend time."""

import asyncio
import heapq
import json
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from yarl import URL

from bot.dingtalk.apis import APIS
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.http import Http
from bot.dingtalk.limits import Limits
from bot.dingtalk.openapi import DingTalkApp, OpenApi
from tests.builders import SHANGHAI, TUESDAY

START = datetime(2026, 11, 24, 0, 58, tzinfo=UTC)  # 08:58 in Shanghai
CLIENT_ID = "dingtest"
CLIENT_SECRET = "s3cr3t"
TOKEN_PATH = "/v1.0/oauth2/accessToken"
PLANNED = {  # a row of a plan
    "id": 56676915454,
    "userid": "u1",
    "check_type": "OnDuty",
    "plan_check_time": f"{TUESDAY} 09:00:00",
    "work_date": f"{TUESDAY} 00:00:00",
    "shift_id": 709595172,
}
PAYLOADS = Path(__file__).parent / "payloads"
# Samples that are no JSON: the broken part, and its replacement.
REPAIRS: dict[str, tuple[tuple[str, str], ...]] = {
    "att.getleavestatus.response.invalid": (('09aa16"\n', '09aa16",\n'),),  # a missing comma
    "contact.v2_department_listsub.response.invalid": (("xxxx", "0000"),),  # masked digits
    "stream.frame_system_ping.invalid": (('json", \n', 'json"\n'),),  # a comma too much
}

CLOSING = web.AppKey("closing", asyncio.Event)

Step = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PretendTime:
    """A clock and a sleep function that a test moves."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._order = count()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    def skip(self, seconds: float) -> None:
        self._passed += seconds

    async def hurry(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._passed += seconds
        await asyncio.sleep(0)

    async def sleep(self, seconds: float) -> None:
        """Sleep until the test has moved the clock."""
        self.slept.append(seconds)
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self._passed + seconds, next(self._order), woken))
        await woken.wait()

    def wake(self, seconds: float) -> None:
        """Move the clock at once and wake all sleepers that are due."""
        self._passed += seconds
        while self._sleepers and self._sleepers[0][0] <= self._passed:
            heapq.heappop(self._sleepers)[2].set()

    async def advance(self, seconds: float, *, late: Callable[[], float] = lambda: 0.0) -> None:
        """Move the clock. Wake each sleeper at its time, or `late` seconds after it."""
        end = self._passed + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, woken = heapq.heappop(self._sleepers)
            self._passed = max(self._passed, due + late())
            woken.set()
            await self._settle()
        self._passed = max(self._passed, end)
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


def path_of(place: str) -> str:
    return APIS[place].path if place in APIS else place


class ScriptedDingTalk:
    """Answers each path with its steps in order. The last step repeats."""

    def __init__(self) -> None:
        self._steps: dict[str, deque[Step]] = {}
        self._requests: list[Asked] = []
        self._closing = asyncio.Event()
        self.url = ""

    async def start(self) -> None:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._serve)
        app[CLOSING] = self._closing
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        self._closing.set()
        await self._runner.cleanup()

    def on(self, place: str, *steps: Step) -> None:
        """Answer an API, or a path."""
        self._steps[path_of(place)] = deque(steps)

    def asked(self, place: str) -> list[Asked]:
        return [request for request in self._requests if request.path == path_of(place)]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw) if raw and request.content_type == "application/json" else None
        self._requests.append(Asked(request.path, dict(request.query), dict(request.headers), body))
        steps = self._steps.get(request.path)
        if not steps:
            return web.json_response(
                {"errcode": 22, "errmsg": "nobody scripted this path"}, status=404
            )
        step = steps.popleft() if len(steps) > 1 else steps[0]
        return await step(request)


def say(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Step:
    async def step(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return step


def ok(**fields: object) -> Step:
    """Return a success of the old host."""
    return say({"errcode": 0, "errmsg": "ok", **fields})


def text(body: str, status: int = 200, content_type: str = "text/html") -> Step:
    """Return an answer that is not JSON."""

    async def step(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, status=status, content_type=content_type)

    return step


def token(value: str, life_s: object = 7200) -> Step:
    return say({"accessToken": value, "expireIn": life_s})


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def truncated(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Length": "100", "Content-Type": "application/json"}
    )
    await response.prepare(request)
    await response.write(b'{"errcode"')
    assert request.transport is not None
    request.transport.close()
    return response


async def silence(request: web.Request) -> web.StreamResponse:
    await request.app[CLOSING].wait()
    return web.Response()


class Rig:
    """All parts for a test of one adapter. Calls are unlimited unless a test limits them."""

    def __init__(self, *, each_api: float = 0) -> None:
        random.seed(1)
        self.time = PretendTime()
        self.server = ScriptedDingTalk()
        self.http = Http()
        self.limits = Limits(self.time, each_api=each_api, total=0, sleep=self.time.hurry)

    async def __aenter__(self) -> Self:
        await self.server.start()
        self.server.on(TOKEN_PATH, token("token-1"))
        self.app = DingTalkApp(CLIENT_ID, CLIENT_SECRET, self.server.url, self.server.url)
        self.usage = Counter[str]()
        self.openapi = OpenApi(
            self.http,
            self.limits,
            self.app,
            clock=self.time,
            usage=self.usage,
            sleep=self.time.hurry,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()
        await self.server.close()

    def attendance(self) -> Attendance:
        """Return a reader that has read nothing yet."""
        return Attendance(
            self.openapi, operator_user_id="manager01", zone=SHANGHAI, clock=self.time
        )

    def at(self, path: str) -> URL:
        return URL(self.server.url + path)


def sample(name: str) -> Any:
    """Return an official sample, repaired if it is no JSON."""
    raw = (PAYLOADS / f"{name}.json").read_text(encoding="utf-8")
    for broken, whole in REPAIRS.get(name, ()):
        assert broken in raw
        raw = raw.replace(broken, whole)
    return json.loads(raw)
