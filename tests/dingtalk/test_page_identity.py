"""The page's ticket and signature, which anybody who opens the page makes the bot ask for."""

import asyncio
import hashlib

import pytest

from bot.dingtalk.apis import PAGE_TICKET
from bot.dingtalk.page_identity import DingTalkPage, sign
from bot.errors import NotSent
from tests.dingtalk.rig import Rig, say

URL = "https://punch.example.com/here/zh"


def test_the_signature_is_that_of_the_documents() -> None:
    text = f"jsapi_ticket=T&noncestr=N&timestamp=1700000000000&url={URL}"
    assert sign("T", "N", 1_700_000_000_000, URL) == hashlib.sha256(text.encode()).hexdigest()


async def test_many_share_one_ticket_and_after_a_failure_dingtalk_is_left_alone_for_half_a_minute(
    rig: Rig,
) -> None:
    failures = [say({"code": "system.error"}, 500)] * 4  # the call and its retries
    rig.server.on(PAGE_TICKET.path, *failures, say({"jsapiTicket": "T", "expireIn": 7200}))
    page = DingTalkPage(rig.openapi, rig.time, agent_id="4711", corp_id="ding1", client_id="key")
    answers = await asyncio.gather(*(page.signature(URL) for _ in range(200)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {NotSent}
    with pytest.raises(NotSent):
        await page.signature(URL)
    assert len(rig.server.asked(PAGE_TICKET.path)) == 4
    rig.time.skip(31)
    assert {(await page.signature(URL)).client_id for _ in range(200)} == {"key"}
    assert len(rig.server.asked(PAGE_TICKET.path)) == 5
