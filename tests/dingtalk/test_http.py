"""The outcome of an HTTP call: answered, not sent, or unknown."""

import traceback

import pytest
from yarl import URL

from bot.dingtalk.http import MOST_BODY, Answer, Http, is_dingtalks
from bot.errors import NotSent, OutcomeUnknown, UpstreamError
from tests.dingtalk.rig import Rig, Step, cut, ok, say, silence, text, truncated


async def post(rig: Rig, path: str = "/call", deadline_s: float = 60.0) -> Answer:
    return await rig.http.post("call", rig.at(path), {"a": 1}, deadline_s=deadline_s)


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        (say({"code": "busy"}, 503), Answer(503, {"code": "busy"})),
        (say({}, 307, {"Location": "/inside"}), Answer(307, {})),
        (text("[" * 100_000), Answer(200, None, "[" * 200)),
        (text(""), Answer(200, None, "")),
        (text('"' + "x" * MOST_BODY + '"'), Answer(200, None, "an answer of more than 1 MiB")),
        (say({}, 429, {"Retry-After": "7"}), Answer(429, {}, retry_after_s=7)),
        (say({}, 429, {"Retry-After": "soon"}), Answer(429, {})),
    ],
    ids=["status", "redirect", "nested", "empty", "long", "wait", "no wait"],
)
async def test_an_answer_is_returned_unchanged(rig: Rig, step: Step, answer: Answer) -> None:
    rig.server.on("/call", step, ok())
    rig.server.on("/inside", ok())
    assert await post(rig) == answer
    assert (await post(rig)).body == {"errcode": 0, "errmsg": "ok"}
    request = rig.server.asked("/call")[0]
    assert (request.body, request.headers["Content-Type"]) == ({"a": 1}, "application/json")
    assert rig.server.asked("/inside") == []


async def test_a_call_without_connection_is_not_sent(rig: Rig, port: int) -> None:
    for url, words in (
        (URL(f"http://127.0.0.1:{port}/"), "ConnectionRefusedError"),
        (rig.at("/call").with_scheme("https"), "SSLError"),
    ):
        with pytest.raises(NotSent, match=words):
            await rig.http.post("call", url, {})
    await rig.http.close()
    with pytest.raises(NotSent, match="shutting down"):
        await post(rig)
    assert rig.server.asked("/call") == []


@pytest.mark.parametrize(
    "step", [silence, cut, truncated, None], ids=["silence", "cut", "truncated", "tls"]
)
async def test_a_call_without_a_whole_answer_is_unknown(rig: Rig, step: Step | None) -> None:
    url = rig.at("/call").with_query(access_token="sesame")
    if step is None:
        url = url.with_scheme("https")
    else:
        rig.server.on("/call", step)
    with pytest.raises(UpstreamError) as caught:
        await rig.http.post("call", url, {}, deadline_s=2.0 if step is silence else 60.0)
    assert isinstance(caught.value, NotSent if step is None else OutcomeUnknown)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "sesame" not in told
    assert caught.value.__context__ is None


async def test_calls_use_the_proxy_of_the_environment(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", rig.server.url.replace("//", "//user:pass@"))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    rig.server.on("/call", ok())
    there, http = URL("http://api.example.test/call"), Http()
    assert (await http.post("call", there, {})).status == 200
    await http.close()
    (request,) = rig.server.asked("/call")
    assert request.headers["Host"] == "api.example.test"
    assert request.headers["Proxy-Authorization"] == "Basic dXNlcjpwYXNz"


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("api.dingtalk.com", True),
        ("oapi.dingtalk.io", True),
        ("evildingtalk.com", False),
        ("dingtalk.com.evil.com", False),
        ("", False),
    ],
)
def test_only_calls_to_dingtalk_count_for_its_limit(host: str, counted: bool) -> None:
    assert is_dingtalks(host) is counted
