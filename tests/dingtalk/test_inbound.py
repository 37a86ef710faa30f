"""Robot messages as DingTalk sends them, and as it should not."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import from_ms
from bot.dingtalk.inbound import MOST_TEXT, UnreadableMessage, read_message
from bot.domain.messages import Message, MessageKind
from bot.understanding import Act, understand

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 9, 1, 0, 58, tzinfo=UTC)
UNREADABLE = (MessageKind.UNREADABLE, "")


def sample(name: str) -> dict[str, Any]:
    loaded = json.loads((PAYLOADS / f"robot_in.{name}.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def payload(**changes: object) -> dict[str, Any]:
    """Return the payload of a text message with some fields changed, or left out where they are `...`."""
    whole = {
        "msgId": "msg1",
        "msgtype": "text",
        "text": {"content": "打卡"},
        "conversationType": "1",
        "conversationId": "cid1==",
        "senderStaffId": "user01",
        "senderUnionId": "union01",
        "senderCorpId": "dingcorp",
        "senderNick": "小钉",
        "createAt": 1756688280123,
        "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=5e55i0n",
        "sessionWebhookExpiredTime": 1756693680000,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def read(**changes: object) -> Message:
    return read_message(payload(**changes), NOW)[0]


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("text_devpedia", MessageKind.TEXT, "hello DingTalk!"),
        ("full_0718", MessageKind.TEXT, "你好"),
        ("group_full_0699", MessageKind.TEXT, "text"),
        ("group_text_0078", MessageKind.TEXT, "你好"),
        ("richText_devpedia", MessageKind.TEXT, "这个问题示例图如下： 通过以上示意图可以明白完整的交互流程"),
        ("audio_devpedia", MessageKind.VOICE, "钉钉PaaS开放中心，致力为企业……"),
        ("picture_devpedia", *UNREADABLE),
        ("video_devpedia", *UNREADABLE),
        ("file_devpedia", *UNREADABLE),
        ("unknownMsgType_devpedia", *UNREADABLE),
    ],
)
def test_each_official_message_is_read(name: str, kind: MessageKind, text: str) -> None:
    official = sample(name)
    message, webhook = read_message(official, NOW)
    assert (message.kind, message.text) == (kind, text)
    assert message.message_id == official["msgId"]
    assert message.sender.user_id == official["senderStaffId"]
    assert message.sender.corp_id == official["senderCorpId"]
    assert message.sender.nick == official["senderNick"]
    assert message.sent_at == from_ms(official["createAt"])
    assert message.received_at == NOW
    assert message.is_group == (official["conversationType"] == "2")
    assert webhook is not None
    assert webhook.url == official["sessionWebhook"]
    assert webhook.expires_at == from_ms(official["sessionWebhookExpiredTime"])


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("text_part", MessageKind.TEXT, "你好"),
        ("richText_part", MessageKind.TEXT, "你好"),
        ("richText_0718", MessageKind.TEXT, "你好"),
        ("audio_part", MessageKind.VOICE, "钉钉，让进步发生"),
        ("picture_part", *UNREADABLE),
        ("video_part", *UNREADABLE),
        ("file_part", *UNREADABLE),
    ],
)
def test_each_official_body_is_read(name: str, kind: MessageKind, text: str) -> None:
    message = read(text=..., **sample(name)) if name != "text_part" else read(**sample(name))
    assert (message.kind, message.text) == (kind, text)


@pytest.mark.parametrize("code", [{"errorCode": 20001}, {"errorCode": "20001"}, {"errCode": 20001}])
@pytest.mark.parametrize("msgtype", ["text", ...])
def test_a_message_withheld_for_quota_is_known_as_such(code: dict[str, object], msgtype: object) -> None:
    message = read(text=..., msgtype=msgtype, errorMessage="受调用量超量影响", **code)
    assert (message.kind, message.text) == (MessageKind.QUOTA, "")
    assert message.sender.user_id == "user01"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"text": ..., "content": " 你好"}, "你好"),
        ({"text": ..., "content": {"content": "打卡"}}, "打卡"),
        ({"text": "打卡"}, "打卡"),
        ({"msgtype": ...}, "打卡"),
        ({"text": {"content": "\u3000打卡\u3000\n"}}, "打卡"),
        ({"text": {"content": "打\0卡\x1b\ud83d\ttab\nline"}}, "打卡\ttab\nline"),
        ({"text": {"content": "👩‍💻打卡😀"}}, "👩‍💻打卡😀"),
        ({"text": {"content": ""}}, ""),
    ],
)
def test_a_text_is_found_wherever_it_stands(changes: dict[str, object], text: str) -> None:
    message = read(**changes)
    assert (message.kind, message.text) == (MessageKind.TEXT, text)


def test_the_texts_of_a_rich_text_are_joined_and_pictures_part_them() -> None:
    parts = [
        {"text": "打"},
        {"text": "卡"},
        {"type": "at", "atName": "小钉"},
        {"text": "总部", "type": "text"},
        "odd",
    ]
    assert read(msgtype="richText", text=..., content={"richText": parts}).text == "打卡 总部"


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ...},
        {"text": {}},
        {"text": {"content": None}},
        {"msgtype": "richText", "content": {"richText": []}},
        {"msgtype": "richText", "content": {"richText": [{"type": "picture", "downloadCode": "c"}]}},
        {"msgtype": "audio", "content": {"downloadCode": "c"}},
        {"msgtype": "audio", "content": {"recognition": ""}},
        {"msgtype": "chatRecord"},
        {"msgtype": "location", "content": {"latitude": 39.9}},
    ],
)
def test_a_message_that_says_nothing_readable_is_still_a_message(
    changes: dict[str, object],
) -> None:
    message = read(**changes)
    assert (message.kind, message.text) == UNREADABLE


@pytest.mark.parametrize("name", ["msgId", "senderStaffId", "senderUnionId", "senderCorpId", "conversationId"])
@pytest.mark.parametrize(
    "value", ["x" * 129, "user\n01", "user\x0001", "user\ud80001", "user\u202e01", 5, ["user01"]]
)
def test_an_id_that_is_none_makes_the_message_unreadable(name: str, value: object) -> None:
    with pytest.raises(UnreadableMessage, match=name):
        read(**{name: value})


@pytest.mark.parametrize("value", [..., None, ""])
def test_a_message_without_its_id_is_unreadable(value: object) -> None:
    with pytest.raises(UnreadableMessage, match="msgId"):
        read(msgId=value)


@pytest.mark.parametrize(
    "changes",
    [
        {"msgtype": 5},
        {"text": {"content": 5}},
        {"text": [1]},
        {"msgtype": "richText", "content": {"richText": "打卡"}},
        {"msgtype": "richText", "content": {"richText": [{"text": 5}]}},
        {"msgtype": "audio", "content": {"recognition": ["打卡"]}},
    ],
)
def test_a_body_of_the_wrong_type_makes_the_message_unreadable(changes: dict[str, object]) -> None:
    with pytest.raises(UnreadableMessage):
        read(**changes)


@pytest.mark.parametrize(
    ("changes", "sent_at"),
    [
        ({"createAt": "1756688280123"}, from_ms(1756688280123)),
        ({"createAt": 1756688280123.0}, from_ms(1756688280123)),
        ({"createAt": ..., "createA": 1756688280123}, from_ms(1756688280123)),
        ({"createAt": 4102444800001}, datetime(2100, 1, 1, tzinfo=UTC)),
        ({"createAt": 10**30}, datetime(2100, 1, 1, tzinfo=UTC)),
        *[
            ({"createAt": value}, None)
            for value in (
                ...,
                None,
                "",
                "soon",
                "-1",
                0,
                -5,
                True,
                [],
                float("nan"),
                float("inf"),
                "9" * 5000,
            )
        ],
    ],
)
def test_the_time_of_a_message_is_that_of_the_server_or_none(changes: dict[str, object], sent_at: object) -> None:
    message = read(**changes)
    assert message.sent_at == sent_at
    assert message.at == (sent_at or NOW)


@pytest.mark.parametrize(
    ("conversation_type", "is_group"), [("1", False), (1, False), ("2", True), (2, True), (..., True), ("3", True)]
)
def test_a_conversation_that_is_not_surely_single_is_treated_as_a_group(
    conversation_type: object, is_group: bool
) -> None:
    assert read(conversationType=conversation_type).is_group is is_group


@pytest.mark.parametrize(
    ("nick", "shown"),
    [
        ("  张\n三\t ", "张 三"),
        ("eve\u202eluap", "eve luap"),
        ("x" * 500, "x" * 64),
        ("\0" * 500_000, ""),
        (None, ""),
        (5, ""),
        ("\ud800", ""),
    ],
)
def test_a_nickname_is_shown_as_one_short_line(nick: object, shown: str) -> None:
    assert read(senderNick=nick).sender.nick == shown


@pytest.mark.parametrize("body", ["长" * 200_000, "[" * 200_000, " " * 200_000, "\0" * 200_000])
def test_a_text_of_200_kilobytes_is_cut(body: str) -> None:
    assert len(read(text={"content": body}).text) <= MOST_TEXT


@pytest.mark.parametrize("blank", [" ", "\n", "\u3000", "\0 ", "\u200b"])
def test_a_long_blank_does_not_hide_the_end_of_a_message(blank: str) -> None:
    message = read(text={"content": "clock in" + blank * 8_100 + "? did Bob, not me"})
    assert understand(message.text, today=NOW.date()).act is not Act.DO


@pytest.mark.parametrize("url", [..., None, "", 5])
def test_a_message_without_a_usable_webhook_is_read_all_the_same(url: object) -> None:
    message, webhook = read_message(payload(sessionWebhook=url), NOW)
    assert webhook is None
    assert message.text == "打卡"


def test_a_webhook_that_names_no_end_lives_for_ninety_minutes_from_the_message() -> None:
    _, webhook = read_message(payload(sessionWebhookExpiredTime=...), NOW)
    assert webhook is not None
    assert webhook.expires_at == from_ms(1756688280123) + timedelta(minutes=90)


@pytest.mark.parametrize(
    ("listed", "mentioned"),
    [
        ([{"dingtalkId": "$:bot"}], ()),
        ([{"dingtalkId": "$:bot"}, {"dingtalkId": "$:a", "staffId": "user02"}], ("user02",)),
        ([{"dingtalkId": "$:a", "staffId": "user02"}, {"dingtalkId": "$:b", "staffId": ""}], ("user02", None)),
        ([{"staffId": "user02"}, {"staffId": "user02"}, {"staffId": 7}, "?"], ("user02", None)),
        ([{}], (None,)),
        (None, ()),
    ],
)
def test_everybody_mentioned_but_the_bot_is_read(listed: object, mentioned: tuple[str | None, ...]) -> None:
    assert read(atUsers=listed, chatbotUserId="$:bot", conversationType="2").mentioned_user_ids == mentioned
