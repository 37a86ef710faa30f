"""The page's ticket and signature, which anybody who opens the page makes the bot ask for."""

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Any, cast

from bot.clock import Clock
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.page_identity import DingTalkPage, sign
from bot.errors import OutcomeUnknown

URL = "https://punch.example.com/here/zh"


class Tickets:
    """DingTalk's answers to the question for a ticket, counted."""

    def __init__(self) -> None:
        self.asked = 0
        self.works = True

    async def call(self, *_: object, **__: object) -> dict[str, Any]:
        self.asked += 1
        await asyncio.sleep(0)
        if not self.works:
            raise OutcomeUnknown("jsapiTickets", "HTTP 500")
        return {"jsapiTicket": "T", "expireIn": 7200}


def test_the_signature_is_that_of_the_documents() -> None:
    text = "jsapi_ticket=T&noncestr=N&timestamp=1700000000000&url=https://punch.example.com/here/zh"
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert sign("T", "N", 1_700_000_000_000, "https://punch.example.com/here/zh") == expected


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)


def a_page(tickets: Tickets, clock: Seconds) -> DingTalkPage:
    """Return the page's identity over `tickets`."""
    return DingTalkPage(
        cast(OpenApi, tickets), cast(Clock, clock), agent_id="4711", corp_id="ding1", client_id="key"
    )


async def test_however_many_open_the_page_at_once_one_ticket_is_asked_for() -> None:
    tickets = Tickets()
    page = a_page(tickets, Seconds())
    await asyncio.gather(*(page.signature(URL) for _ in range(200)))
    assert tickets.asked == 1


async def test_after_a_failure_dingtalk_is_left_alone_for_half_a_minute() -> None:
    tickets, clock = Tickets(), Seconds()
    tickets.works = False
    page = a_page(tickets, clock)
    answers = await asyncio.gather(*(page.signature(URL) for _ in range(200)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {OutcomeUnknown}
    assert tickets.asked == 1
    tickets.works = True
    clock.seconds += 31
    assert (await page.signature(URL)).client_id == "key"
    assert tickets.asked == 2
