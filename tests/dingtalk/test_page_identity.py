"""The page's ticket and signature, and the address of DingTalk's login."""

import asyncio
from urllib.parse import parse_qs

from bot.dingtalk.contacts import Contacts
from bot.dingtalk.openapi import DingTalkApp
from bot.dingtalk.page_identity import PageIdentity
from tests.dingtalk.rig import Rig, say

URL = "https://punch.example.com/app"


def a_page(rig: Rig, api_url: str = "https://api.dingtalk.com") -> PageIdentity:
    return PageIdentity(
        rig.openapi,
        Contacts(rig.openapi),
        rig.time,
        DingTalkApp("key", "secret", api_url, api_url),
        agent_id="4711",
        corp_id="ding1",
    )


def test_the_login_is_at_dingtalk_and_names_its_return_address(rig: Rig) -> None:
    back = "https://punch.example.com/app/back"
    for domain in ("com", "io"):
        url = a_page(rig, f"https://api.dingtalk.{domain}").login_url(back, "s&t")
        address, _, query = url.partition("?")
        assert address == f"https://login.dingtalk.{domain}/oauth2/auth"
        told = {
            "client_id": ["key"],
            "redirect_uri": [back],
            "state": ["s&t"],
            "response_type": ["code"],
        }
        assert parse_qs(query) == {**told, "scope": ["openid"], "prompt": ["consent"]}


async def test_a_shared_ticket_is_renewed_before_it_ends(rig: Rig) -> None:
    rig.server.on("page_ticket", say({"jsapiTicket": "T", "expireIn": 7200}))
    page = a_page(rig)
    signed = await asyncio.gather(*(page.signature(URL) for _ in range(20)))
    assert {one["clientId"] for one in signed if one} == {"key"}
    assert len(rig.server.asked("page_ticket")) == 1
    rig.time.skip(7000)
    await page.signature(URL)
    assert len(rig.server.asked("page_ticket")) == 2


async def test_a_person_unknown_to_dingtalk_is_a_stranger(rig: Rig) -> None:
    rig.server.on("login_token", say({"accessToken": "theirs"}))
    rig.server.on("login_user", say({"code": "invalidParameter.user.notFound"}, 404))
    assert await a_page(rig).user_id_of_login("code") is None
