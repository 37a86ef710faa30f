"""The official Python Stream SDK, unmodified, as a client of the sandbox."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.pretend_dingtalk import Sandbox

PROGRAM = """
import dingtalk_stream as sdk

class Echo(sdk.ChatbotHandler):
    async def process(self, callback):
        message = sdk.ChatbotMessage.from_dict(callback.data)
        self.reply_text(f"{message.sender_staff_id} said {message.text.content}", message)
        return sdk.AckMessage.STATUS_OK, "OK"

client = sdk.DingTalkStreamClient(sdk.Credential("sandbox", "sandbox"))
client.register_callback_handler(sdk.ChatbotMessage.TOPIC, Echo())
client.register_all_event_handler(sdk.EventHandler())
client.start_forever()
"""


@asynccontextmanager
async def official_client(url: str) -> AsyncIterator[None]:
    environment = {**os.environ, "DINGTALK_OPENAPI_ENDPOINT": url}
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, env=environment, stdout=quiet, stderr=quiet
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def test_the_official_sdk_answers_and_reconnects() -> None:
    async with Sandbox(disconnect_grace_s=0.2) as sandbox, official_client(sandbox.url):
        await sandbox.wait_until(lambda: sandbox.connections > 0)
        reply = await sandbox.ask("user001", "打卡")
        await sandbox.wait_until(lambda: sandbox.frames[-1].ack_code == 200)
        await sandbox.fault("disconnect")
        await sandbox.wait_until(lambda: sandbox.connections > 0)
        replies = (reply, await sandbox.ask("user002", "hi"))

    assert replies == ("user001 said 打卡", "user002 said hi")
