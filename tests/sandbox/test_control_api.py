"""The control API that other programs rely on."""

from urllib.parse import quote

import pytest

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import ScriptedBot

PRESS = f"[上班](dtmd://dingtalkclient/sendMessage?content={quote('上班 打卡&?')})"


def echo(message: dict) -> str:
    return f"you said {message['text']['content'].strip()}"


async def test_the_transcript_shows_a_message_and_its_answer(
    sandbox: Sandbox, caller: Caller
) -> None:
    async with ScriptedBot(sandbox.url, answer=echo) as bot:
        status, answer = await caller.post(
            "/_sandbox/messages", {"user_id": "user001", "text": "打卡"}
        )
        await sandbox.wait_for_reply("user001")
        _, transcript = await caller.get("/_sandbox/transcript?user_id=user001")

    assert status == 200 and answer == {"message_id": bot.messages[0]["msgId"]}
    assert [set(entry) for entry in transcript] == [{"from", "at", "text", "buttons"}] * 2
    assert [(entry["from"], entry["text"]) for entry in transcript] == [
        ("user", "打卡"),
        ("bot", "you said 打卡"),
    ]
    assert transcript[0]["at"].startswith("2026-11-25T00:50")


async def test_a_press_sends_the_text_of_the_newest_button(
    sandbox: Sandbox, caller: Caller
) -> None:
    async with ScriptedBot(sandbox.url, answer=lambda message: PRESS) as bot:
        await sandbox.ask("user001", "hi")
        _, transcript = await caller.get("/_sandbox/transcript?user_id=user001")
        status, pressed = await caller.post(
            "/_sandbox/presses", {"user_id": "user001", "label": "上班"}
        )
        await sandbox.wait_for_reply("user001", after=1)
        refused, _ = await caller.post("/_sandbox/presses", {"user_id": "user002", "label": "上班"})

    assert [entry["buttons"] for entry in transcript] == [[], ["上班"]]
    assert (status, pressed, refused) == (200, {"message_id": bot.messages[1]["msgId"]}, 400)
    assert (bot.messages[1]["text"]["content"], bot.messages[1]["senderStaffId"]) == (
        "上班 打卡&?",
        "user001",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": "nobody", "text": "hi"},
        {"user_id": "user001", "text": 7},
        {"user_id": "user001", "text": "hi", "conversation": "3"},
        {"user_id": "user001", "text": "hi", "typo": 1},
        ["not an object"],
    ],
)
async def test_an_invalid_message_is_refused_with_a_reason(caller: Caller, body: object) -> None:
    status, answer = await caller.post("/_sandbox/messages", body)

    assert status == 400 and answer["error"]
