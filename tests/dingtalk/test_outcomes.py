"""The meaning of DingTalk's answers, and repeated calls."""

import asyncio
from typing import Any

import pytest

from bot.dingtalk.apis import BATCH_SEND, RECORD_UPLOAD, SIGNED, USER, Api
from bot.dingtalk.error_codes import Banned, TokenExpired, TooFast, Unclassified
from bot.dingtalk.http import Answer
from bot.dingtalk.limits import Priority
from bot.dingtalk.outcomes import body_of
from bot.errors import ClaimLost, NotSent, OutcomeUnknown, Rejected, ServiceStopped
from bot.services.outbox.lease import LASTS_S, Lease
from tests.dingtalk.rig import TOKEN_PATH, Rig, Step, cut, ok, sample, say, text, token, truncated

PAGE = "<!DOCTYPE html><html><body>Sorry</body></html>"
READ, WRITE, NEW = USER, RECORD_UPLOAD, BATCH_SEND


def old(**body: Any) -> Answer:
    return Answer(200, body)


def new(status: int, code: str) -> Answer:
    return Answer(status, {"code": code, "requestid": "30EE", "message": "…"})


def error_of(api: Api, answer: Answer) -> Exception | None:
    try:
        body_of(api, answer)
    except Exception as error:  # noqa: BLE001
        return error
    return None


GATEWAY_88 = "ding talk error[subcode=40014,submsg=不合法的access_token]"
# Answers of the old host and of the signed service.
OLD_HOST: list[tuple[Answer, type[Exception] | None]] = [
    (old(errcode=0, errmsg="ok"), None),
    (old(errcode="0"), None),
    (old(errcode=0, result={"errcode": "0", "result": {}}), None),
    (old(errcode=0, result={"errcode": 60011}), ServiceStopped),
    (old(result={"errcode": 40014}), TokenExpired),
    (old(errcode=88, errmsg=GATEWAY_88, sub_code="40014", sub_msg="…"), TokenExpired),
    (old(errcode=88, errmsg=GATEWAY_88), TokenExpired),
    (old(errcode=88, errmsg="ding talk error[subcode=,submsg=]", sub_code=""), OutcomeUnknown),
    (old(errcode=15, sub_code="isp.top-remote-connection-timeout"), OutcomeUnknown),
    (old(errcode=-1, errmsg="系统繁忙"), NotSent),
    (old(errcode=90018), TooFast),
    (old(errcode=22, errmsg="Invalid method[submsg=…]", sub_msg="不合法ApiName"), ServiceStopped),
    (old(errcode=33012), Rejected),
    (old(errcode=99999, errmsg="something new"), Unclassified),
    (old(), OutcomeUnknown),
    (old(status=1111, wait=5, source="x5", punish="deny"), Banned),
    (Answer(200, None, "OK"), OutcomeUnknown),
    (Answer(403, None, "Forbidden"), NotSent),
    (Answer(400, None, "no such person"), Rejected),
    (Answer(302), NotSent),
    (Answer(404, None, PAGE), ServiceStopped),
    (Answer(429), TooFast),
    (Answer(500, {"errcode": 0}), NotSent),
    (Answer(502, None, PAGE), NotSent),
    (Answer(504, None, PAGE), OutcomeUnknown),
]
NEW_HOST: list[tuple[Answer, type[Exception] | None]] = [
    (Answer(200, {"processQueryKey": "k"}), None),
    (new(403, "Forbidden.AccessDenied.AccessTokenPermissionDenied"), ServiceStopped),
    (new(404, "InvalidAction.NotFound"), ServiceStopped),
    (Answer(400, {}), Rejected),
    (Answer(200, None, PAGE), Banned),
]


@pytest.mark.parametrize(
    ("api", "answer", "error"),
    [
        *((READ, answer, error) for answer, error in OLD_HOST),
        *(
            (SIGNED, answer, ServiceStopped if error is TokenExpired else error)
            for answer, error in OLD_HOST
        ),
        *((NEW, answer, error) for answer, error in NEW_HOST),
        # 《调用频次与限流》: a ban may be a page. The signed service may be no service of DingTalk's.
        (READ, Answer(200, None, PAGE), Banned),
        (SIGNED, Answer(200, None, PAGE), NotSent),
        # It may come from a proxy after a successful write.
        *(
            (WRITE, Answer(status, None, PAGE), OutcomeUnknown)
            for status in (408, 500, 502, 503, 504)
        ),
        *(
            (WRITE, answer, NotSent)
            for answer in (old(errcode=-1), Answer(500, {"errcode": -1}), Answer(302))
        ),
        *((WRITE, old(errcode=0, success=no), OutcomeUnknown) for no in (False, "false")),
        (WRITE, old(errcode=0, result={"success": False}), OutcomeUnknown),
        (READ, old(errcode=0, success=False), None),
        (SIGNED, old(errcode=0, success=False), None),  # errcode 0 is enough by its contract
    ],
    ids=str,
)
def test_each_answer_has_one_meaning(
    api: Api, answer: Answer, error: type[Exception] | None
) -> None:
    assert type(error_of(api, answer)) is (error or type(None))


@pytest.mark.parametrize(
    ("api", "answer", "words"),
    [
        (
            NEW,
            Answer(403, sample("error.new_api_permission_denied")),
            "permission qyapi_robot_sendmsg in",
        ),
        (SIGNED, Answer(404, None, PAGE), "clock_in.signed_url"),
        (SIGNED, old(errcode=40014), "client_secret"),
        (NEW, new(400, "robot.oto.notExist"), "dingtalk.robot_code"),
    ],
    ids=str,
)
def test_a_stopped_service_names_its_remedy(api: Api, answer: Answer, words: str) -> None:
    error = error_of(api, answer)
    assert isinstance(error, ServiceStopped)
    assert words in error.remedy


def test_a_services_error_is_short_and_without_secrets() -> None:
    words = "bad\naccess_token=sesame&x=1 session: open \x1b[0m" + "y" * 1000
    error = error_of(READ, old(errcode=7, errmsg=words))
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
    rig.server.on(USER.path, ok(result={"userid": "u1"}))
    answer = await rig.openapi.call(USER, {"userid": "张三"})
    assert answer["result"] == {"userid": "u1"}
    (request,) = rig.server.asked(USER.path)
    assert (request.query, request.body) == ({"access_token": "token-1"}, {"userid": "张三"})
    rig.server.on(BATCH_SEND.path, say({"processQueryKey": "k"}))
    await rig.openapi.call(BATCH_SEND, {"robotCode": "r"})
    (request,) = rig.server.asked(BATCH_SEND.path)
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
    calls = (rig.openapi.call(RECORD_UPLOAD, {}) for _ in range(20))
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in errors] == [NotSent] * 20
    assert len(rig.server.asked(TOKEN_PATH)) == 1
    assert rig.server.asked(RECORD_UPLOAD.path) == []


@pytest.mark.parametrize(
    ("api", "expired"), [(USER, EXPIRED_OLD), (BATCH_SEND, EXPIRED_NEW)], ids=["old", "new"]
)
async def test_an_expired_token_is_renewed_once(rig: Rig, api: Api, expired: Step) -> None:
    rig.server.on(TOKEN_PATH, token("token-1"), token("token-2"))
    rig.server.on(api.path, *[expired] * 20, ok())
    await rig.openapi.token()
    await asyncio.gather(*(rig.openapi.call(api, {"a": 1}) for _ in range(20)))
    assert len(rig.server.asked(TOKEN_PATH)) == 2
    requests = rig.server.asked(api.path)
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
    rig.server.on(USER.path, step, step, ok(result={"userid": "u1"}))
    assert (await rig.openapi.call(USER, {}))["result"] == {"userid": "u1"}
    assert len(rig.time.slept) == 2
    assert rig.time.slept[0] < rig.time.slept[1]
    rig.server.on(USER.path, step)
    with pytest.raises((NotSent, OutcomeUnknown)):
        await rig.openapi.call(USER, {})
    assert len(rig.server.asked(USER.path)) == 3 + 4


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
    rig: Rig, api: Api, step: Step, error: type[Exception]
) -> None:
    rig.server.on(api.path, step)
    with pytest.raises(error):
        await rig.openapi.call(api, {})
    assert len(rig.server.asked(api.path)) == 1
    assert rig.time.slept == []


async def test_a_ban_stops_further_calls_at_once(rig: Rig) -> None:
    rig.server.on(USER.path, say({"status": 1111, "wait": 5, "punish": "deny"}))
    with pytest.raises(NotSent) as first:
        await rig.openapi.call(USER, {})
    assert first.value.retry_after_s == 300
    with pytest.raises(NotSent):
        await rig.openapi.call(USER, {})
    assert len(rig.server.asked(USER.path)) == 1


async def test_a_limit_a_minute_stops_this_api_for_its_minute(rig: Rig) -> None:
    over = {"code": "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", "message": "…"}
    rig.server.on(BATCH_SEND.path, say(over, 403), ok())
    rig.server.on(USER.path, ok(result={"userid": "u1"}))
    for _ in range(2):
        with pytest.raises(NotSent):
            await rig.openapi.call(BATCH_SEND, {})
    assert len(rig.server.asked(BATCH_SEND.path)) == 1
    assert (await rig.openapi.call(USER, {}))["result"] == {"userid": "u1"}
    await rig.time.advance(61)
    await rig.openapi.call(BATCH_SEND, {})
    assert len(rig.server.asked(BATCH_SEND.path)) == 2


async def test_a_call_that_waited_through_a_pause_does_not_leave() -> None:
    async with Rig(each_api=1 / LASTS_S) as rig:
        rig.server.on("/call", ok())
        lease = Lease(rig.time, lambda: "one")
        lease.renew(rig.time.monotonic())
        await rig.openapi.post(USER, rig.at("/call"), b"{}", priority=Priority.PUNCH)
        with pytest.raises(ClaimLost), lease.acting(lease.term):
            await rig.openapi.post(USER, rig.at("/call"), b"{}", priority=Priority.PUNCH)
        assert len(rig.server.asked("/call")) == 1
