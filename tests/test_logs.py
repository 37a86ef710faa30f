"""Logs: one line of JSON each, and nothing secret."""

import json
import logging

import pytest

from bot.logs import JsonFormatter, Redactor


def formatted(message: str, *args: object, secrets: tuple[str, ...] = ()) -> dict[str, str]:
    record = logging.LogRecord("bot", logging.INFO, "x.py", 1, message, args, None)
    line = JsonFormatter(Redactor(secrets)).format(record)
    assert "\n" not in line
    entry: dict[str, str] = json.loads(line)
    return entry


@pytest.mark.parametrize(
    "text",
    [
        "https://oapi.dingtalk.com/x?access_token=CANARY42&a=1",
        "https://oapi.dingtalk.com/robot/sendBySession?session=CANARY42",
        "wss://x/connect?ticket=CANARY42",
        "{'appSecret': 'CANARY42'}",
        '{"clientSecret": "CANARY42"}',
        "postgresql://user:CANARY42@host/db",
        "Authorization: CANARY42",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert "CANARY42" not in formatted("call %s", text)["message"]


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    assert (
        formatted("odd place: %s", "xxs3cr3t-valuexx", secrets=("s3cr3t-value",))["message"]
        == "odd place: xx***xx"
    )


def test_text_from_outside_cannot_forge_a_line() -> None:
    entry = formatted("nick %s", '\n2026-01-01 ERROR fake"}\x1b[31m')
    assert entry["level"] == "INFO"


def test_a_trace_is_masked_too() -> None:
    import sys

    try:
        raise ValueError("https://x/?access_token=CANARY42")
    except ValueError:
        record = logging.LogRecord("bot", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())
    assert "CANARY42" not in JsonFormatter(Redactor()).format(record)
