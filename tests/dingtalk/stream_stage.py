"""A Stream client and a scripted gateway, with time that the test moves."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from bot.chat.intake import Intake
from bot.dingtalk.cards import CardPress
from bot.dingtalk.events import Event
from bot.dingtalk.gateway import Gateway
from bot.dingtalk.http import Http
from bot.dingtalk.openapi import DingTalkApp
from bot.dingtalk.stream import StreamClient
from bot.domain.messages import Message, SessionWebhook
from tests.builders import SHANGHAI
from tests.dingtalk.gateway import ScriptedGateway, scripted_gateway
from tests.dingtalk.rig import PretendTime
from tests.waiting import LONGEST_S, until

SECRET = "s3cr3t-of-the-app"


class Stage:
    """The client, the gateway and handlers.

    Handlers keep their input, wait for `free`, and raise `failure`.
    """

    def __init__(self, gateway: ScriptedGateway, http: Http) -> None:
        self.gateway = gateway
        self.time = PretendTime()
        self.messages: list[tuple[Message, SessionWebhook | None]] = []
        self.presses: list[CardPress] = []
        self.events: list[Event] = []
        self.acks_s: list[float] = []  # seconds from each frame to its ACK
        self.failure: Exception | None = None
        self.free = asyncio.Event()
        self.free.set()
        self._waited = 0  # finished pauses
        random.seed(7)
        self.usage = Counter[str]()
        self.intake = Intake(
            lambda *message: self._take(self.messages, message),
            lambda press: self._take(self.presses, press),
            lambda event: self._take(self.events, event),
            self.time,
            SHANGHAI,
            self.usage,
        )
        self.client = StreamClient(
            Gateway(http, DingTalkApp("dingapp", SECRET, gateway.url, gateway.url)),
            self.intake.handle,
            self.intake.counts,
            clock=self.time,
            sleep=self.time.sleep,
            on_ack=self.acks_s.append,
        )
        self.running = asyncio.create_task(self.client.run())

    async def pass_back_off(self) -> float:
        """Wait for the pause before the next opening, skip it, and return its seconds."""
        await until(lambda: len(self._back_offs()) > self._waited)
        wait_s = self._back_offs()[self._waited]
        self._waited += 1
        self.time.wake(wait_s)
        return wait_s

    async def until_asleep(self, seconds: float) -> None:
        """Wait until the client sleeps for exactly `seconds`."""
        await until(lambda: seconds in self.time.slept)

    async def until_acked(self, count: int) -> None:
        """Wait until this many frames are acknowledged on any connection."""
        await until(
            lambda: sum(len(connection.sent) for connection in self.gateway.connections) >= count
        )

    def _back_offs(self) -> list[float]:
        # others wait whole seconds
        return [wait_s for wait_s in self.time.slept if not wait_s.is_integer()]

    async def _take(self, taken: list[Any], found: Any) -> None:
        taken.append(found)
        await self.free.wait()
        if self.failure is not None:
            raise self.failure


@asynccontextmanager
async def stage(*script: Any, prepare: Any = None) -> AsyncIterator[Stage]:
    """Run a client. The gateway answers the first openings from `script`."""
    async with scripted_gateway() as gateway:
        gateway.script.extend(script)
        if prepare is not None:
            prepare(gateway)
        http = Http()
        made = Stage(gateway, http)
        try:
            yield made
        finally:
            made.running.cancel()
            with suppress(asyncio.CancelledError):
                async with asyncio.timeout(LONGEST_S):
                    await made.running
            await http.close()


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
    """Return a CALLBACK frame. `data` is text or is written as JSON."""
    headers = {
        "topic": topic,
        "messageId": f"f{number}",
        "contentType": "application/json",
        "time": "1756688280001",
    }
    written = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return {"specVersion": "1.0", "type": "CALLBACK", "headers": headers, "data": written}


def happened(number: int = 1, **changes: object) -> dict[str, Any]:
    headers = {
        "topic": "*",
        "messageId": f"f{number}",
        "eventType": "user_add_org",
        "eventId": f"e{number}",
    }
    body = json.dumps({"userId": ["user02"]})
    return {"specVersion": "1.0", "type": "EVENT", "headers": headers, "data": body, **changes}


def ping(number: int = 1) -> dict[str, Any]:
    headers = {"topic": "ping", "messageId": f"p{number}", "contentType": "application/json"}
    return {
        "specVersion": "1.0",
        "type": "SYSTEM",
        "headers": headers,
        "data": json.dumps({"opaque": f"o{number}"}),
    }
