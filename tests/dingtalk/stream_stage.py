"""A Stream client against a scripted gateway, with time that the test moves."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.dingtalk.gateway import Gateway
from bot.dingtalk.http import Http
from bot.dingtalk.stream import StreamClient
from bot.domain.events import Event
from bot.domain.messages import Message, SessionWebhook
from tests.dingtalk.board import Board
from tests.dingtalk.gateway import ScriptedGateway, scripted_gateway

SECRET = "s3cr3t-of-the-app"
START = datetime(2026, 9, 1, 0, 58, tzinfo=UTC)


class PretendTime:
    """A clock that stands still until it is moved; whoever sleeps wakes when it has passed."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._passed_s = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the pretend moment."""
        return START + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        """Return the pretend seconds passed."""
        return self._passed_s

    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` of pretend time have passed."""
        self.slept.append(seconds)
        waking = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._passed_s + seconds, waking))
        self._board.changed()
        await waking

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._passed_s += seconds
        for due, waking in self._sleepers:
            if due <= self._passed_s and not waking.done():
                waking.set_result(None)
        self._sleepers = [(due, waking) for due, waking in self._sleepers if not waking.done()]

    async def until_asleep(self, seconds: float, times: int = 1) -> None:
        """Wait until somebody has gone to sleep for exactly `seconds`, so many times."""
        await self._board.until(lambda: self.slept.count(seconds) >= times)


class Desk:
    """Handlers that keep what they were given and fail on demand."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.messages: list[tuple[Message, SessionWebhook | None]] = []
        self.events: list[Event] = []
        self.refusals: list[tuple[str, str]] = []
        self.failure: Exception | None = None
        self.free = asyncio.Event()
        self.free.set()

    async def message(self, message: Message, webhook: SessionWebhook | None) -> None:
        """Take a message once `free` is set."""
        self.messages.append((message, webhook))
        await self._finish()

    async def event(self, event: Event) -> None:
        """Take an event."""
        self.events.append(event)
        await self._finish()

    async def refused(self, raw: str, reason: str) -> None:
        """Keep a frame that could not be read."""
        self.refusals.append((raw, reason))
        await self._finish()

    async def _finish(self) -> None:
        self._board.changed()
        await self.free.wait()
        if self.failure is not None:
            raise self.failure


@dataclass
class Stage:
    """All that takes part; `acks_s` is how long each ACK took, `waited` how many back-offs have passed."""

    board: Board
    gateway: ScriptedGateway
    time: PretendTime
    desk: Desk
    client: StreamClient
    running: asyncio.Task[None]
    acks_s: list[float] = field(default_factory=list)
    waited: int = 0

    async def pass_back_off(self) -> float:
        """Wait until the client waits before its next opening, let that time pass, and return it in seconds."""
        await self.board.until(lambda: len(self._back_offs()) > self.waited)
        wait_s = self._back_offs()[self.waited]
        self.waited += 1
        self.time.advance(wait_s)
        return wait_s

    def _back_offs(self) -> list[float]:
        return [wait_s for wait_s in self.time.slept if not wait_s.is_integer()]  # silence and draining are


@asynccontextmanager
async def stage(*script: Any, seed: int = 7, prepare: Any = None) -> AsyncIterator[Stage]:
    """Run a client against a gateway whose first answers to an opening are `script`."""
    board = Board()
    async with scripted_gateway(board) as gateway:
        gateway.script.extend(script)
        if prepare is not None:
            prepare(gateway)
        time, desk, acks_s = PretendTime(board), Desk(board), []

        def note(took_s: float) -> None:
            acks_s.append(took_s)
            board.changed()

        http = Http()
        client = StreamClient(
            Gateway(http, client_id="dingapp", client_secret=SECRET, api_url=gateway.url),
            take=desk.message,
            on_event=desk.event,
            on_refused=desk.refused,
            clock=time,
            rng=random.Random(seed),
            sleep=time.sleep,
            on_ack=note,
        )
        running = asyncio.create_task(client.run())
        try:
            yield Stage(board, gateway, time, desk, client, running, acks_s)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                async with asyncio.timeout(60):
                    await running
            await http.close()


async def until_acked(s: Stage, count: int) -> None:
    """Wait until so many frames are acknowledged, over whichever connection."""
    await s.board.until(lambda: sum(len(connection.sent) for connection in s.gateway.connections) >= count)


def said(text: str = "打卡", number: int = 1, **changes: object) -> dict[str, Any]:
    """Return the frame of a robot message: frame id `f<number>`, message id `msg<number>`."""
    data = {
        "msgId": f"msg{number}",
        "msgtype": "text",
        "text": {"content": text},
        "conversationType": "1",
        "conversationId": "cid1==",
        "senderStaffId": "user01",
        "senderCorpId": "dingcorp",
        "senderNick": "小钉",
        "createAt": 1756688280000,
        "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=5e55i0n",
        "sessionWebhookExpiredTime": 1756693680000,
        **changes,
    }
    return callback("/v1.0/im/bot/messages/get", data, number)


def callback(topic: str, data: object, number: int = 1) -> dict[str, Any]:
    """Return a CALLBACK frame; `data` that is no text is written as JSON."""
    headers = {
        "topic": topic,
        "messageId": f"f{number}",
        "contentType": "application/json",
        "time": "1756688280001",
    }
    written = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return {"specVersion": "1.0", "type": "CALLBACK", "headers": headers, "data": written}


def happened(event_type: str = "user_add_org", number: int = 1, **changes: object) -> dict[str, Any]:
    """Return an EVENT frame."""
    headers = {"topic": "*", "messageId": f"f{number}", "eventType": event_type, "eventId": f"e{number}"}
    body = json.dumps({"userId": ["user02"]})
    return {"specVersion": "1.0", "type": "EVENT", "headers": headers, "data": body, **changes}


def ping(number: int = 1) -> dict[str, Any]:
    """Return a SYSTEM ping whose `opaque` is `o<number>`."""
    headers = {"topic": "ping", "messageId": f"p{number}", "contentType": "application/json"}
    return {
        "specVersion": "1.0",
        "type": "SYSTEM",
        "headers": headers,
        "data": json.dumps({"opaque": f"o{number}"}),
    }
