"""The meaning of DingTalk's answers, and repeated calls."""

import asyncio

import pytest

from bot.dingtalk.http import Answer
from bot.dingtalk.limits import Priority
from bot.dingtalk.outcomes import body_of
from bot.errors import ClaimLost, NotSent, OutcomeUnknown, Rejected, ServiceStopped, Unclassified
from bot.services.outbox.lease import VALID_FOR_S, Lease
from tests.dingtalk.rig import TOKEN_PATH, Rig, Step, cut, ok, say, text, token, truncated
from tests.tables import cases

PAGE = "<!DOCTYPE html><html><body>Sorry</body></html>"
READ, WRITE, NEW, SERVICE = "user", "record_upload", "batch_send", "signed"


def error_of(api: str, answer: Answer) -> Exception | None:
    try:
        body_of(api, answer)
    except Exception as error:  # noqa: BLE001
        return error
    return None


@cases
def test_each_answer_has_one_meaning(apis: list[str], answer: Answer, error: str | None) -> None:
    for api in apis:
        assert type(error_of(api, answer)).__name__ == (error or "NoneType")


@cases
def test_a_stopped_service_names_its_remedy(api: str, answer: Answer, words: str) -> None:
    error = error_of(api, answer)
    assert isinstance(error, ServiceStopped)
    assert words in error.remedy


def test_a_services_error_is_short_and_without_secrets() -> None:
    words = "bad\naccess_token=sesame&x=1 session: open \x1b[0m" + "y" * 1000
    error = error_of(READ, Answer(200, {"errcode": 7, "errmsg": words}))
    assert isinstance(error, Unclassified)
    reason = error.reason
    assert reason.startswith("7 bad access_token=…&x=1 session: … ")
    assert len(reason) <= 200
    assert "sesame" not in reason
    assert reason.isprintable()


# --- calls with a token

EXPIRED_OLD = say(
    {"errcode": 88, "sub_code": "40014", "errmsg": "ding talk error[subcode=40014,submsg=…]"}
)
EXPIRED_NEW = say({"code": "InvalidAuthentication", "message": "不合法的access_token"}, 400)
REFUSED_QPS = say({"errcode": 90018, "errmsg": "qps"})


async def test_each_host_gets_the_token_where_it_expects_it(rig: Rig) -> None:
    rig.server.on("user", ok(result={"userid": "u1"}))
    answer = await rig.openapi.call("user", {"userid": "张三"})
    assert answer["result"] == {"userid": "u1"}
    (request,) = rig.server.asked("user")
    assert (request.query, request.body) == ({"access_token": "token-1"}, {"userid": "张三"})
    rig.server.on("batch_send", say({"processQueryKey": "k"}))
    await rig.openapi.call("batch_send", {"robotCode": "r"})
    (request,) = rig.server.asked("batch_send")
    assert (request.query, request.headers["x-acs-dingtalk-access-token"]) == ({}, "token-1")
    assert [one.body for one in rig.server.asked(TOKEN_PATH)] == [
        {"appKey": "dingtest", "appSecret": "s3cr3t"}
    ]


@pytest.mark.parametrize(
    "step",
    [cut, truncated, say({"errcode": 0}), text("", 200), say([1]), say({}, 503)],
    ids=range(6),
)
async def test_without_a_token_no_call_is_sent(rig: Rig, step: Step) -> None:
    rig.server.on(TOKEN_PATH, step)
    calls = (rig.openapi.call("record_upload", {}) for _ in range(20))
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in errors] == [NotSent] * 20
    assert len(rig.server.asked(TOKEN_PATH)) == 1
    assert rig.server.asked("record_upload") == []


@pytest.mark.parametrize(
    ("api", "expired"), [("user", EXPIRED_OLD), ("batch_send", EXPIRED_NEW)], ids=["old", "new"]
)
async def test_an_expired_token_is_renewed_once(rig: Rig, api: str, expired: Step) -> None:
    rig.server.on(TOKEN_PATH, token("token-1"), token("token-2"))
    rig.server.on(api, *[expired] * 20, ok())
    await rig.openapi.token()
    await asyncio.gather(*(rig.openapi.call(api, {"a": 1}) for _ in range(20)))
    assert len(rig.server.asked(TOKEN_PATH)) == 2
    requests = rig.server.asked(api)
    assert [request.body for request in requests] == [{"a": 1}] * 40
    last = requests[-1]
    assert "token-2" in (
        last.query.get("access_token"),
        last.headers.get("x-acs-dingtalk-access-token"),
    )


@pytest.mark.parametrize(
    "step", [REFUSED_QPS, say({}, 500), text("", 504), cut], ids=["qps", "500", "504", "cut"]
)
async def test_a_failed_read_is_tried_three_more_times(rig: Rig, step: Step) -> None:
    rig.server.on("user", step, step, ok(result={"userid": "u1"}))
    assert (await rig.openapi.call("user", {}))["result"] == {"userid": "u1"}
    assert len(rig.time.slept) == 2
    assert rig.time.slept[0] < rig.time.slept[1]
    rig.server.on("user", step)
    with pytest.raises((NotSent, OutcomeUnknown)):
        await rig.openapi.call("user", {})
    assert len(rig.server.asked("user")) == 3 + 4


@pytest.mark.parametrize(
    ("api", "step", "error"),
    [
        (WRITE, REFUSED_QPS, NotSent),
        (WRITE, say({"errcode": -1}, 500), NotSent),
        (WRITE, say({}, 500), OutcomeUnknown),
        (WRITE, cut, OutcomeUnknown),
        (WRITE, say({"errcode": 33012, "errmsg": "无效的USERID"}), Rejected),
        (NEW, say({"code": "chatbotId.notAllow.sendOTO"}, 400), ServiceStopped),
        (NEW, cut, OutcomeUnknown),
    ],
)
async def test_a_failed_write_is_not_repeated(
    rig: Rig, api: str, step: Step, error: type[Exception]
) -> None:
    rig.server.on(api, step)
    with pytest.raises(error):
        await rig.openapi.call(api, {})
    assert len(rig.server.asked(api)) == 1
    assert rig.time.slept == []


async def test_a_ban_stops_further_calls_at_once(rig: Rig) -> None:
    rig.server.on("user", say({"status": 1111, "wait": 5, "punish": "deny"}))
    with pytest.raises(NotSent) as first:
        await rig.openapi.call("user", {})
    assert first.value.retry_after_s == 300
    with pytest.raises(NotSent):
        await rig.openapi.call("user", {})
    assert len(rig.server.asked("user")) == 1


async def test_a_limit_a_minute_stops_this_api_for_its_minute(rig: Rig) -> None:
    over = {"code": "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", "message": "…"}
    rig.server.on("batch_send", say(over, 403), ok())
    rig.server.on("user", ok(result={"userid": "u1"}))
    for _ in range(2):
        with pytest.raises(NotSent):
            await rig.openapi.call("batch_send", {})
    assert len(rig.server.asked("batch_send")) == 1
    assert (await rig.openapi.call("user", {}))["result"] == {"userid": "u1"}
    await rig.time.advance(61)
    await rig.openapi.call("batch_send", {})
    assert len(rig.server.asked("batch_send")) == 2


async def test_a_call_that_waited_through_a_pause_does_not_leave() -> None:
    async with Rig(each_api=1 / VALID_FOR_S) as rig:
        rig.server.on("/call", ok())
        lease = Lease(rig.time, lambda: "one")
        lease.renew(rig.time.monotonic())
        await rig.openapi.post("user", rig.at("/call"), {}, priority=Priority.PUNCH)
        with pytest.raises(ClaimLost), lease.acting(lease.term):
            await rig.openapi.post("user", rig.at("/call"), {}, priority=Priority.PUNCH)
        assert len(rig.server.asked("/call")) == 1
