"""Replies with buttons as ActionCards, and as markdown where DingTalk takes no card."""

import json
from typing import Any
from urllib.parse import unquote

import pytest

from bot.dingtalk.apis import BATCH_SEND
from bot.dingtalk.rendering import markdown
from bot.dingtalk.robot import CARDS_REST_S, Robot
from bot.errors import NotSent, OutcomeUnknown, Rejected
from bot.views.reply import Button, Reply
from tests.dingtalk.rig import Rig, cut, ok, sample, say
from tests.dingtalk.test_robot_replies import HOOK, robot, webhook

SENDS = "dtmd://dingtalkclient/sendMessage?content="
IN, OUT = Button("上班打卡", "上班打卡"), Button("下班打卡", "下班 打卡&?")
LONG = Button("Clock in with my location", "clock in with location")
REFUSED = {"errcode": 400105, "errmsg": "unsupported msgtype"}
REFUSED_KEY = ({"code": "invalidParameter.msgKey", "message": "unknown msgKey"}, 400)


def a_reply(*buttons: Button) -> Reply:
    return Reply("上班 **08:58**", "### 上班 08:58\n\n已记录", buttons)


async def answered(rig: Rig, speaker: Robot, reply: Reply) -> list[Any]:
    """Answer, and return the bodies of all answers so far."""
    await speaker.answer(webhook(rig), reply)
    return [request.body for request in rig.server.asked(HOOK)]


async def sent(rig: Rig, speaker: Robot, reply: Reply) -> list[tuple[str, Any]]:
    """Send one to one, and return key and parameters of all messages so far."""
    await speaker.send(["u1", "u2"], reply)
    bodies = [request.body for request in rig.server.asked(BATCH_SEND.path)]
    return [(body["msgKey"], json.loads(body["msgParam"])) for body in bodies]


async def test_a_reply_with_buttons_is_an_action_card_shaped_as_documented(rig: Rig) -> None:
    rig.server.on(HOOK, ok())
    (body,) = await answered(rig, robot(rig), a_reply(IN, OUT))
    official = sample("webhook.actionCard_btns")
    assert set(body) == set(official) and set(body["actionCard"]) == set(official["actionCard"])
    assert body["msgtype"] == "actionCard"
    card = body["actionCard"]
    assert (card["title"], card["text"]) == ("上班 08:58", "### 上班 08:58\n\n已记录")
    assert [button["title"] for button in card["btns"]] == ["上班打卡", "下班打卡"]
    addresses = [button["actionURL"] for button in card["btns"]]
    assert all(address.startswith(SENDS) and address.isascii() and "&" not in address for address in addresses)
    assert [unquote(address.removeprefix(SENDS)) for address in addresses] == [IN.says, OUT.says]


@pytest.mark.parametrize(
    ("buttons", "orientation"),
    [((IN,), "0"), ((IN, OUT), "1"), ((IN, LONG), "0"), ((IN, OUT, IN), "0")],
)
async def test_only_two_short_buttons_stand_side_by_side(
    rig: Rig, buttons: tuple[Button, ...], orientation: str
) -> None:
    rig.server.on(HOOK, ok())
    (body,) = await answered(rig, robot(rig), a_reply(*buttons))
    assert body["actionCard"]["btnOrientation"] == orientation


@pytest.mark.parametrize("count", [0, 6])
async def test_no_buttons_or_more_than_five_go_as_markdown(rig: Rig, count: int) -> None:
    rig.server.on(HOOK, ok())
    rig.server.on(BATCH_SEND.path, say({"processQueryKey": "k"}))
    reply = a_reply(*[IN] * count)
    assert await answered(rig, robot(rig), reply) == [{"msgtype": "markdown", "markdown": markdown(reply)}]
    assert await sent(rig, robot(rig), reply) == [("sampleMarkdown", markdown(reply))]


@pytest.mark.parametrize(
    ("buttons", "key", "fields"),
    [
        ((IN, OUT), "sampleActionCard6", ("buttonTitle{}", "buttonUrl{}")),
        ((IN, LONG), "sampleActionCard2", ("actionTitle{}", "actionURL{}")),
        ((IN, OUT, LONG), "sampleActionCard3", ("actionTitle{}", "actionURL{}")),
        ((IN, OUT, LONG, IN, OUT), "sampleActionCard5", ("actionTitle{}", "actionURL{}")),
    ],
)
async def test_a_message_with_buttons_is_the_card_of_their_number(
    rig: Rig, buttons: tuple[Button, ...], key: str, fields: tuple[str, str]
) -> None:
    rig.server.on(BATCH_SEND.path, say({"processQueryKey": "k"}))
    ((used, card),) = await sent(rig, robot(rig), a_reply(*buttons))
    assert used == key
    assert (card.pop("title"), card.pop("text")) == ("上班 08:58", "### 上班 08:58\n\n已记录")
    title, url = fields
    shown = [(card.pop(title.format(n)), card.pop(url.format(n))) for n in range(1, len(buttons) + 1)]
    assert [(label, unquote(address.removeprefix(SENDS))) for label, address in shown] == [
        (button.label, button.says) for button in buttons
    ]
    assert card == {}


async def test_a_refused_card_goes_as_markdown_at_once_and_cards_rest_for_an_hour(rig: Rig) -> None:
    rig.server.on(HOOK, say(REFUSED), ok())
    rig.server.on(BATCH_SEND.path, say({"processQueryKey": "k"}))
    speaker, reply = robot(rig), a_reply(IN, OUT)
    assert [body["msgtype"] for body in await answered(rig, speaker, reply)] == ["actionCard", "markdown"]
    assert (await answered(rig, speaker, reply))[2:] == [{"msgtype": "markdown", "markdown": markdown(reply)}]
    assert [key for key, _ in await sent(rig, speaker, reply)] == ["sampleMarkdown"]
    rig.time.skip(CARDS_REST_S)
    assert [body["msgtype"] for body in (await answered(rig, speaker, reply))[3:]] == ["actionCard"]


async def test_a_refused_card_of_batch_send_goes_as_markdown_at_once(rig: Rig) -> None:
    rig.server.on(BATCH_SEND.path, say(*REFUSED_KEY), say({"processQueryKey": "k"}))
    speaker = robot(rig)
    keys = [key for key, _ in await sent(rig, speaker, a_reply(IN, OUT))]
    assert keys == ["sampleActionCard6", "sampleMarkdown"]
    assert [key for key, _ in await sent(rig, speaker, a_reply(IN, OUT))][2:] == ["sampleMarkdown"]


async def test_a_refusal_that_concerns_markdown_too_says_nothing_about_cards(rig: Rig) -> None:
    rig.server.on(HOOK, say({"errcode": 400013, "errmsg": "group dissolved"}))
    speaker = robot(rig)
    with pytest.raises(Rejected):
        await answered(rig, speaker, a_reply(IN))
    rig.server.on(HOOK, ok())
    assert [body["msgtype"] for body in await answered(rig, speaker, a_reply(IN))][-1] == "actionCard"


@pytest.mark.parametrize(
    ("step", "error"),
    [(cut, OutcomeUnknown), (say({}, 504), OutcomeUnknown), (say({"errcode": 130101}), NotSent)],
)
async def test_a_card_that_may_have_come_is_not_said_again_as_markdown(
    rig: Rig, step: Any, error: type[Exception]
) -> None:
    rig.server.on(HOOK, step)
    with pytest.raises(error):
        await answered(rig, robot(rig), a_reply(IN))
    assert len(rig.server.asked(HOOK)) == 1
