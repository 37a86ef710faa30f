"""Milliseconds as DingTalk writes them: one reading for messages and events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.clock import from_ms
from bot.dingtalk.events import read_event
from bot.dingtalk.fields import BEYOND_MS, as_moment
from bot.dingtalk.inbound import read_message
from bot.domain.events import PeopleChange, PeopleChanged

MS = 1685501863357
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        *((MS, MS), (str(MS), MS), (f" {MS} ", MS), (float(MS), MS), (MS + 0.75, MS)),
        *((0, None), (-1, None), (True, None), ("", None), ("soon", None), (None, None), ([MS], None)),
        *((float("nan"), None), ("１６８５", None), (BEYOND_MS - 1, BEYOND_MS - 1)),
    ],
)
def test_a_moment_is_read_alike_in_messages_and_events(written: Any, read: int | None) -> None:
    moment = None if read is None else from_ms(read)
    assert as_moment(written) == moment
    body = {"userId": "u1", "timeStamp": written}
    assert read_event("user_add_org", body) == PeopleChanged(PeopleChange.JOINED, ("u1",), moment)
    message, _ = read_message({"msgId": "m1", "text": {"content": "hi"}, "createAt": written}, NOON)
    assert message.sent_at == moment


@pytest.mark.parametrize("written", [BEYOND_MS, str(BEYOND_MS), 10**30, "9" * 40, float("inf")])
def test_from_2100_on_an_event_tells_no_moment_and_a_message_is_asked_about(written: Any) -> None:
    assert as_moment(written) is None
    message, _ = read_message({"msgId": "m1", "text": {"content": "hi"}, "createAt": written}, NOON)
    assert message.sent_at == from_ms(BEYOND_MS)
