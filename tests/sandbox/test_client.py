"""The pretend client of DingTalk: it opens a page, sees a wrong signature, and gives login codes."""

import re
from hashlib import sha256
from html import unescape
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller

PAGE = "https://punch.example.com/app"
CONFIG, CODE = "/_sandbox/client/config", "/_sandbox/client/code"
WHO = "/topapi/v2/user/getuserinfo"


async def signed(caller: Caller, **changes: Any) -> dict[str, Any]:
    """Return the fields of `dd.config`, signed as in DingTalk's sample, with changes."""
    _, ticket = await caller.post("/v1.0/oauth2/jsapiTickets", {})
    text = f"jsapi_ticket={ticket['jsapiTicket']}&noncestr=n&timestamp=17&url={PAGE}"
    rest = {
        "agentId": "4711",
        "corpId": "dingsandbox",
        "jsApiList": ["getLocation"],
        "url": f"{PAGE}#token",
    }
    once = {"timeStamp": 17, "nonceStr": "n", "signature": sha256(text.encode()).hexdigest()}
    return {**rest, **once, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "签名"},
        {"timeStamp": 18},
        {"url": "https://punch.example.com/app2"},
        {"agentId": "4712"},
        {"corpId": "dingother"},
        {"jsApiList": []},
    ],
)
async def test_a_wrong_page_signature_is_error_52013(
    sandbox: Sandbox, caller: Caller, changes: dict[str, Any]
) -> None:
    _, right = await caller.post(CONFIG, await signed(caller))
    _, wrong = await caller.post(CONFIG, await signed(caller, **changes))
    assert (right["errcode"], wrong["errcode"]) == (0, 52013)
    assert sandbox.requests[-1].answer["errcode"] == 52013


async def test_a_login_code_works_once(caller: Caller) -> None:
    _, given = await caller.post(CODE, {"user_id": "user001", "corpId": "dingsandbox"})
    _, first = await caller.post(WHO, {"code": given["code"]})
    _, second = await caller.post(WHO, {"code": given["code"]})
    _, unknown = await caller.post(WHO, {"code": "code-user001"})
    assert first["result"]["userid"] == "user001"
    assert (second["errcode"], unknown["errcode"]) == (40078, 40078)
    _, elsewhere = await caller.post(CODE, {"user_id": "user001", "corpId": "dingother"})
    assert elsewhere["errcode"] != 0


async def test_a_code_of_the_browser_login_works_once(sandbox: Sandbox, caller: Caller) -> None:
    asked = {"client_id": "sandbox", "response_type": "code", "scope": "openid", "state": "s"}
    asked["redirect_uri"] = "http://127.0.0.1:1/app/back"
    async with aiohttp.ClientSession() as browser:
        async with browser.get(f"{sandbox.url}/oauth2/auth", params=asked) as page:
            link = re.search('href="([^"]*)">王小明', await page.text())
        for wrong in (
            {"client_id": "other"},
            {"redirect_uri": "https://evil.example/"},
            {"scope": "x"},
        ):
            async with browser.get(f"{sandbox.url}/oauth2/auth", params=asked | wrong) as answer:
                assert answer.status == 400
    assert link is not None
    back = URL(unescape(link[1]))
    assert back.query["state"] == "s"
    body = {"clientId": "sandbox", "clientSecret": "sandbox", "grantType": "authorization_code"}
    status, token = await caller.post(
        "/v1.0/oauth2/userAccessToken", {**body, "code": back.query["authCode"]}
    )
    assert (status, bool(token["accessToken"])) == (200, True)
    status, _ = await caller.post(
        "/v1.0/oauth2/userAccessToken", {**body, "code": back.query["authCode"]}
    )
    assert status == 400
