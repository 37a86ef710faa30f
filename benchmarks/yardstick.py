"""A minimal bot that shows the speed of a machine: commit each message, acknowledge it, send a
signed punch, reply.

It has no identity, understanding, ledger or read-back. `burst.py --yardstick` starts it in the
bot's place. Like the bot, it commits in groups with `synchronous=FULL` and has 256 messages at a
time under way.

    python benchmarks/yardstick.py http://127.0.0.1:18090 /tmp/yardstick.db
"""

import asyncio
import json
import sqlite3
import sys
import time
from collections.abc import Sequence
from typing import Any

import aiohttp
from dingtalk_stream.chatbot import ChatbotMessage
from dingtalk_stream.frames import AckMessage, CallbackMessage, Headers, SystemMessage

from bot.dingtalk.clock_in import authorization

APP = {"clientId": "sandbox", "clientSecret": "sandbox"}
MESSAGES_AT_ONCE = 256


class Yardstick:
    """One connection to the gateway and one to the database."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        socket: aiohttp.ClientWebSocketResponse,
        base: str,
        path: str,
    ) -> None:
        self._signed_url = f"{base}/attendance/v1/clock/single/add"
        self._session = session
        self._socket = socket
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute(
            "CREATE TABLE inbox (message_id TEXT PRIMARY KEY, body TEXT NOT NULL)"
        )
        self._taken: asyncio.Queue[tuple[str, ChatbotMessage, str]] = asyncio.Queue()
        self._slots = asyncio.Semaphore(MESSAGES_AT_ONCE)

    async def run(self) -> None:
        """Read, commit, acknowledge, punch and reply until the gateway closes."""
        async with asyncio.TaskGroup() as tasks:
            worker = tasks.create_task(self._work(tasks))
            async for arrived in self._socket:
                await self._read(arrived.data)
            worker.cancel()

    async def _read(self, raw: str) -> None:
        frame = json.loads(raw)
        frame["headers"].pop("time", None)
        if frame["type"] == CallbackMessage.TYPE:
            callback = CallbackMessage.from_dict(frame)
            message = ChatbotMessage.from_dict(callback.data)
            self._taken.put_nowait((callback.headers.message_id, message, frame["data"]))
        elif frame["headers"]["topic"] == "ping":
            await self._acknowledge(
                frame["headers"]["messageId"], SystemMessage.from_dict(frame).data
            )

    async def _work(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            group = [await self._taken.get()]
            while not self._taken.empty():
                group.append(self._taken.get_nowait())
            await asyncio.to_thread(
                self._commit, [(message.message_id, body) for _, message, body in group]
            )
            for frame_id, message, _ in group:
                await self._acknowledge(frame_id, {"response": None})
                tasks.create_task(self._punch(message))

    def _commit(self, rows: Sequence[tuple[str, str]]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("INSERT INTO inbox VALUES (?, ?)", rows)
        self._database.execute("COMMIT")

    async def _acknowledge(self, frame_id: str, data: object) -> None:
        ack = AckMessage()
        ack.code = AckMessage.STATUS_OK
        ack.headers.message_id = frame_id
        ack.headers.content_type = Headers.CONTENT_TYPE_APPLICATION_JSON
        ack.message, ack.data = "OK", data
        await self._socket.send_str(json.dumps(ack.to_dict()))

    async def _punch(self, message: ChatbotMessage) -> None:
        punch = {
            "user_id": message.sender_staff_id,
            "time": str(message.create_at),
            "category": "NORMAL",
        }
        reply = {"msgtype": "text", "text": {"content": f"heard: {message.text.content}"}}
        async with self._slots:
            ts_ms = int(time.time() * 1000)
            signature = authorization("sandbox", "sandbox", self._signed_url, ts_ms)
            await self._post(self._signed_url, punch, {"Authorization": signature})
            await self._post(message.session_webhook, reply, {})

    async def _post(self, url: str, body: dict[str, Any], headers: dict[str, str]) -> None:
        async with self._session.post(url, json=body, headers=headers) as answer:
            await answer.read()


async def main(base: str, path: str) -> None:
    """Connect to the gateway of the pretend DingTalk at `base` and serve it."""
    asked: dict[str, Any] = {
        **APP,
        "subscriptions": [{"type": CallbackMessage.TYPE, "topic": ChatbotMessage.TOPIC}],
    }
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        async with session.post(f"{base}/v1.0/gateway/connections/open", json=asked) as answer:
            ticket = await answer.json()
        params = {"ticket": ticket["ticket"]}
        async with session.ws_connect(ticket["endpoint"], params=params) as socket:
            await Yardstick(session, socket, base, path).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
