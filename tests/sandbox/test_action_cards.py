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
BATCH_SEND = "/v1.0/robot/oToMessages/batchSend"


def address(says: str) -> str:
    return SENDS + quote(says, safe="")


def a_card(*pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
    buttons = [{"title": label, "actionURL": address(says)} for label, says in pairs]
    return {"title": "t", "text": "### Well", "btnOrientation": "0", "btns": buttons, **more}


def of_keys(title: str, url: str, count: int) -> dict[str, str]:
    """Return msgParam of a card with so many buttons."""
    numbers = range(1, count + 1)
    buttons = {title.format(n): f"B{n}" for n in numbers} | {url.format(n): address(f"say {n}") for n in numbers}
    return {"title": "t", "text": "hello", **buttons}


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


async def send(caller: Caller, key: str, content: dict[str, Any], *people: str) -> tuple[int, Any]:
    body = {"robotCode": "sandbox", "userIds": list(people) or ["user001"], "msgKey": key}
    return await caller.post(BATCH_SEND, {**body, "msgParam": json.dumps(content)})


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


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": None},
        {"text": ""},
        {"btnOrientation": 0},
        {"btnOrientation": "2"},
        {"btns": []},
        {"btns": [{"title": "a"}]},
        {"btns": [{"title": "", "actionURL": address("a")}]},
        {"btns": [{"title": "a", "actionURL": "clock in"}]},
        {"btns": [{"title": "a", "actionURL": f"{SENDS}上班"}]},
        {"btns": [{"title": "a", "actionURL": SENDS}]},
        {"btns": [{"title": "a", "actionUrl": address("a")}]},
        {"btns": "a"},
        {"singleTitle": "a"},
        {"buttons": []},
    ],
)
async def test_a_card_unlike_the_documented_one_is_refused_and_not_shown(
    sandbox: Sandbox, caller: Caller, bot: ScriptedBot, wrong: dict[str, Any]
) -> None:
    answer = await answer_with(sandbox, bot, a_card(("a", "a")) | wrong)
    assert answer["errcode"] == 400002
    assert len(await heard(caller)) == 1


@pytest.mark.parametrize(
    ("key", "fields", "count"),
    [
        *((f"sampleActionCard{n}", ("actionTitle{}", "actionURL{}"), n) for n in (2, 3, 4, 5)),
        ("sampleActionCard6", ("buttonTitle{}", "buttonUrl{}"), 2),
        ("sampleActionCard", ("singleTitle", "singleURL"), 1),
    ],
)
async def test_each_card_of_the_robot_takes_exactly_its_fields(
    sandbox: Sandbox, caller: Caller, bot: ScriptedBot, key: str, fields: tuple[str, str], count: int
) -> None:
    content = of_keys(*fields, count)
    status, _ = await send(caller, key, content, "user001", "user002")
    labels = [content[name] for name in content if "itle" in name and name != "title"]
    assert status == 200 and len(labels) == count
    assert [await heard(caller, who) for who in ("user001", "user002")] == [[("bot", "hello", labels)]] * 2
    for name in content:
        without = {field: value for field, value in content.items() if field != name}
        assert (await send(caller, key, without))[0] == 400
    assert (await send(caller, key, content | {"btnOrientation": "0"}))[0] == 400
    assert len(await heard(caller)) == 1


async def test_refused_cards_are_not_shown_and_other_messages_are(
    sandbox: Sandbox, caller: Caller, bot: ScriptedBot
) -> None:
    await sandbox.fault("cards_refused")
    assert (await answer_with(sandbox, bot, a_card(("a", "a"))))["errcode"] == 400105
    assert (await send(caller, "sampleActionCard2", of_keys("actionTitle{}", "actionURL{}", 2)))[0] == 400
    assert (await send(caller, "sampleMarkdown", {"title": "t", "text": "still here"}))[0] == 200
    assert [text for _, text, _ in await heard(caller)] == ["hi", "still here"]
