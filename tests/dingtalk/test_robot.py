"""Answers through session webhooks and messages one to one: cards, markdown, attachments."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.demo import write_config
from bot.clock import SystemClock
from bot.dingtalk.robot import Robot, markdown
from bot.domain.messages import SessionWebhook
from bot.errors import NotSent, OutcomeUnknown, Rejected, TooFast, TooLarge, UpstreamError
from bot.platform import DingTalk
from bot.views.sentences import Attachment, Button, Reply
from tests.dingtalk.rig import START, Rig, Step, cut, ok, sample, say, text
from tests.pretend_dingtalk import Sandbox

HOOK = "/robot/sendBySession"
SENDS = "dtmd://dingtalkclient/sendMessage?content="
IN, OUT = Button("上班打卡", "上班打卡"), Button("下班[打卡]", "下班 打卡&?")
KEY = say({"processQueryKey": "k"})
DINGTALK = "https://oapi.dingtalk.com/robot/sendBySession?session=0123%2Babcd"
STRANGERS = [
    "http://169.254.169.254/latest/meta-data",
    "https://oapi.dingtalk.com.evil.com/robot/sendBySession",
    "https://oapi.dingtalk.com@evil.com/robot/sendBySession",
    "https://oapi.dingtalk.com:8443/robot/sendBySession",
    "https://оapi.dingtalk.com/robot/sendBySession",  # a Cyrillic о
    "https://oapi.dingtalk.com/robot/sendBySession\r\nX-Evil: 1",
    "https://oapi.dingtalk.com/robot/sendBySession/../../topapi/message",
    "http://127.0.0.1:8081/robot/sendBySession",
]
CONFIGURED = (
    "http://127.0.0.1:8080",
    "https://dingtalk.corp.example/base",
    "https://oapi.dingtalk.com",
)


def a_reply(*buttons: Button) -> Reply:
    return Reply("上班 **08:58**", "### 上班 08:58\n\n已记录", buttons)


def robot(rig: Rig, *, cards: bool = True) -> Robot:
    own = [rig.server.url]
    return Robot(rig.openapi, robot_code="dingrobot", own=own, cards=cards)


def webhook(rig: Rig) -> SessionWebhook:
    return SessionWebhook(
        f"{rig.server.url}{HOOK}?session=sesame%2B1", expires_at=START + timedelta(minutes=90)
    )


async def answered(rig: Rig, speaker: Robot, reply: Reply) -> list[Any]:
    """Answer and return the bodies of all answers so far."""
    await speaker.answer(webhook(rig), reply)
    return [request.body for request in rig.server.asked(HOOK)]


async def sent(rig: Rig, speaker: Robot, reply: Reply) -> list[tuple[str, Any]]:
    """Send one to one, and return key and parameters of all messages so far."""
    await speaker.send(["u1", "u2"], reply)
    bodies = [request.body for request in rig.server.asked("batch_send")]
    return [(body["msgKey"], json.loads(body["msgParam"])) for body in bodies]


# --- allowed webhooks


async def test_only_webhooks_of_known_hosts_are_called(rig: Rig) -> None:
    speaker = Robot(rig.openapi, robot_code="dingrobot", own=CONFIGURED)
    for url in (
        DINGTALK,
        "http://127.0.0.1:8080/hook",
        "https://dingtalk.corp.example/robot/sendBySession",
    ):
        assert speaker.trusts(url)
    for url in STRANGERS:
        assert not speaker.trusts(url), url


async def test_an_expired_or_foreign_webhook_is_not_called(rig: Rig) -> None:
    stranger = SessionWebhook(
        "http://169.254.169.254/sesame", expires_at=START + timedelta(hours=1)
    )
    for hook, minutes in ((stranger, 0), (webhook(rig), 90)):
        rig.time.skip(60 * minutes)
        with pytest.raises(NotSent) as caught:
            await robot(rig).answer(hook, a_reply())
        assert "sesame" not in str(caught.value)
    assert rig.server.asked(HOOK) == []


# --- answers


@pytest.mark.parametrize(
    ("step", "error", "wait_s"),
    [
        (say({"errcode": 300001, "errmsg": "session 不存在"}), NotSent, 0),
        (say({"errcode": 130101, "errmsg": "send too fast"}), TooFast, 1.0),
        (text("<html>", 503), OutcomeUnknown, 0),
        (say({"errcode": 430101, "errmsg": "unsafe link"}), Rejected, 0),
        (cut, OutcomeUnknown, 0),
    ],
)
async def test_a_failed_webhook_call_is_not_repeated(
    rig: Rig, step: Step, error: type[UpstreamError], wait_s: float
) -> None:
    rig.server.on(HOOK, step)
    with pytest.raises(error) as caught:
        await robot(rig).answer(webhook(rig), a_reply(IN))
    assert "sesame" not in repr(caught.value)
    assert caught.value.retry_after_s == wait_s
    # a refused ActionCard becomes markdown
    assert len(rig.server.asked(HOOK)) == 1 + (error is Rejected)


async def test_an_answer_in_a_group_mentions_its_asker(rig: Rig) -> None:
    rig.server.on(HOOK, ok())
    await robot(rig).answer(replace(webhook(rig), asker_user_id="user01"), a_reply())
    (in_group,) = rig.server.asked(HOOK)
    assert in_group.body["at"] == {"atUserIds": ["user01"]}
    assert in_group.body["markdown"]["text"].startswith("@user01\n\n")
    assert in_group.query == {"session": "sesame+1"}
    assert "x-acs-dingtalk-access-token" not in in_group.headers


async def test_a_card_in_a_group_mentions_its_asker_and_goes_as_markdown_when_refused(
    rig: Rig,
) -> None:
    rig.server.on(HOOK, say({"errcode": 400105, "errmsg": "unsupported msgtype"}), ok())
    page = Button("打开页面", url="dingtalk://dingtalkclient/page/link?url=x")
    await robot(rig).answer(replace(webhook(rig), asker_user_id="user01"), a_reply(page))
    card, text = (request.body for request in rig.server.asked(HOOK))
    assert card["msgtype"] == "actionCard" and text["msgtype"] == "markdown"
    assert card["actionCard"]["btns"] == [{"title": "打开页面", "actionURL": page.url}]
    assert card["actionCard"]["text"].startswith("@user01\n\n")
    assert text["markdown"]["text"].startswith("@user01\n\n")
    assert card["at"] == text["at"] == {"atUserIds": ["user01"]}


async def test_a_reply_with_buttons_is_a_documented_action_card(rig: Rig) -> None:
    rig.server.on(HOOK, ok())
    (body,) = await answered(rig, robot(rig), a_reply(IN, OUT))
    official = sample("webhook.actionCard_btns")
    assert set(body) == set(official) and set(body["actionCard"]) == set(official["actionCard"])
    card = body["actionCard"]
    assert (card["title"], card["text"]) == ("上班 08:58", "### 上班 08:58\n\n已记录")
    assert [button["title"] for button in card["btns"]] == ["上班打卡", "下班[打卡]"]
    addresses = [button["actionURL"] for button in card["btns"]]
    assert all(
        address.startswith(SENDS) and address.isascii() and "&" not in address
        for address in addresses
    )
    assert [unquote(address.removeprefix(SENDS)) for address in addresses] == [IN.says, OUT.says]


@pytest.mark.parametrize("count", [0, 6])
async def test_a_reply_with_no_or_six_buttons_is_markdown(rig: Rig, count: int) -> None:
    rig.server.on(HOOK, ok())
    rig.server.on("batch_send", KEY)
    reply = a_reply(*[IN] * count)
    assert await answered(rig, robot(rig), reply) == [
        {"msgtype": "markdown", "markdown": markdown(reply)}
    ]
    assert await sent(rig, robot(rig), reply) == [("sampleMarkdown", markdown(reply))]


async def test_a_refused_card_goes_as_markdown_at_once(rig: Rig) -> None:
    rig.server.on(
        "batch_send",
        say({"code": "invalidParameter.msgKey", "message": "unknown msgKey"}, 400),
        KEY,
    )
    keys = [key for key, _ in await sent(rig, robot(rig), a_reply(IN, OUT))]
    assert keys == ["sampleActionCard2", "sampleMarkdown"]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_the_text_of_a_button_cannot_end_its_link(says: str) -> None:
    tail = markdown(Reply("t", "", (Button("go", says),)))["text"].removeprefix(f"[go]({SENDS}")
    assert tail.endswith(")")
    assert unquote(tail[:-1]) == says
    assert not set(tail[:-1]) & set("()[] <>\n\"'&")


# --- one to one


async def test_a_ding_stays_in_the_app_and_names_whom_it_missed(rig: Rig) -> None:
    failed = {"quota": "u1", "gone": ["u3"]}
    rig.server.on("ding", say({"openDingId": "54165xxx"}), say({"failedList": failed}))
    assert await robot(rig).ding(["u1", "u3"], "now") == []
    assert await robot(rig).ding(["u1", "u3"], "now") == ["u1", "u3"]
    rig.server.on("ding", say({"failedList": {"gone": ["u3"]}}))
    with pytest.raises(OutcomeUnknown):
        await robot(rig).ding(["u1", "u3"], "now")
    sent = {"robotCode": "dingrobot", "remindType": 1, "receiverUserIdList": ["u1", "u3"]}
    assert rig.server.asked("ding")[0].body == sent | {"content": "now"}


@pytest.mark.parametrize("body", [{}, {"flowControlledStaffIdList": ["u1"]}])
async def test_an_answer_without_a_key_is_unknown(rig: Rig, body: dict[str, object]) -> None:
    rig.server.on("batch_send", say(body))
    with pytest.raises(OutcomeUnknown):
        await robot(rig).send(["u1", "u2"], a_reply(), urgent=False)


# --- attachments, checked by the pretend DingTalk


@pytest.mark.parametrize(
    ("name", "most"), [("days.png", 1024 * 1024), ("days.xlsx", 20 * 1024 * 1024)]
)
async def test_a_too_large_attachment_does_not_leave(tmp_path: Path, name: str, most: int) -> None:
    async with Sandbox() as sandbox:
        dingtalk = DingTalk(write_config(sandbox, tmp_path), SystemClock())
        await dingtalk.robot.upload(Attachment(name, b"x" * most))
        with pytest.raises(TooLarge):
            await dingtalk.robot.upload(Attachment(name, b"x" * (most + 1)))
        assert [call.api for call in sandbox.requests].count("media_upload") == 1
        await dingtalk.http.close()
