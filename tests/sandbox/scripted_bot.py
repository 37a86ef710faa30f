"""A tiny bot with its own Stream client. It acknowledges frames and gives scripted answers."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, Self

import aiohttp

ROBOT = "/v1.0/im/bot/messages/get"
CARD = "/v1.0/card/instances/callback"
SUBSCRIPTIONS = [
    {"type": "EVENT", "topic": "*"},
    {"type": "CALLBACK", "topic": ROBOT},
    {"type": "CALLBACK", "topic": CARD},
]


class ScriptedBot:
    """Connects on entering, and acknowledges each frame."""

    def __init__(
        self,
        url: str,
        *,
        answer: Callable[[dict[str, Any]], str | None] = lambda message: None,
    ) -> None:
        self.url = url
        self.messages: list[dict[str, Any]] = []  # the data of people's messages
        self._answer = answer

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        body = {"clientId": "sandbox", "clientSecret": "sandbox", "subscriptions": SUBSCRIPTIONS}
        async with self._http.post(
            f"{self.url}/v1.0/gateway/connections/open", json=body
        ) as response:
            ticket = await response.json()
        self._ws = await self._http.ws_connect(f"{ticket['endpoint']}?ticket={ticket['ticket']}")
        self._work = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        await self._ws.close()
        await self._http.close()

    async def _run(self) -> None:
        async for message in self._ws:
            frame = json.loads(message.data)
            if "messageId" in frame["headers"]:
                by_type = {"SYSTEM": frame["data"], "EVENT": '{"status": "SUCCESS"}'}
                data = by_type.get(frame["type"], '{"response": null}')
                headers = {
                    "messageId": frame["headers"]["messageId"],
                    "contentType": "application/json",
                }
                await self._ws.send_json(
                    {"code": 200, "headers": headers, "message": "OK", "data": data}
                )
            if frame["headers"]["topic"] == ROBOT:
                await self._handle(json.loads(frame["data"]))

    async def _handle(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        text = self._answer(message)
        if text is not None:
            body = {"msgtype": "markdown", "markdown": {"title": "clock-in", "text": text}}
            async with self._http.post(message["sessionWebhook"], json=body):
                pass


def authorization(signed_url: str, timestamp: str, secret: str = "sandbox") -> str:
    """Return the header of a signed call."""
    message = f"{secret}{signed_url}{timestamp}".encode()
    signed = base64.urlsafe_b64encode(
        hmac.new(secret.encode(), message, hashlib.sha256).digest()
    ).decode()
    return f"myAppKey=sandbox,timestamp={timestamp},signature={signed}"
