"""The control API that other programs rely on."""

import json

import pytest

from bot.sandbox import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import ScriptedBot


def echo(message: dict) -> str:
    return f"you said {message['text']['content'].strip()}"


async def test_a_message_is_pushed_and_its_answer_enters_the_transcript(sandbox: Sandbox, caller: Caller) -> None:
    async with ScriptedBot(sandbox.url, answer=echo) as bot:
        status, answer = await caller.post("/_sandbox/messages", {"user_id": "user001", "text": "打卡"})
        await sandbox.wait_for_reply("user001")
        _, transcript = await caller.get("/_sandbox/transcript?user_id=user001")

    data = json.loads(json.loads(bot.frames[0])["data"])
    assert status == 200 and answer == {"message_id": data["msgId"]}
    assert [set(entry) for entry in transcript] == [{"from", "at", "text", "buttons"}] * 2
    assert [(entry["from"], entry["text"]) for entry in transcript] == [("user", "打卡"), ("bot", "you said 打卡")]
    assert transcript[0]["at"].startswith("2026-11-25T00:50")


async def test_a_group_message_says_so_and_its_answer_reaches_the_group(sandbox: Sandbox, caller: Caller) -> None:
    async with ScriptedBot(sandbox.url, answer=echo) as bot:
        await sandbox.ask("user001", "打卡", conversation="2")
        _, seen_by_colleague = await caller.get("/_sandbox/chat?user_id=user002&conversation=2")
        _, seen_by_other_team = await caller.get("/_sandbox/chat?user_id=user006&conversation=2")

    data = json.loads(json.loads(bot.frames[0])["data"])
    assert data["conversationType"] == "2" and data["text"]["content"] == " 打卡"
    assert [entry["speaker"] for entry in seen_by_colleague] == ["user", "bot"]
    assert seen_by_other_team == []
    assert sandbox.replies("user001") == ["you said 打卡"] and sandbox.replies("user002") == []


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": "nobody", "text": "hi"},
        {"user_id": "user001", "text": 7},
        {"user_id": "user001", "text": "hi", "conversation": "3"},
        {"user_id": "user001", "text": "hi", "kind": "smell"},
        {"user_id": "user001", "text": "hi", "sent_at": "yesterday"},
        {"user_id": "user001", "text": "hi", "typo": 1},
        ["not an object"],
    ],
)
async def test_a_message_that_makes_no_sense_is_refused_with_a_reason(caller: Caller, body: object) -> None:
    status, answer = await caller.post("/_sandbox/messages", body)

    assert status == 400 and answer["error"]


@pytest.mark.parametrize(
    ("text", "left"),
    [("@李娜 打卡", "  打卡"), ("帮 @李娜 打卡", " 帮  打卡"), ("@bot @李娜 打卡", "   打卡"), ("打卡", " 打卡")],
)
async def test_a_group_message_loses_the_names_it_links_and_lists_everybody_mentioned(
    sandbox: Sandbox, caller: Caller, text: str, left: str
) -> None:
    async with ScriptedBot(sandbox.url, answer=echo) as bot:
        said = {"user_id": "user001", "text": text, "conversation": "2", "mentions": ["user003"]}
        status, _ = await caller.post("/_sandbox/messages", said)
        await sandbox.wait_for_reply("user001")

    data = json.loads(json.loads(bot.frames[0])["data"])
    assert status == 200 and data["text"]["content"] == left
    assert data["atUsers"][0] == {"dingtalkId": data["chatbotUserId"]}
    assert [one["staffId"] for one in data["atUsers"][1:]] == ["user003"]
