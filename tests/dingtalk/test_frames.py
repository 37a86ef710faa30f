"""Reading frames and robot messages, valid and malformed, and writing their ACKs."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import from_ms
from bot.dingtalk.frames import EVENT_TAKEN, UnreadableFrame, ack, read_message
from bot.domain.messages import Message, MessageKind
from bot.understanding.understand import Act, understand
from tests.dingtalk.rig import sample
from tests.dingtalk.stream_stage import said

NOW = datetime(2026, 9, 1, 0, 58, tzinfo=UTC)


def payload(**changes: object) -> dict[str, Any]:
    """Return a text message with changed fields. The value `...` removes a field."""
    whole = {**json.loads(said()["data"]), **changes}
    return {name: value for name, value in whole.items() if value is not ...}


def read(**changes: object) -> Message:
    return read_message(payload(**changes), NOW)[0]


@pytest.mark.parametrize("name", ["full_0718", "group_full_0699"])
def test_an_official_message_is_read_with_its_sender_and_webhook(name: str) -> None:
    official = sample(f"robot_in.{name}")
    message, webhook = read_message(official, NOW)
    assert message.message_id == official["msgId"]
    assert message.sender.user_id == official["senderStaffId"]
    assert message.sender.corp_id == official["senderCorpId"]
    assert message.sent_at == from_ms(official["createAt"])
    assert message.received_at == NOW
    assert message.is_group == (official["conversationType"] == "2")
    assert webhook is not None
    assert webhook.url == official["sessionWebhook"]
    assert webhook.expires_at == from_ms(official["sessionWebhookExpiredTime"])


def test_a_message_withheld_for_quota_is_recognised() -> None:
    for code in ({"errorCode": 20001, "msgtype": "text"}, {"errCode": "20001", "msgtype": ...}):
        message = read(text=..., errorMessage="受调用量超量影响", **code)
        assert (message.kind, message.text) == (MessageKind.QUOTA, "")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"text": {"content": "\u3000打卡\u3000\n"}}, "打卡"),
        ({"text": {"content": "打\0卡\x1b\ttab\nline"}}, "打卡\ttab\nline"),
        (
            {
                "msgtype": "richText",
                "content": {"richText": [{"type": "at"}, {"text": "打"}]},
                "text": ...,
            },
            "打",
        ),
    ],
)
def test_texts_are_cleaned_and_rich_text_is_joined(changes: dict[str, object], text: str) -> None:
    message = read(**changes)
    assert (message.kind, message.text) == (MessageKind.TEXT, text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, "x" * 129)
            for name in ("msgId", "senderStaffId", "senderUnionId", "senderCorpId")
        ),
        *(("senderStaffId", value) for value in ("a\0b", "a\u202eb", "a b", ["user01"])),
        *(("msgId", value) for value in (..., None, "")),
        ("text", [1]),
    ],
)
def test_a_malformed_field_makes_a_message_unreadable(name: str, value: object) -> None:
    with pytest.raises(UnreadableFrame, match=name):
        read(**{name: value})


@pytest.mark.parametrize(
    ("created", "sent_at"),
    [
        ("1756688280123", from_ms(1756688280123)),
        (10**30, datetime(2100, 1, 1, tzinfo=UTC)),
        *((value, None) for value in (..., None, 0, -5, "soon", 1.5, [1])),
    ],
)
def test_a_message_has_the_servers_time_or_none(created: object, sent_at: datetime | None) -> None:
    message = read(createAt=created)
    assert message.sent_at == sent_at
    assert message.at == (sent_at or NOW)


def test_an_unclear_conversation_is_treated_as_a_group() -> None:
    assert [read(conversationType=kind).is_group for kind in ("1", 1, "2", "3", ...)] == [
        False
    ] * 2 + [True] * 3


@pytest.mark.parametrize("blank", [" ", "\u3000", "\0 ", "\u200b"])
def test_long_blanks_do_not_hide_the_end_of_a_message(blank: str) -> None:
    message = read(text={"content": "clock in" + blank * 8_100 + "? did Bob, not me"})
    assert understand(message.text, today=NOW.date()).act is not Act.DO


@pytest.mark.parametrize("ends", [..., "soon", 1.5])
def test_a_webhook_without_an_end_lives_for_ninety_minutes(ends: object) -> None:
    assert read_message(payload(sessionWebhook=...), NOW)[1] is None
    _, webhook = read_message(payload(sessionWebhookExpiredTime=ends), NOW)
    assert webhook is not None
    assert webhook.expires_at == from_ms(1756688280000) + timedelta(minutes=90)


@pytest.mark.parametrize(
    ("listed", "mentioned"),
    [
        ([{"dingtalkId": "$:bot"}, {"dingtalkId": "$:a", "staffId": "user02"}], ("user02",)),
        (
            [{"dingtalkId": "$:a", "staffId": "user02"}, {"dingtalkId": "$:b", "staffId": ""}],
            ("user02", None),
        ),
        (None, ()),
    ],
)
def test_all_mentions_except_the_bot_are_read(
    listed: object, mentioned: tuple[str | None, ...]
) -> None:
    assert (
        read(atUsers=listed, chatbotUserId="$:bot", conversationType="2").mentioned_user_ids
        == mentioned
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("robot", '{"response": null}'),
        ("generic", '{"response": {}}'),
        ("ping", ...),
        ("event", EVENT_TAKEN),
    ],
)
def test_acks_have_the_documented_form(name: str, data: Any) -> None:
    official = sample(f"stream.ack_{name}")
    answered = json.loads(
        ack(official["headers"]["messageId"], official["data"] if data is ... else data)
    )
    assert {**answered, "data": ""} == {**official, "data": ""}
    # An event's ACK needs no message.
    assert json.loads(answered["data"]).items() <= json.loads(official["data"]).items()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=10,
)
NAMES = st.sampled_from(sorted({*payload(), "content", "errorCode", "atUsers"}))


@settings(max_examples=100)
@given(st.dictionaries(NAMES, JSON))
def test_no_mutated_message_breaks_the_reader(changes: dict[str, object]) -> None:
    try:
        message = read(**changes)
    except UnreadableFrame:
        return
    message.text.encode()  # UTF-8 holds it
    assert "\0" not in message.text
    assert message.message_id.isprintable()
