"""What DingTalk's answers mean, code by code, and which calls are made again."""

import asyncio
from typing import Any

import pytest

from bot.dingtalk.apis import BATCH_SEND, RECORD_UPLOAD, SIGNED, USER, Api
from bot.dingtalk.http import Answer
from bot.dingtalk.limits import Priority
from bot.dingtalk.outcomes import AnswerKind, classify, error_of
from bot.errors import ClaimLost, NotSent, OutcomeUnknown, Rejected, ServiceStopped
from bot.services.outbox.worker import LASTS_S, Lease
from tests.dingtalk.rig import TOKEN_PATH, Rig, Step, cut, ok, sample, say, text, token, truncated

PAGE = "<!DOCTYPE html><html><body>Sorry</body></html>"
V = AnswerKind
READ, WRITE, NEW = USER, RECORD_UPLOAD, BATCH_SEND


def old(**body: Any) -> Answer:
    return Answer(200, body)


def new(status: int, code: str) -> Answer:
    return Answer(status, {"code": code, "requestid": "30EE", "message": "…"})


GATEWAY_88 = "ding talk error[subcode=40014,submsg=不合法的access_token]"
# Of the old host, and of the signed service, which speaks as it does.
OLD_HOST: list[tuple[Answer, V]] = [
    (old(errcode=0, errmsg="ok"), V.ACCEPTED),
    (old(errcode="0"), V.ACCEPTED),
    (old(errcode=0, result={"errcode": "0", "result": {}}), V.ACCEPTED),
    (old(errcode=0, result={"errcode": 60011}), V.STOPPED),
    (old(result={"errcode": 40014}), V.TOKEN_EXPIRED),
    (old(errcode=88, errmsg=GATEWAY_88, sub_code="40014", sub_msg="…"), V.TOKEN_EXPIRED),
    (old(errcode=88, errmsg=GATEWAY_88), V.TOKEN_EXPIRED),
    (old(errcode=88, errmsg="ding talk error[subcode=,submsg=]", sub_code=""), V.UNKNOWN),
    (old(errcode=15, sub_code="isp.top-remote-connection-timeout"), V.UNKNOWN),
    (old(errcode=-1, errmsg="系统繁忙"), V.BUSY),
    (old(errcode=90018), V.TOO_FAST),
    (old(errcode=22, errmsg="Invalid method[submsg=…]", sub_msg="不合法ApiName"), V.STOPPED),
    (old(errcode=33012), V.REJECTED),
    (old(errcode=99999, errmsg="something new"), V.REJECTED),
    (old(), V.UNKNOWN),
    (old(status=1111, wait=5, source="x5", punish="deny"), V.BUSY),
    (Answer(200, None, "OK"), V.UNKNOWN),
    (Answer(200, None, PAGE), V.BUSY),
    (Answer(403, None, "Forbidden"), V.BUSY),
    (Answer(400, None, "no such person"), V.REJECTED),
    (Answer(302), V.BUSY),
    (Answer(404, None, PAGE), V.STOPPED),
    (Answer(429), V.TOO_FAST),
    (Answer(500, {"errcode": 0}), V.BUSY),
    (Answer(502, None, PAGE), V.BUSY),
    (Answer(504, None, PAGE), V.UNKNOWN),
]
NEW_HOST: list[tuple[Answer, V]] = [
    (Answer(200, {"processQueryKey": "k"}), V.ACCEPTED),
    (new(400, "InvalidAuthentication"), V.TOKEN_EXPIRED),
    (new(403, "Forbidden.AccessDenied.AccessTokenPermissionDenied"), V.STOPPED),
    (new(403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"), V.TOO_FAST),
    (new(403, "Forbidden.AccessDenied.ApiCountLimitForOrg"), V.STOPPED),
    (new(400, "chatbotId.notAllow.sendOTO"), V.STOPPED),
    (new(400, "invalidParameter.msgParam.tooLong"), V.REJECTED),
    (new(500, "system.error"), V.BUSY),
    (new(404, "InvalidAction.NotFound"), V.STOPPED),
    (Answer(400, {}), V.REJECTED),
    (Answer(200, None, PAGE), V.BUSY),
]


@pytest.mark.parametrize(
    ("api", "answer", "kind"),
    [
        *((READ, answer, kind) for answer, kind in OLD_HOST),
        *((SIGNED, answer, kind) for answer, kind in OLD_HOST),
        *((NEW, answer, kind) for answer, kind in NEW_HOST),
        # A proxy may have said it, although the write was done.
        *((WRITE, Answer(status, None, PAGE), V.UNKNOWN) for status in (408, 500, 502, 503, 504)),
        *((WRITE, answer, V.BUSY) for answer in (old(errcode=-1), Answer(500, {"errcode": -1}), Answer(302))),
        *((WRITE, old(errcode=0, success=no), V.UNKNOWN) for no in (False, "false")),
        (WRITE, old(errcode=0, result={"success": False}), V.UNKNOWN),
        (READ, old(errcode=0, success=False), V.ACCEPTED),
        (SIGNED, old(errcode=0, success=False), V.ACCEPTED),  # by its contract errcode 0 is enough
    ],
    ids=str,
)
def test_each_answer_means_one_thing(api: Api, answer: Answer, kind: V) -> None:
    assert classify(api, answer).kind is kind


@pytest.mark.parametrize(
    ("api", "answer", "words"),
    [
        (NEW, Answer(403, sample("error.new_api_permission_denied")), "permission qyapi_robot_sendmsg in"),
        (SIGNED, Answer(404, None, PAGE), "clock_in.signed_url"),
        (SIGNED, old(errcode=40014), "client_secret"),
        (NEW, new(400, "robot.oto.notExist"), "dingtalk.robot_code"),
    ],
    ids=str,
)
def test_a_stop_says_what_to_mend(api: Api, answer: Answer, words: str) -> None:
    error = error_of(api, classify(api, answer))
    assert isinstance(error, ServiceStopped)
    assert words in error.remedy


def test_the_words_of_a_service_are_short_on_one_line_and_without_secrets() -> None:
    words = "bad\naccess_token=sesame&x=1 session: open \x1b[0m" + "y" * 1000
    reason = classify(READ, old(errcode=7, errmsg=words)).reason
    assert reason.startswith("7 bad access_token=…&x=1 session: … ")
    assert len(reason) <= 200
    assert "sesame" not in reason
    assert reason.isprintable()


# --- calls with a token

EXPIRED_OLD = say({"errcode": 88, "sub_code": "40014", "errmsg": "ding talk error[subcode=40014,submsg=…]"})
EXPIRED_NEW = say({"code": "InvalidAuthentication", "message": "不合法的access_token"}, 400)
REFUSED_QPS = say({"errcode": 90018, "errmsg": "qps"})


async def test_each_host_gets_the_token_in_its_place(rig: Rig) -> None:
    rig.server.on(USER.path, ok(result={"userid": "u1"}))
    answer = await rig.openapi.call(USER, {"userid": "张三"})
    assert answer["result"] == {"userid": "u1"}
    (request,) = rig.server.asked(USER.path)
    assert (request.query, request.body) == ({"access_token": "token-1"}, {"userid": "张三"})
    rig.server.on(BATCH_SEND.path, say({"processQueryKey": "k"}))
    await rig.openapi.call(BATCH_SEND, {"robotCode": "r"})
    (request,) = rig.server.asked(BATCH_SEND.path)
    assert (request.query, request.headers["x-acs-dingtalk-access-token"]) == ({}, "token-1")
    assert [one.body for one in rig.server.asked(TOKEN_PATH)] == [{"appKey": "dingtest", "appSecret": "s3cr3t"}]


@pytest.mark.parametrize(
    "step", [cut, truncated, say({"errcode": 0}), text("", 200), say([1]), say({}, 503)], ids=range(6)
)
async def test_trouble_with_the_token_is_shared_and_means_that_no_call_was_sent(rig: Rig, step: Step) -> None:
    rig.server.on(TOKEN_PATH, step)
    calls = (rig.openapi.call(RECORD_UPLOAD, {}) for _ in range(20))
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in errors] == [NotSent] * 20
    assert len(rig.server.asked(TOKEN_PATH)) == 1
    assert rig.server.asked(RECORD_UPLOAD.path) == []


@pytest.mark.parametrize(("api", "expired"), [(USER, EXPIRED_OLD), (BATCH_SEND, EXPIRED_NEW)], ids=["old", "new"])
async def test_a_token_that_expires_under_many_callers_is_renewed_once(rig: Rig, api: Api, expired: Step) -> None:
    rig.server.on(TOKEN_PATH, token("token-1"), token("token-2"))
    rig.server.on(api.path, *[expired] * 20, ok())
    await rig.openapi.token()
    await asyncio.gather(*(rig.openapi.call(api, {"a": 1}) for _ in range(20)))
    assert len(rig.server.asked(TOKEN_PATH)) == 2
    requests = rig.server.asked(api.path)
    assert [request.body for request in requests] == [{"a": 1}] * 40
    last = requests[-1]
    assert "token-2" in (last.query.get("access_token"), last.headers.get("x-acs-dingtalk-access-token"))


@pytest.mark.parametrize("step", [REFUSED_QPS, say({}, 500), text("", 504), cut], ids=["qps", "500", "504", "cut"])
async def test_a_read_is_tried_again_three_times_and_no_more(rig: Rig, step: Step) -> None:
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
async def test_a_write_is_never_repeated_here(rig: Rig, api: Api, step: Step, error: type[Exception]) -> None:
    rig.server.on(api.path, step)
    with pytest.raises(error):
        await rig.openapi.call(api, {})
    assert len(rig.server.asked(api.path)) == 1
    assert rig.time.slept == []


async def test_a_ban_is_not_waited_for_and_no_further_call_leaves(rig: Rig) -> None:
    rig.server.on(USER.path, say({"status": 1111, "wait": 5, "punish": "deny"}))
    with pytest.raises(NotSent) as first:
        await rig.openapi.call(USER, {})
    assert first.value.retry_after_s == 300
    with pytest.raises(NotSent):
        await rig.openapi.call(USER, {})
    assert len(rig.server.asked(USER.path)) == 1


async def test_a_call_that_waited_for_its_turn_through_a_sleep_of_the_machine_does_not_leave() -> None:
    async with Rig(each_api=1 / LASTS_S) as rig:
        rig.server.on("/call", ok())
        lease = Lease(rig.time)
        lease.renewed(rig.time.monotonic())
        await rig.openapi.place(USER, rig.at("/call"), b"{}", priority=Priority.PUNCH)
        with pytest.raises(ClaimLost), lease.acting(lease.term):
            await rig.openapi.place(USER, rig.at("/call"), b"{}", priority=Priority.PUNCH)
        assert len(rig.server.asked("/call")) == 1
