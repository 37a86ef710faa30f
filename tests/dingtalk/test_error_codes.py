"""DingTalk's documented error codes against the client's judgement.

`error_codes.tsv` lists the codes of every API in use: API, HTTP status, code, and the class that a
careful client gives it.
"""

import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from bot.dingtalk.apis import APIS, Host
from bot.dingtalk.http import Answer
from bot.dingtalk.outcomes import body_of
from bot.errors import (
    Banned,
    NotSent,
    OutcomeUnknown,
    Rejected,
    ServiceStopped,
    TokenExpired,
    TooFast,
    Unclassified,
)

TABLE = Path(__file__).with_name("error_codes.tsv")
EVERY_API = ("user", "record_upload", "leave", "batch_send")
CLASSES = {
    "busy": NotSent,
    "rejected": Rejected,
    "nobody": Rejected,  # a refused batch is sent again person by person
    "stopped": ServiceStopped,
    "token": TokenExpired,
    "too_fast": TooFast,
    "unknown": OutcomeUnknown,
}
# Codes that the client judges in another way, and why.
OTHERWISE: dict[str, tuple[type[Exception], str]] = {
    "HTML page": (Banned, "a ban pauses all calls, not the pace of one API"),
    "status 1111": (Banned, "a ban pauses all calls, not the pace of one API"),
    "90001": (Banned, "every call of this server is refused"),
    "90003": (Banned, "every call of this organisation is refused"),
    "90004": (Banned, "every call of these credentials is refused"),
    "50002": (Rejected, "one person outside the scope stops nobody else; the contacts log it"),
}


def answers(status: str, code: str, api: str) -> Iterator[Answer]:
    """Yield an answer for each HTTP status of a row."""
    if code == "HTML page":
        yield Answer(200, None, "<!DOCTYPE html><html></html>")
        return
    if code == "status 1111":
        yield Answer(200, {"status": 1111, "wait": 5, "punish": "deny"})
        return
    for number in (200 if text == "not stated" else int(text) for text in status.split("/")):
        if code == "88":
            yield Answer(number, {"errcode": 88, "sub_code": "40014"})
        elif code == "88 without sub code":
            yield Answer(number, {"errcode": 88, "sub_code": ""})
        elif code.startswith("isp."):
            yield Answer(number, {"errcode": 15, "sub_code": code})
        elif APIS[api].host is Host.NEW:
            yield Answer(number, {} if code == "-" else {"code": code, "message": "…"})
        else:
            yield Answer(number, {} if code == "-" else {"errcode": code, "errmsg": "…"})


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield status, code, class and API of each row. Some codes belong to one host."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            status, code, judgement = row["status"], row["code"], row["class"].partition(":")[0]
            named = EVERY_API if row["api"] == "*" else (row["api"],)
            for api in named:
                is_old = code.lstrip("-").isdecimal() or code.startswith(("88", "isp."))
                is_any = code in ("-", "HTML page", "status 1111")
                if is_any or is_old == (APIS[api].host is Host.OLD):
                    yield status, code, judgement, api


def judged(api: str, answer: Answer) -> type[Exception] | None:
    try:
        body_of(api, answer)
    except Exception as error:  # noqa: BLE001
        return type(error)
    return None


def test_each_documented_code_has_its_class() -> None:
    different = []
    for status, code, judgement, api in rows():
        expected = OTHERWISE[code][0] if code in OTHERWISE else CLASSES[judgement]
        if expected is Rejected and APIS[api].remedy:
            expected = ServiceStopped  # an operator gets the remedy
        for answer in answers(status, code, api):
            actual = judged(api, answer)
            # A read is tried again after both, and changes nothing.
            is_alike = not APIS[api].writes and {expected, actual} <= {NotSent, OutcomeUnknown}
            if actual is not expected and not is_alike:
                different.append(f"{api} {answer.status} {code}: {actual} for {expected}")
    assert not different, "\n".join(different)


@pytest.mark.parametrize(
    ("api", "status"), [*product(("signed", "record_upload", "batch_send"), (200, 400))]
)
def test_an_unknown_code_is_no_final_refusal(api: str, status: int) -> None:
    name = "code" if APIS[api].host is Host.NEW else "errcode"
    assert judged(api, Answer(status, {name: "something.new"})) is Unclassified
