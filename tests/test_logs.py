"""Logs: one line of JSON each, and nothing secret."""

import json
import logging
import sys

import pytest

from bot.logs import JsonFormatter, Redactor


def logged(message: str, *args: object, secret: str = "") -> str:
    record = logging.LogRecord("bot", logging.INFO, "x.py", 1, message, args, None)
    line = JsonFormatter(Redactor([secret])).format(record)
    assert line.isprintable()
    said: str = json.loads(line)["message"]
    return said


@pytest.mark.parametrize(
    "text",
    [
        "https://oapi.dingtalk.com/x?access_token=CANARY42&a=1",
        "{'appSecret': 'CANARY42'}",
        '{"clientSecret": "CANARY42"}',
        "postgresql://user:CANARY42@host/db",
        "postgresql://:p@CANARY42@host/db",
        "Authorization: Bearer CANARY42",
        "authorization: myAppKey=k,signature=CANARY42,timestamp=1",
        '{"accessToken":"CANARY42"}',
        '{"data":"{\\"ticket\\":\\"CANARY42\\"}"}',
        'password: "two words, CANARY42"',
        "password = CANARY42",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert "CANARY42" not in logged("call %s", text)


@pytest.mark.parametrize(
    "text",
    [
        "access_token: the host's name cannot be resolved",
        "a session: one conversation; the sign: a plus",
    ],
)
def test_an_api_name_in_an_error_stays_readable(text: str) -> None:
    assert logged("call %s", text) == f"call {text}"


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    assert (
        logged("odd place: %s", "xxs3cr3t-valuexx", secret="s3cr3t-value") == "odd place: xx***xx"
    )


@pytest.mark.parametrize("sign", ["\n", "\x1b[31m", "\u2028", "\ud800"])
def test_control_characters_never_reach_a_terminal(sign: str) -> None:
    assert logged("nick %s", f"王小明{sign}😀") == f"nick 王小明{sign}😀"


def test_a_trace_is_masked_too() -> None:
    try:
        raise ValueError("https://x/?access_token=CANARY42")
    except ValueError:
        record = logging.LogRecord("bot", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())
    assert "CANARY42" not in JsonFormatter(Redactor()).format(record)
