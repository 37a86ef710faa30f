"""The page's ticket and signature, and the address of DingTalk's login."""

import asyncio
import hashlib
from urllib.parse import parse_qs

import pytest

from bot.dingtalk.apis import PAGE_TICKET
from bot.dingtalk.contacts import Contacts
from bot.dingtalk.page_identity import PageIdentity, sign
from tests.dingtalk.rig import Rig, say

URL = "https://punch.example.com/app"


def test_the_signature_is_that_of_the_documents() -> None:
    text = f"jsapi_ticket=T&noncestr=N&timestamp=1700000000000&url={URL}"
    assert sign("T", "N", 1_700_000_000_000, URL) == hashlib.sha256(text.encode()).hexdigest()


def a_page(rig: Rig, api_url: str = "https://api.dingtalk.com") -> PageIdentity:
    return PageIdentity(
        rig.openapi,
        Contacts(rig.openapi),
        rig.time,
        client_id="key",
        client_secret="secret",
        agent_id="4711",
        corp_id="ding1",
        api_url=api_url,
    )


@pytest.mark.parametrize(
    ("api_url", "login"),
    [
        ("https://api.dingtalk.com", "https://login.dingtalk.com/oauth2/auth"),
        ("https://api.dingtalk.io", "https://login.dingtalk.io/oauth2/auth"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/oauth2/auth"),
    ],
)
def test_the_login_is_at_dingtalks_host_and_names_where_it_comes_back(rig: Rig, api_url: str, login: str) -> None:
    url = a_page(rig, api_url).login_url("https://punch.example.com/app/back", "s&t")
    address, _, query = url.partition("?")
    assert address == login
    assert parse_qs(query) == {
        "client_id": ["key"],
        "redirect_uri": ["https://punch.example.com/app/back"],
        "state": ["s&t"],
        "response_type": ["code"],
        "scope": ["openid"],
        "prompt": ["consent"],
    }


async def test_many_share_one_ticket_which_is_renewed_before_it_ends(rig: Rig) -> None:
    rig.server.on(PAGE_TICKET.path, say({"jsapiTicket": "T", "expireIn": 7200}))
    page = a_page(rig)
    signed = await asyncio.gather(*(page.signature(URL) for _ in range(20)))
    assert {one["clientId"] for one in signed if one} == {"key"}
    assert len(rig.server.asked(PAGE_TICKET.path)) == 1
    rig.time.skip(7000)
    await page.signature(URL)
    assert len(rig.server.asked(PAGE_TICKET.path)) == 2
