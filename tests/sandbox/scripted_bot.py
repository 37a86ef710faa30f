"""A tiny bot with its own Stream protocol: it acknowledges, punches and answers what it is told to."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

ROBOT = "/v1.0/im/bot/messages/get"
SUBSCRIPTIONS = [
    {"type": "EVENT", "topic": "*"},
    {"type": "CALLBACK", "topic": ROBOT},
]


class ScriptedBot:
    """Connects on entering; every frame is kept in `frames` before it is acknowledged."""

    def __init__(
        self,
        url: str,
        *,
        answer: Callable[[dict[str, Any]], str | None] = lambda message: None,
        punches: bool = False,
        acknowledges: bool = True,
        event_status: str = "SUCCESS",
    ) -> None:
        self.url = url
        self.frames: list[str] = []
        self.answers: list[Any] = []
        self._answer = answer
        self._punches = punches
        self._acknowledges = acknowledges
        self._event_status = event_status
        self._work: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession()
        ticket = await self.open()
        self.ws = await self.http.ws_connect(f"{ticket['endpoint']}?ticket={ticket['ticket']}")
        self._work = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._work is not None
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        await self.ws.close()
        await self.http.close()

    async def open(self, secret: str = "sandbox") -> dict[str, Any]:
        """Ask for a ticket."""
        body = {"clientId": "sandbox", "clientSecret": secret, "subscriptions": SUBSCRIPTIONS}
        async with self.http.post(f"{self.url}/v1.0/gateway/connections/open", json=body) as response:
            return await response.json()

    async def closed(self) -> None:
        """Return once the server has cut the connection."""
        assert self._work is not None
        await asyncio.shield(self._work)

    async def punch(self, user_id: str, time_ms: int) -> dict[str, Any]:
        """Call the signed clock-in API."""
        url = f"{self.url}/attendance/v1/clock/single/add"
        body = {"user_id": user_id, "time": str(time_ms), "category": "NORMAL"}
        headers = {"Authorization": authorization(url, str(time_ms))}
        async with self.http.post(url, json=body, headers=headers) as response:
            return await response.json()

    async def _run(self) -> None:
        async for message in self.ws:
            self.frames.append(message.data)
            try:
                frame = json.loads(message.data)
            except ValueError:
                continue
            if self._acknowledges and "messageId" in frame["headers"]:
                await self.ws.send_str(json.dumps(self._ack(frame)))
            if frame["headers"]["topic"] == ROBOT:
                await self._handle(json.loads(frame["data"]))

    def _ack(self, frame: dict[str, Any]) -> dict[str, Any]:
        by_type = {"SYSTEM": frame["data"], "EVENT": json.dumps({"status": self._event_status, "message": ""})}
        data = by_type.get(frame["type"], '{"response": null}')
        headers = {"messageId": frame["headers"]["messageId"], "contentType": "application/json"}
        return {"code": 200, "headers": headers, "message": "OK", "data": data}

    async def _handle(self, message: dict[str, Any]) -> None:
        if self._punches:
            self.answers.append(await self.punch(message["senderStaffId"], message["createAt"]))
        text = self._answer(message)
        if text is None:
            return
        body = {"msgtype": "markdown", "markdown": {"title": "clock-in", "text": text}}
        async with self.http.post(message["sessionWebhook"], json=body) as response:
            self.answers.append(await response.json())


def authorization(signed_url: str, timestamp: str, secret: str = "sandbox") -> str:
    """Return the header of a signed call."""
    message = f"{secret}{signed_url}{timestamp}".encode()
    signed = base64.urlsafe_b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()
    return f"myAppKey=sandbox,timestamp={timestamp},signature={signed}"
