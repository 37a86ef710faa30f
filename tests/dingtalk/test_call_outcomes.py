"""What DingTalk's answers mean, code by code."""

from typing import Any

import pytest

from bot.dingtalk.apis import BATCH_SEND, RECORD_UPLOAD, SIGNED, Host
from bot.dingtalk.http import Answer
from bot.dingtalk.outcomes import BAN_S, AnswerKind, classify, error_of
from bot.errors import OutcomeUnknown, ServiceStopped
from tests.dingtalk.rig import sample

PAGE = "<!DOCTYPE html><html><body>Sorry</body></html>"
V = AnswerKind


def old(**body: Any) -> Answer:
    return Answer(200, body)


def new(status: int, code: str, **body: Any) -> Answer:
    return Answer(status, {"code": code, "requestid": "30EE", "message": "…", **body})


def page(status: int) -> Answer:
    return Answer(status, None, PAGE)


GATEWAY_88 = "ding talk error[subcode=40014,submsg=不合法的access_token]"

OLD_HOST = [
    (old(errcode=0, errmsg="ok"), V.ACCEPTED),
    (old(errcode=0.0), V.ACCEPTED),
    (old(errcode=90018.0), V.TOO_FAST),
    (old(errcode=0, result={"errcode": 0.0}), V.ACCEPTED),
    (old(errcode=0, result={"errcode": "0", "result": {}}), V.ACCEPTED),
    (old(errcode=0, result={"errcode": 60011}), V.STOPPED),
    (old(result={"errcode": 40014}), V.TOKEN_EXPIRED),
    (old(errcode=0, result={"errcode_of_something_else": 1}), V.ACCEPTED),
    (old(errcode=40014), V.TOKEN_EXPIRED),
    (old(errcode="42001"), V.TOKEN_EXPIRED),
    (old(errcode=88, errmsg=GATEWAY_88, sub_code="40014", sub_msg="…"), V.TOKEN_EXPIRED),
    (old(errcode=88, errmsg=GATEWAY_88), V.TOKEN_EXPIRED),
    (old(errcode=88, sub_code=60011), V.STOPPED),
    (old(errcode=88, sub_code="90018"), V.TOO_FAST),
    (old(errcode=88, errmsg="ding talk error[subcode=,submsg=]", sub_code=""), V.UNKNOWN),
    (old(errcode=15, sub_code="isp.top-remote-connection-timeout"), V.UNKNOWN),
    (old(errcode=15, errmsg="Remote service error"), V.UNKNOWN),
    (old(errcode=15, sub_code="isp.some-other-trouble"), V.UNKNOWN),
    (old(errcode=15, sub_code="isv.invalid-parameter"), V.REJECTED),
    (old(errcode=-1, errmsg="系统繁忙"), V.BUSY),
    (old(errcode=90018), V.TOO_FAST),
    (old(errcode=130101), V.BLOCKED),
    (old(errcode=410100), V.BLOCKED),
    (old(errcode=90020), V.STOPPED),
    (old(errcode=60011), V.STOPPED),
    (old(errcode=60020), V.STOPPED),
    (old(errcode=50004), V.STOPPED),
    (old(errcode=22, errmsg="Invalid method[submsg=…]", sub_msg="不合法ApiName"), V.STOPPED),
    (old(errcode=33012), V.REJECTED),
    (old(errcode=60121), V.REJECTED),
    (old(errcode=400002), V.REJECTED),
    (old(errcode=41041), V.REJECTED),
    (old(errcode=99999, errmsg="something new"), V.REJECTED),
    (old(errcode=300001, errmsg="session 不存在"), V.REJECTED),
    (old(), V.UNKNOWN),
    (old(errcode=None), V.UNKNOWN),
    (Answer(200, {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}), V.BUSY),
    (Answer(200, [1]), V.UNKNOWN),
    (Answer(200, None, "OK"), V.UNKNOWN),
    (Answer(204, None, ""), V.UNKNOWN),
    (page(200), V.BUSY),
    (page(403), V.BUSY),
    (Answer(403, None, "Forbidden"), V.BUSY),
    (page(400), V.BUSY),
    (Answer(400, None, "no such person"), V.REJECTED),
    (Answer(302, None, ""), V.BUSY),
    (Answer(307, {}), V.BUSY),
    (page(404), V.STOPPED),
    (Answer(404, None, "404 page not found"), V.STOPPED),
    (Answer(404, {"errcode": 404}), V.STOPPED),
    (page(405), V.STOPPED),
    (page(501), V.STOPPED),
    (Answer(408, {"errcode": 7}), V.BUSY),
    (Answer(429, None, ""), V.TOO_FAST),
    (Answer(429, {"errcode": 429}), V.TOO_FAST),
    (Answer(500, {"errcode": 12345}), V.BUSY),
    (Answer(500, {}), V.BUSY),
    (page(502), V.BUSY),
    (page(503), V.BUSY),
    (Answer(503, {"errcode": 503}), V.BUSY),
    (page(504), V.UNKNOWN),
    (Answer(504, {"errcode": 504}), V.UNKNOWN),
    (Answer(500, {"errcode": 0}), V.BUSY),
]

NEW_HOST = [
    (Answer(200, {"processQueryKey": "k"}), V.ACCEPTED),
    (Answer(200, {}), V.ACCEPTED),
    (new(400, "InvalidAuthentication"), V.TOKEN_EXPIRED),
    (Answer(401, {}), V.TOKEN_EXPIRED),
    (new(403, "Forbidden.AccessDenied.AccessTokenPermissionDenied"), V.STOPPED),
    (new(403, "Forbidden.AccessDenied.IpNotInWhiteList"), V.STOPPED),
    (new(403, "Forbidden.AccessDenied.SomethingNew"), V.STOPPED),
    (new(403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"), V.TOO_FAST),
    (new(403, "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi"), V.TOO_FAST),
    (new(403, "Forbidden.AccessDenied.QpsLimitForApi"), V.TOO_FAST),
    (new(403, "Forbidden.AccessDenied.ApiCountLimitForOrg"), V.STOPPED),
    (new(200, "ApiCountLimitForOrg"), V.STOPPED),
    (new(400, "send.too.fast"), V.TOO_FAST),
    (new(400, "chatbotId.notAllow.sendOTO"), V.STOPPED),
    (new(400, "invalidParameter.robotCode.notExsit"), V.STOPPED),
    (new(400, "invalidParameter.msgParam.tooLong"), V.REJECTED),
    (new(400, "staffId.notExisted"), V.REJECTED),
    (new(400, "invalidClientIdOrSecret"), V.STOPPED),
    (new(500, "system.error"), V.BUSY),
    (new(500, "systemError"), V.BUSY),
    (new(503, "whatever"), V.BUSY),
    (new(504, "whatever"), V.UNKNOWN),
    (new(404, "InvalidAction.NotFound"), V.STOPPED),
    (Answer(400, {}), V.REJECTED),
    (page(200), V.BUSY),
    (page(504), V.UNKNOWN),
]


@pytest.mark.parametrize(("answer", "verdict"), OLD_HOST, ids=str)
@pytest.mark.parametrize("host", [Host.OLD, Host.SIGNED], ids=["oapi", "signed"])
def test_the_old_host_and_the_signed_service_speak_in_errcodes(host: Host, answer: Answer, verdict: V) -> None:
    assert classify(host, answer).verdict is verdict


@pytest.mark.parametrize(("answer", "verdict"), NEW_HOST, ids=str)
def test_the_new_host_speaks_in_statuses_and_codes(answer: Answer, verdict: V) -> None:
    assert classify(Host.NEW, answer).verdict is verdict


def test_the_ban_of_an_address_is_known_and_lasts_five_minutes() -> None:
    outcome = classify(Host.NEW, Answer(200, sample("error.ip_throttle")))
    assert (outcome.verdict, outcome.ban, outcome.wait_s) == (V.BUSY, True, BAN_S)


def test_a_page_where_json_was_due_is_looked_at_again_within_a_minute() -> None:
    assert 0 < (classify(Host.SIGNED, page(200)).wait_s or 0) < 60
    assert classify(Host.SIGNED, page(503)).wait_s is None


def test_the_longer_of_the_documented_wait_and_retry_after_holds() -> None:
    assert classify(Host.OLD, Answer(200, {"errcode": 90018})).wait_s == 1
    assert classify(Host.OLD, Answer(429, {"errcode": 90018}, retry_after_s=7)).wait_s == 7
    assert classify(Host.OLD, Answer(503, None, "", 20)).wait_s == 20
    assert classify(Host.NEW, Answer(503, {}, "", 20)).wait_s == 20


def test_the_remedy_names_the_scope_that_dingtalk_names() -> None:
    outcome = classify(Host.NEW, Answer(403, sample("error.new_api_permission_denied")))
    error = error_of(BATCH_SEND, outcome)
    assert isinstance(error, ServiceStopped)
    assert "Contact.User.Read" in error.remedy


@pytest.mark.parametrize(
    ("words", "scope"),
    [
        ("应用尚未开通所需的权限：[qyapi_get_member],点击链接申请", "qyapi_get_member"),
        ("缺少权限 [a.b, c_d]", "a.b, c_d"),
        ("没有调用该接口的权限", "Pro.AttendanceRecord.Write"),
    ],
)
def test_the_remedy_names_the_scope_of_the_sentence_or_else_of_the_api(words: str, scope: str) -> None:
    outcome = classify(Host.OLD, old(errcode=88, sub_code="60011", sub_msg=words))
    error = error_of(RECORD_UPLOAD, outcome)
    assert isinstance(error, ServiceStopped)
    assert f"permission {scope} in" in error.remedy


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (page(404), "clock_in.signed_url"),
        (old(errcode=22), "clock_in.signed_url"),
        (old(errcode=90020), "monthly calls"),
        (old(errcode=60020), "allowed IP addresses"),
        (Answer(401, {}), "client_secret"),
        (old(errcode=40014), "client_secret"),
    ],
    ids=str,
)
def test_a_stop_of_the_signed_service_says_what_to_mend(answer: Answer, words: str) -> None:
    error = error_of(SIGNED, classify(Host.SIGNED, answer))
    assert isinstance(error, ServiceStopped)
    assert words in error.remedy


def test_the_words_of_a_service_are_short_on_one_line_and_without_secrets() -> None:
    words = "bad\naccess_token=sesame&x=1 session: open \x1b[0m" + "y" * 1000
    reason = classify(Host.OLD, old(errcode=7, errmsg=words)).reason
    assert reason.startswith("7 bad access_token=…&x=1 session: … ")
    assert len(reason) <= 200
    assert "sesame" not in reason
    assert reason.isprintable()


DENIED = [
    old(errcode=0, success=False),
    old(errcode=0, success="false"),
    old(errcode=0, result={"success": False}),
    old(result={"errcode": 0, "success": False}),
]


@pytest.mark.parametrize("answer", DENIED, ids=str)
def test_a_write_that_the_old_host_accepts_and_denies_at_once_is_in_doubt(answer: Answer) -> None:
    outcome = classify(Host.OLD, answer, writes=True)
    assert outcome.verdict is V.UNKNOWN
    assert isinstance(error_of(RECORD_UPLOAD, outcome), OutcomeUnknown)
    assert classify(Host.OLD, answer).verdict is V.ACCEPTED
    assert classify(Host.SIGNED, answer, writes=True).verdict is V.ACCEPTED, "by its contract errcode 0 is enough"
