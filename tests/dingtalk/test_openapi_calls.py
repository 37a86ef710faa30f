"""Calling DingTalk's OpenAPI: the token, what is tried again and what is not."""

import asyncio

import pytest
from yarl import URL

from bot.dingtalk.apis import BATCH_SEND, RECORD_UPLOAD, SHIFT, USER
from bot.dingtalk.limits import LONE, Limits, Priority
from bot.dingtalk.openapi import Calls, is_dingtalks
from bot.errors import ClaimLost, NotSent, OutcomeUnknown, Rejected, ServiceStopped
from bot.services.outbox.worker import LASTS_S, Lease
from tests.dingtalk.rig import TOKEN_PATH, Rig, cut, ok, say, silence, text, token, truncated

EXPIRED_OLD = say({"errcode": 88, "sub_code": "40014", "errmsg": "ding talk error[subcode=40014,submsg=…]"})
EXPIRED_NEW = say({"code": "InvalidAuthentication", "message": "不合法的access_token"}, 400)
REFUSED_QPS = say({"errcode": 90018, "errmsg": "qps"})


async def test_the_old_host_gets_the_token_in_the_query(rig: Rig) -> None:
    rig.server.on(USER.path, ok(result={"userid": "u1"}))
    answer = await rig.openapi.call(USER, {"userid": "张三"})
    assert answer["result"] == {"userid": "u1"}
    request = rig.server.asked(USER.path)[0]
    assert request.query == {"access_token": "token-1"}
    assert request.body == {"userid": "张三"}
    assert request.headers["Content-Type"] == "application/json"


async def test_the_new_host_gets_the_token_in_a_header(rig: Rig) -> None:
    rig.server.on(BATCH_SEND.path, say({"processQueryKey": "k"}))
    await rig.openapi.call(BATCH_SEND, {"robotCode": "r"})
    request = rig.server.asked(BATCH_SEND.path)[0]
    assert request.query == {}
    assert request.headers["x-acs-dingtalk-access-token"] == "token-1"
    assert rig.server.asked(TOKEN_PATH)[0].body == {"appKey": "dingtest", "appSecret": "s3cr3t"}


@pytest.mark.parametrize("life", [7200, "7200"])
async def test_the_token_is_renewed_five_to_ten_minutes_before_it_ends(rig: Rig, life: object) -> None:
    rig.server.on(TOKEN_PATH, token("token-1", life), token("token-2", life))
    assert await rig.openapi.token() == "token-1"
    rig.time.skip(7200 - 601)
    assert await rig.openapi.token() == "token-1"
    rig.time.skip(301)
    assert await rig.openapi.token() == "token-2"


async def test_while_the_token_service_is_down_the_old_token_serves_to_its_end(rig: Rig) -> None:
    rig.server.on(TOKEN_PATH, token("token-1"), text("<html>", 503))
    await rig.openapi.token()
    rig.time.skip(7000)
    assert [await rig.openapi.token() for _ in range(5)] == ["token-1"] * 5
    assert len(rig.server.asked(TOKEN_PATH)) == 2
    rig.time.skip(201)
    with pytest.raises(NotSent):
        await rig.openapi.token()


async def test_a_renewal_that_takes_long_does_not_hold_up_calls_while_the_token_is_good(rig: Rig) -> None:
    rig.server.on(TOKEN_PATH, token("token-1"), silence)
    await rig.openapi.token()
    rig.time.skip(7000)
    renewing = asyncio.create_task(rig.openapi.token())
    await rig.server.until_asked(TOKEN_PATH, 2)
    async with asyncio.timeout(60):
        assert await rig.openapi.token() == "token-1"
    renewing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await renewing


async def test_callers_who_wait_for_a_token_share_the_failure(rig: Rig) -> None:
    rig.server.on(TOKEN_PATH, say({}, 503))
    errors = await asyncio.gather(*(rig.openapi.token() for _ in range(20)), return_exceptions=True)
    assert [type(error) for error in errors] == [NotSent] * 20
    assert len(rig.server.asked(TOKEN_PATH)) == 1


@pytest.mark.parametrize("step", [cut, truncated, say({"errcode": 0}), text("", 200), say([1])])
async def test_trouble_with_the_token_means_that_the_call_itself_was_not_sent(rig: Rig, step: object) -> None:
    rig.server.on(TOKEN_PATH, step)  # type: ignore[arg-type]
    with pytest.raises(NotSent):
        await rig.openapi.call(RECORD_UPLOAD, {})
    assert rig.server.asked(RECORD_UPLOAD.path) == []


async def test_wrong_credentials_stop_with_a_remedy(rig: Rig) -> None:
    rig.server.on(TOKEN_PATH, say({"code": "invalidClientIdOrSecret", "message": "无效的clientId"}, 400))
    with pytest.raises(ServiceStopped, match=r"client_id and dingtalk\.client_secret"):
        await rig.openapi.call(USER, {})


@pytest.mark.parametrize(
    ("api", "expired", "good"),
    [(USER, EXPIRED_OLD, ok()), (USER, say({"errcode": 42001}), ok()), (BATCH_SEND, EXPIRED_NEW, say({}))],
    ids=["88", "42001", "InvalidAuthentication"],
)
async def test_an_expired_token_is_renewed_and_the_call_replayed(
    rig: Rig, api: object, expired: object, good: object
) -> None:
    rig.server.on(TOKEN_PATH, token("token-1"), token("token-2"))
    rig.server.on(api.path, expired, good)  # type: ignore[attr-defined,arg-type]
    await rig.openapi.call(api, {"a": 1})  # type: ignore[arg-type]
    requests = rig.server.asked(api.path)  # type: ignore[attr-defined]
    assert [request.body for request in requests] == [{"a": 1}] * 2
    seen = [r.query.get("access_token") or r.headers.get("x-acs-dingtalk-access-token") for r in requests]
    assert seen == ["token-1", "token-2"]


async def test_a_token_that_expires_under_many_callers_is_renewed_once(rig: Rig) -> None:
    rig.server.on(TOKEN_PATH, token("token-1"), token("token-2"))
    rig.server.on(USER.path, *[EXPIRED_OLD] * 20, ok())
    await rig.openapi.token()
    await asyncio.gather(*(rig.openapi.call(USER, {}) for _ in range(20)))
    assert len(rig.server.asked(TOKEN_PATH)) == 2
    assert len(rig.server.asked(USER.path)) == 40


async def test_a_token_refused_twice_was_not_sent_and_is_not_asked_for_for_ever(rig: Rig) -> None:
    rig.server.on(RECORD_UPLOAD.path, EXPIRED_OLD)
    with pytest.raises(NotSent):
        await rig.openapi.call(RECORD_UPLOAD, {})
    assert len(rig.server.asked(RECORD_UPLOAD.path)) == 2
    assert len(rig.server.asked(TOKEN_PATH)) == 2


@pytest.mark.parametrize(
    "step",
    [REFUSED_QPS, say({"errcode": -1}), say({}, 500), text("<html>", 502), text("", 504), cut, truncated],
    ids=["qps", "-1", "500", "502", "504", "cut", "truncated"],
)
async def test_a_read_is_tried_again(rig: Rig, step: object) -> None:
    rig.server.on(USER.path, step, step, ok(result={"userid": "u1"}))  # type: ignore[arg-type]
    assert (await rig.openapi.call(USER, {}))["result"] == {"userid": "u1"}
    assert len(rig.time.slept) == 2
    assert rig.time.slept[0] < rig.time.slept[1]


async def test_a_read_is_tried_again_three_times_and_no_more(rig: Rig) -> None:
    rig.server.on(USER.path, say({"errcode": -1}))
    with pytest.raises(NotSent):
        await rig.openapi.call(USER, {})
    assert len(rig.server.asked(USER.path)) == 4


async def test_a_ban_is_not_waited_for_and_no_further_call_leaves(rig: Rig) -> None:
    rig.server.on(USER.path, say({"status": 1111, "wait": 5, "punish": "deny"}))
    with pytest.raises(NotSent) as first:
        await rig.openapi.call(USER, {})
    assert first.value.retry_after_s == 300
    with pytest.raises(NotSent):
        await rig.openapi.call(USER, {})
    assert len(rig.server.asked(USER.path)) == 1


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (REFUSED_QPS, NotSent),
        (say({"errcode": -1}, 500), NotSent),
        (say({}, 500), OutcomeUnknown),
        (say({}, 504), OutcomeUnknown),
        (say({"errcode": 15, "sub_code": "isp.top-remote-connection-timeout"}), OutcomeUnknown),
        (say({"errcode": 88, "errmsg": "ding talk error[subcode=,submsg=]"}), OutcomeUnknown),
        (cut, OutcomeUnknown),
        (truncated, OutcomeUnknown),
        (say({"errcode": 33012, "errmsg": "无效的USERID"}), Rejected),
        (say({"errcode": 60011}), ServiceStopped),
    ],
)
async def test_a_write_is_never_repeated_here(rig: Rig, step: object, error: type[Exception]) -> None:
    rig.server.on(RECORD_UPLOAD.path, step)  # type: ignore[arg-type]
    with pytest.raises(error):
        await rig.openapi.call(RECORD_UPLOAD, {})
    assert len(rig.server.asked(RECORD_UPLOAD.path)) == 1
    assert rig.time.slept == []


async def test_qps_refusals_halve_the_rate_of_that_api() -> None:
    async with Rig(each_api=20) as rig:
        for _ in range(LONE + 1):
            rig.server.on(SHIFT.path, REFUSED_QPS, ok())
            await rig.openapi.call(SHIFT, {})
        assert rig.limits.rate(SHIFT.name) == 10
        assert rig.limits.rate(USER.name) == 20


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("api.dingtalk.com", True),
        ("oapi.dingtalk.com", True),
        ("oapi.dingtalk.io", True),
        ("dingtalk.com", True),
        ("evildingtalk.com", False),
        ("dingtalk.com.evil.com", False),
        ("127.0.0.1", False),
        ("", False),
    ],
)
def test_only_dingtalks_own_hosts_count_towards_what_it_allows_an_address(host: str, counted: bool) -> None:
    assert is_dingtalks(host) is counted


async def test_calls_to_dingtalks_hosts_wait_for_the_total_and_others_do_not(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", rig.server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    rig.server.on("/call", ok())
    calls = Calls(rig.http, Limits(rig.time, each_api=0, total=1, sleep=rig.time.hurry))
    for host in ("punches.example.test", "punches.example.test", "oapi.dingtalk.com"):
        await calls.place(USER, URL(f"http://{host}/call"), b"{}", priority=Priority.PUNCH)
    assert rig.time.slept == []
    await calls.place(USER, URL("http://oapi.dingtalk.com/call"), b"{}", priority=Priority.PUNCH)
    assert rig.time.slept == [1.0]


async def test_a_call_that_waited_for_its_turn_through_a_sleep_of_the_machine_does_not_leave(rig: Rig) -> None:
    rig.server.on("/call", ok())
    lease = Lease(rig.time)
    lease.renewed(rig.time.monotonic())
    calls = Calls(rig.http, Limits(rig.time, each_api=1 / LASTS_S, sleep=rig.time.hurry))
    await calls.place(USER, rig.at("/call"), b"{}", priority=Priority.PUNCH)
    with pytest.raises(ClaimLost), lease.acting(lease.term):
        await calls.place(USER, rig.at("/call"), b"{}", priority=Priority.PUNCH)
    assert len(rig.server.asked("/call")) == 1
