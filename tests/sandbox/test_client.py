"""The pretend client of DingTalk: it opens a page, sees a wrong signature, and gives login codes."""

from hashlib import sha256
from typing import Any

import pytest

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller

PAGE = "https://punch.example.com/app"
CONFIG = "/_sandbox/client/config"


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
