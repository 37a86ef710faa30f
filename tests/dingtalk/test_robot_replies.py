"""Answering through session webhooks, and speaking one to one."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.dingtalk import apis
from bot.dingtalk.apis import BATCH_SEND
from bot.dingtalk.rendering import link, markdown, plain
from bot.dingtalk.robot import Robot, SendResult, origin, trusted_webhook
from bot.domain.messages import SessionWebhook
from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped, UpstreamError
from bot.views.reply import Button, Reply
from tests.dingtalk.rig import START, Rig, Step, cut, ok, sample, say, silence, text, truncated

HOOK = "/robot/sendBySession"
REPLY = Reply(
    "上班 08:58", "### 上班 08:58\n\n已记录", (Button("下班", "下班打卡"), Button("我的[今天]", "我的 考勤&?"))
)
TEXT = (
    "### 上班 08:58\n\n已记录\n\n"
    "[下班](dtmd://dingtalkclient/sendMessage?content=%E4%B8%8B%E7%8F%AD%E6%89%93%E5%8D%A1) | "
    "[我的\\[今天\\]](dtmd://dingtalkclient/sendMessage?content=%E6%88%91%E7%9A%84%20%E8%80%83%E5%8B%A4%26%3F)"
)
DINGTALK = [
    "https://oapi.dingtalk.com/robot/sendBySession?session=0123abcd",
    "https://api.dingtalk.com/robot/sendBySession?session=0123abcd",
    "https://oapi.dingtalk.com:443/robot/sendBySession?session=a%2Bb%3D",
]
STRANGERS = [
    "http://oapi.dingtalk.com/robot/sendBySession?session=1",
    "http://169.254.169.254/latest/meta-data",
    "https://127.0.0.1/robot/sendBySession",
    "file:///etc/passwd",
    "https://oapi.dingtalk.com.evil.com/robot/sendBySession",
    "https://evil.com/robot/sendBySession?x=oapi.dingtalk.com",
    "https://evil.com#oapi.dingtalk.com/robot/sendBySession",
    "https://oapi.dingtalk.com#@evil.com/robot/sendBySession",
    "https://oapi.dingtalk.com@evil.com/robot/sendBySession",
    "https://evil.com@oapi.dingtalk.com/robot/sendBySession",
    "https://user:pass@oapi.dingtalk.com/robot/sendBySession",
    "https://oapi.dingtalk.com:8443/robot/sendBySession",
    "https://oapi.dingtalk.com:99999/robot/sendBySession",
    "https://oapi.dingtalk.com./robot/sendBySession",
    "https://оapi.dingtalk.com/robot/sendBySession",  # a Cyrillic о
    "https://oapi.dingtalk.com\\@evil.com/robot/sendBySession",
    "https://oapi.dingtalk.com\\robot\\sendBySession",
    "https://oapi.dingtalk.com/robot/sendBySession\r\nX-Evil: 1",
    "https://oapi.dingtalk.com/robot/sendBySession?session=a b",
    "https://oapi。dingtalk。com/robot/sendBySession",
    "https://oapi.dingtalk.com/robot/send?access_token=1",
    "https://oapi.dingtalk.com/robot/sendBySession/../../topapi/message",
    "https://oapi.dingtalk.com/robot/%73endBySession",
    "https://oapi.dingtalk.com/robot/sendBySession?session=1#part",
    "https:///robot/sendBySession",
    "https://[::1]/robot/sendBySession",
    "//oapi.dingtalk.com/robot/sendBySession",
    "javascript:alert(1)",
    "",
    "https://oapi.dingtalk.com/robot/sendBySession?session=" + "x" * 5000,
]
OWN = frozenset({origin(URL("http://127.0.0.1:8080")), origin(URL("https://dingtalk.corp.example/base"))})


def robot(rig: Rig, deadline_s: float = 5.0, *, cards: bool = True) -> Robot:
    return Robot(
        rig.http,
        rig.openapi,
        rig.limits,
        robot_code="dingrobot",
        api_url=rig.server.url,
        oapi_url=rig.server.url,
        clock=rig.time,
        cards=cards,
        deadline_s=deadline_s,
    )


def webhook(rig: Rig, path: str = HOOK, minutes: int = 90) -> SessionWebhook:
    url = f"{rig.server.url}{path}?session=sesame%2B1"
    return SessionWebhook(url, expires_at=START + timedelta(minutes=minutes))


@pytest.mark.parametrize("url", DINGTALK)
def test_dingtalks_own_webhooks_are_answered(url: str) -> None:
    parsed = trusted_webhook(url, frozenset())
    assert parsed is not None
    assert parsed.raw_query_string == url.partition("?")[2]


@pytest.mark.parametrize("url", STRANGERS)
def test_no_other_address_is_called(url: str) -> None:
    assert trusted_webhook(url, OWN) is None


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("http://127.0.0.1:8080/robot/sendBySession?session=1", True),
        ("http://127.0.0.1:8080/hook", True),
        ("https://dingtalk.corp.example/robot/sendBySession", True),
        ("https://127.0.0.1:8080/robot/sendBySession", False),
        ("http://127.0.0.1:8081/robot/sendBySession", False),
        ("http://localhost:8080/robot/sendBySession", False),
        ("http://x@127.0.0.1:8080/robot/sendBySession", False),
        ("http://dingtalk.corp.example/robot/sendBySession", False),
        ("https://x.dingtalk.corp.example/robot/sendBySession", False),
    ],
)
def test_the_configured_hosts_are_answered_at_their_scheme_and_port(url: str, trusted: bool) -> None:
    assert (trusted_webhook(url, OWN) is not None) is trusted


@pytest.mark.parametrize("url", STRANGERS)
def test_dingtalks_hosts_are_called_nowhere_else_although_the_configuration_names_them(url: str) -> None:
    own = frozenset({origin(URL("https://api.dingtalk.com")), origin(URL("https://oapi.dingtalk.com"))})
    assert trusted_webhook(url, own) is None
    assert trusted_webhook(DINGTALK[0], own) is not None


@given(st.text())
def test_no_text_makes_the_reading_of_a_webhook_fail(text: str) -> None:
    found = trusted_webhook("https://oapi.dingtalk.com" + text, OWN)
    assert found is None or (found.host == "oapi.dingtalk.com" and found.path == "/robot/sendBySession")


async def test_a_reply_without_buttons_goes_to_the_webhook_as_markdown(rig: Rig) -> None:
    rig.server.on(HOOK, ok())
    messenger: Robot = robot(rig)
    await messenger.answer(webhook(rig), replace(REPLY, buttons=()))
    request = rig.server.asked(HOOK)[0]
    assert request.body == {"msgtype": "markdown", "markdown": {"title": "上班 08:58", "text": REPLY.text}}
    assert request.query == {"session": "sesame+1"}
    assert "x-acs-dingtalk-access-token" not in request.headers


async def test_a_stranger_is_not_called_and_the_error_does_not_name_it(rig: Rig) -> None:
    hook = SessionWebhook("http://169.254.169.254/sesame", expires_at=START + timedelta(hours=1))
    with pytest.raises(NotSent) as caught:
        await robot(rig).answer(hook, REPLY)
    assert "sesame" not in str(caught.value)


async def test_an_expired_webhook_is_not_called(rig: Rig) -> None:
    rig.server.on(HOOK, ok())
    rig.time.skip(90 * 60)
    with pytest.raises(NotSent, match="expired"):
        await robot(rig).answer(webhook(rig), REPLY)
    assert rig.server.asked(HOOK) == []


@pytest.mark.parametrize(
    ("step", "error", "wait_s"),
    [
        (say({"errcode": "0"}), None, None),
        (say({"errcode": 300001, "errmsg": "session 不存在"}), NotSent, None),
        (say({"errcode": "session.expired"}), NotSent, None),
        (say({"errcode": "session.notExisted"}), NotSent, None),
        (say({"errcode": 410100, "errmsg": "too fast"}), NotSent, 600),
        (say({"errcode": 130101, "errmsg": "send too fast"}), NotSent, 600),
        (say({"errcode": 90018}), NotSent, 1),
        (say({"errcode": -1}), NotSent, None),
        (say({"errcode": 40014}), NotSent, None),
        (say({"errcode": 22}), NotSent, None),
        (text("<html>", 404), NotSent, None),
        (text("<html>", 503), OutcomeUnknown, None),
        (say({"errcode": 430101, "errmsg": "unsafe link"}), Rejected, None),
        (say({"errcode": 400013, "errmsg": "group dissolved"}), Rejected, None),
        (say({}, 504), OutcomeUnknown, None),
        (cut, OutcomeUnknown, None),
        (truncated, OutcomeUnknown, None),
        (silence, OutcomeUnknown, None),
    ],
)
async def test_answers_of_a_webhook_become_errors(
    rig: Rig, step: Any, error: type[UpstreamError] | None, wait_s: float | None
) -> None:
    rig.server.on(HOOK, step)
    speaking = robot(rig, deadline_s=2.0 if step is silence else 60.0).answer(webhook(rig), REPLY)
    if error is None:
        await speaking
        return
    with pytest.raises(error) as caught:
        await speaking
    assert "sesame" not in repr(caught.value)
    assert getattr(caught.value, "retry_after_s", None) == wait_s


async def test_an_answer_in_a_group_names_its_asker_in_the_text_too(rig: Rig) -> None:
    rig.server.on(HOOK, say({"errcode": 0}), say({"errcode": 0}))
    speaking = robot(rig)
    await speaking.answer(replace(webhook(rig), asker_user_id="user01"), REPLY)
    await speaking.answer(webhook(rig), REPLY)
    in_group, alone = (call.body for call in rig.server.asked(HOOK))
    assert in_group["at"] == {"atUserIds": ["user01"]}
    assert in_group["markdown"]["text"].startswith("@user01\n\n")
    assert "at" not in alone


async def test_a_message_goes_to_many_by_batch_send(rig: Rig) -> None:
    rig.server.on(BATCH_SEND.path, say({"processQueryKey": "k"}))
    assert await robot(rig, cards=False).send(["u1", "u2"], REPLY) == SendResult()
    request = rig.server.asked(BATCH_SEND.path)[0]
    official = sample("robot_out.oToMessages_batchSend.request")
    assert set(request.body) == set(official)
    assert (request.body["robotCode"], request.body["userIds"]) == ("dingrobot", ["u1", "u2"])
    assert request.body["msgKey"] == "sampleMarkdown"
    assert json.loads(request.body["msgParam"]) == {"title": "上班 08:58", "text": TEXT}


async def test_what_is_not_urgent_lets_receipts_go_first() -> None:
    async with Rig(each_api=1) as rig:
        rig.server.on(BATCH_SEND.path, say({"processQueryKey": "k"}))
        speaker: Robot = robot(rig)
        await speaker.send(["first"], REPLY)
        await asyncio.gather(speaker.send(["reminder"], REPLY, urgent=False), speaker.send(["receipt"], REPLY))
        spoken_to = [request.body["userIds"] for request in rig.server.asked(BATCH_SEND.path)]
    assert spoken_to == [["first"], ["receipt"], ["reminder"]]


def test_of_all_that_is_called_nothing_reaches_a_group_but_an_answer_to_it() -> None:
    known = [api for api in vars(apis).values() if isinstance(api, apis.Api)]
    assert {api.path for api in known if "/robot/" in api.path or "essage" in api.path} == {
        apis.REPLY.path,  # through the session webhook of a message that came from there
        BATCH_SEND.path,  # one to one
    }


async def test_whom_a_message_did_not_reach_is_told(rig: Rig) -> None:
    rig.server.on(BATCH_SEND.path, say(sample("robot_out.oToMessages_batchSend.response")))
    assert await robot(rig).send(["u1"], REPLY) == SendResult(("manage25231",), ("manage25232",))
    rig.server.on(BATCH_SEND.path, say({"processQueryKey": "k", "filteredStaffIdList": ["u3"]}))
    assert await robot(rig).send(["u3"], REPLY) == SendResult(invalid=("u3",))


@pytest.mark.parametrize("body", [{}, {"errcode": 0}, {"flowControlledStaffIdList": ["u1"]}])
async def test_an_answer_without_a_key_does_not_tell_that_a_reminder_was_sent(
    rig: Rig, body: dict[str, object]
) -> None:
    rig.server.on(BATCH_SEND.path, say(body))
    with pytest.raises(OutcomeUnknown):
        await robot(rig).send(["u1", "u2"], REPLY, urgent=False)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (say({"code": "send.too.fast"}, 400), NotSent),
        (say({"code": "system.error"}, 500), NotSent),
        (say({"code": "chatbotId.notAllow.sendOTO"}, 400), ServiceStopped),
        (say({"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied"}, 403), ServiceStopped),
        (say({"code": "invalidParameter.msgParam.tooLong"}, 400), Rejected),
        (silence, OutcomeUnknown),
    ],
)
async def test_answers_of_batch_send_become_errors_and_nothing_is_said_twice(
    rig: Rig, step: Any, error: type[Exception]
) -> None:
    rig.server.on(BATCH_SEND.path, step)
    with pytest.raises(error):
        await robot(rig, deadline_s=2.0 if step is silence else 60.0).send(["u1"], Reply("t", "text"))
    assert len(rig.server.asked(BATCH_SEND.path)) == 1


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_whatever_a_button_says_arrives_and_cannot_end_the_link(says: str) -> None:
    head, _, tail = link(Button("go", says)).partition("content=")
    assert head == "[go](dtmd://dingtalkclient/sendMessage?"
    assert tail.endswith(")")
    assert unquote(tail[:-1]) == says
    assert not set(tail[:-1]) & set("()[] <>\n\"'&")


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("催 王小明", "催 王小明"),
        ("Alice (user001)", "Alice \\(user001\\)"),
        ("a](https://evil.example)", "a\\]\\(https://evil\\.example\\)"),
        ("`a\n# b\u202e", "\\`a \\# b"),
        ("<https://evil.example> @all", "\\<https://evil\\.example\\> \\@all"),
    ],
)
def test_a_label_is_shown_as_it_stands_whatever_name_is_in_it(label: str, shown: str) -> None:
    assert link(Button(label, "x")) == f"[{shown}](dtmd://dingtalkclient/sendMessage?content=x)"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("上班 08:58", "上班 08:58"),
        ("**Nothing was recorded.** Please clock in", "Nothing was recorded. Please clock in"),
        ("I don't know a site called “a\\.b\\_c\\", "I don't know a site called “a.b_c"),
        ("Tap [here](https://x) or\n`39.9,116.4", "Tap here or 39.9,116.4"),
        ("王_小_明 (user_1)", "王_小_明 (user_1)"),
    ],
)
def test_a_title_carries_no_markup_into_notifications(title: str, shown: str) -> None:
    assert plain(title) == shown
    assert markdown(Reply(title, "text"))["title"] == shown


BATCH_SEND_PATH = "/v1.0/robot/oToMessages/batchSend"


async def test_a_probe_speaks_to_nobody_and_shows_the_permission(rig: Rig) -> None:
    rig.server.on(BATCH_SEND_PATH, say({"invalidStaffIdList": ["x"]}), say({"code": "staffId.notExisted"}, 400))
    for _ in range(2):
        assert "may speak" in await robot(rig).probe()
    assert rig.server.asked(BATCH_SEND_PATH)[0].body["userIds"] == ["clock-in-bot-check-nobody"]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (say(sample("error.new_api_permission_denied"), 403), ServiceStopped, "Grant the app the permission"),
        (say({"code": "robot.oto.notExist"}, 400), ServiceStopped, "dingtalk.robot_code"),
        (say({"code": "robot.notExist", "message": "unknown"}, 400), Rejected, "robot.notExist"),
    ],
)
async def test_a_probe_of_a_robot_that_may_not_speak_says_so(
    rig: Rig, answer: Step, error: type[Exception], words: str
) -> None:
    rig.server.on(BATCH_SEND_PATH, answer)
    with pytest.raises(error, match=words):
        await robot(rig).probe()
