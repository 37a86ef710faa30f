"""ActionCards: taken as DingTalk documents them, shown in the transcript, and pressed."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from bot.sandbox import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import ScriptedBot

SENDS = "dtmd://dingtalkclient/sendMessage?content="


def address(says: str) -> str:
    return SENDS + quote(says, safe="")


def a_card(*pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
    buttons = [{"title": label, "actionURL": address(says)} for label, says in pairs]
    return {"title": "t", "text": "### Well", "btnOrientation": "0", "btns": buttons, **more}


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[ScriptedBot]:
    async with ScriptedBot(sandbox.url) as bot:
        yield bot


async def answer_with(sandbox: Sandbox, bot: ScriptedBot, card: object, **said: Any) -> Any:
    """Let user001 say something, answer it with a card, and return DingTalk's answer."""
    message_id = await sandbox.say("user001", "hi", **said)
    await sandbox.wait_until(lambda: sandbox.frames[-1].ack_code == 200)
    (frame,) = (one for one in bot.frames if message_id in one)
    body = {"msgtype": "actionCard", "actionCard": card}
    async with bot.http.post(json.loads(json.loads(frame)["data"])["sessionWebhook"], json=body) as response:
        return await response.json()


async def heard(caller: Caller, user_id: str = "user001") -> list[tuple[str, str, list[str]]]:
    _, transcript = await caller.get(f"/_sandbox/transcript?user_id={user_id}")
    return [(entry["from"], entry["text"], entry["buttons"]) for entry in transcript]


async def test_a_card_shows_its_text_and_buttons_and_a_press_sends_the_words(
    sandbox: Sandbox, caller: Caller, bot: ScriptedBot
) -> None:
    answer = await answer_with(sandbox, bot, a_card(("上班", "上班 打卡&?"), ("我的", "我的考勤")))
    status, pressed = await caller.post("/_sandbox/presses", {"user_id": "user001", "label": "上班"})
    await sandbox.wait_until(lambda: len(bot.frames) == 2 and sandbox.frames[-1].ack_code == 200)

    assert answer["errcode"] == 0 and status == 200
    data = json.loads(json.loads(bot.frames[1])["data"])
    assert pressed == {"message_id": data["msgId"]}
    assert data["text"]["content"] == "上班 打卡&?" and data["senderStaffId"] == "user001"
    assert await heard(caller) == [
        ("user", "hi", []),
        ("bot", "### Well", ["上班", "我的"]),
        ("user", "上班 打卡&?", []),
    ]
