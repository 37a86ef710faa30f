"""What frames say and what their ACKs look like."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dingtalk.answering import presentable
from bot.dingtalk.frames import (
    TOPIC_MESSAGE,
    EventFrame,
    MessageFrame,
    PingFrame,
    SystemFrame,
    UnreadableFrame,
    ack,
    event_ack,
    message_ack,
    read_frame,
    unknown_ack,
)
from tests.dingtalk.stream_stage import callback, happened, said

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 9, 1, 0, 58, tzinfo=UTC)


def read(frame: object) -> Any:
    return read_frame(frame if isinstance(frame, str) else json.dumps(frame), NOW)


def sample(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def test_the_official_robot_frame_is_read_although_it_misspells_create_at() -> None:
    frame = read(sample("stream.frame_callback_robot"))
    assert isinstance(frame, MessageFrame)
    assert frame.frame_id == "212ca9d7_974_1898c159aa6_1783b"
    assert frame.message.text == "测试数据"
    assert frame.message.sent_at == datetime(2023, 7, 26, 9, 1, 41, 894000, tzinfo=UTC)


def test_the_official_event_frame_is_read() -> None:
    frame = read(sample("stream.frame_event_user_add_org"))
    assert frame == EventFrame(
        "213d841d_972_1898bb26334_70a7",
        "user_add_org",
        {"timestamp": "1685501863357", "userId": ["015xxxx227"]},
    )


def test_the_official_disconnect_frame_is_read() -> None:
    assert read(sample("stream.frame_system_disconnect")) is SystemFrame.DISCONNECT


def test_the_official_ping_is_answered_as_the_official_ack_does() -> None:
    text = (PAYLOADS / "stream.frame_system_ping.invalid.json").read_text(encoding="utf-8")
    frame = read(text.replace('"application/json", ', '"application/json"'))  # the sample has a comma too many
    assert isinstance(frame, PingFrame)
    assert same_ack(frame.ack, sample("stream.ack_ping"))


def test_an_event_whose_envelope_is_misspelt_is_unreadable() -> None:
    with pytest.raises(UnreadableFrame) as unreadable:
        read(sample("stream.frame_event_2"))
    assert unreadable.value.ack is None


def test_acks_are_the_official_ones() -> None:
    frame_id = "213d841d_972_1898bb26334_70a7"
    assert same_ack(message_ack(frame_id), sample("stream.ack_robot"))
    assert same_ack(ack(frame_id, {"response": {}}), sample("stream.ack_generic"))
    official = sample("stream.ack_event")
    official["data"] = '{"status": "SUCCESS"}'  # its message is optional
    assert same_ack(event_ack(frame_id, again=False), official)
    assert json.loads(json.loads(event_ack(frame_id, again=True))["data"]) == {"status": "LATER"}
    assert json.loads(unknown_ack(frame_id))["code"] == 404


def same_ack(text: str, official: dict[str, Any]) -> bool:
    ours = json.loads(text)
    return {**ours, "data": json.loads(ours["data"])} == {**official, "data": json.loads(official["data"])}


@pytest.mark.parametrize("time", [None, "soon", 1.5, [], "1e400"])
def test_an_odd_time_in_the_headers_costs_no_message(time: object) -> None:
    frame = said()
    frame["headers"]["time"] = time
    assert isinstance(read(frame), MessageFrame)


@pytest.mark.parametrize("frame_id", [None, "", 5, "x" * 300])
def test_a_message_without_a_frame_id_is_read_all_the_same(frame_id: object) -> None:
    frame = said()
    frame["headers"]["messageId"] = frame_id
    assert read(frame).frame_id is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["打卡", "1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
NAMES = st.sampled_from(
    [
        "msgId",
        "msgtype",
        "text",
        "content",
        "createAt",
        "senderStaffId",
        "sessionWebhook",
        "sessionWebhookExpiredTime",
    ]
)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(raw: str) -> None:
    with pytest.raises(UnreadableFrame):
        read_frame(raw, NOW)


@settings(max_examples=50)
@given(
    st.sampled_from(["SYSTEM", "EVENT", "CALLBACK", "OTHER"]) | JSON,
    st.sampled_from([TOPIC_MESSAGE, "*", "ping", "disconnect"]) | JSON,
    st.dictionaries(st.sampled_from(["messageId", "eventId", "eventType", "time", "appId"]), JSON) | JSON,
    JSON,
    st.booleans(),
)
def test_no_mutated_frame_breaks_the_reader(
    kind: object, topic: object, headers: object, data: object, as_text: bool
) -> None:
    topical = {**headers, "topic": topic} if isinstance(headers, dict) else headers
    assert_survives(json.dumps({"type": kind, "headers": topical, "data": json.dumps(data) if as_text else data}))


@settings(max_examples=50)
@given(st.dictionaries(NAMES, JSON))
def test_no_mutated_message_breaks_the_reader(changes: dict[str, object]) -> None:
    assert_survives(json.dumps(said(**changes)))


def assert_survives(raw: str) -> None:
    try:
        frame = read_frame(raw, NOW)
    except UnreadableFrame as error:
        assert error.reason
        assert error.ack is None or json.loads(error.ack)["headers"]["messageId"]
    else:
        if isinstance(frame, MessageFrame):
            frame.message.text.encode()  # UTF-8 holds it
            assert "\0" not in frame.message.text + frame.message.sender.nick
            assert frame.message.message_id.isprintable()


@pytest.mark.parametrize("depth", [100, 900, 1_000, 10_000, 400_000])
def test_nesting_breaks_neither_the_frame_nor_its_data(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    for raw in (nested, json.dumps(callback(TOPIC_MESSAGE, nested)), json.dumps(happened(data=nested))):
        with pytest.raises(UnreadableFrame):
            read_frame(raw, NOW)


def test_what_is_put_aside_is_short_and_holds_no_webhook_however_it_is_written() -> None:
    for written in (
        '{"sessionWebhook":"https://h/robot/sendBySession?session=5e55i0n","msgId":5}',
        r'{"data":"{\"sessionWebhook\":\"https://h/?session=5e55i0n\",\"msgId\":5}"}',
        r'{"data":"{\"sessionWebhook\":\"https:\/\/h\/?session\\u003d5e55i0n\",\"msgId\":5}"}',
        'garbage session=5e55i0n, "msgId": 5',
        '{"sessionWebhook":"https://h/a,b}/?session=x,5e55i0n","msgId":5}',
        r'{"data":"{\"sessionWebhook\":\"https:\/\/h\/a,b?c={5e55i0n}\",\"msgId\":5}"}',
    ):
        assert "5e55i0n" not in presentable(written)
        assert "msgId" in presentable(written)
    assert "sessionWebhookExpiredTime" in presentable('{"sessionWebhookExpiredTime":1}')
    assert presentable("\0\ud800") == "\ufffd?"
    assert len(presentable("x" * 10_000)) == 4_096
