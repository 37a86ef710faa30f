"""The board over HTTP: who sees whom, live changes, and the number of calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.api import Call
from tests.company import Company, a_company
from tests.waiting import until
from tests.web.visiting import Visitor, a_fix, a_visitor

ENGLISH = {"Accept-Language": "en"}
CONTACTS = {"user_get", "department_listsub", "user_list", "department_get"}  # free, like logins
FREE = {"getuserinfo", "accessToken", "jsapiTickets", *CONTACTS}


@asynccontextmanager
async def a_known_company(folder: Path, at: str = "08:50", **changes: Any) -> AsyncIterator[Company]:
    """Run a company whose bot has read all people and plans."""
    async with a_company(folder, at, **changes) as company:
        app = company.app
        assert app is not None
        await until(lambda: app.directory.is_read)
        await app.reads.read_if_due()
        yield company


def counted(company: Company, since: int) -> list[Call]:
    """Return the calls that count for the monthly quota."""
    calls = list(company.sandbox.requests)[since:]
    return [call for call in calls if call.api not in FREE and "/_sandbox" not in call.path]


async def board(visitor: Visitor, **body: Any) -> dict[str, Any]:
    status, answer = await visitor.call("board", headers=ENGLISH, **body)
    assert status == 200, answer
    return answer


def standings(answer: dict[str, Any]) -> dict[str, str]:
    return {one["user_id"]: one["standing"] for one in answer["people"]}


async def test_a_board_is_live_and_needs_few_calls(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_known_company(tmp_path, at="08:55") as company:
        lead, colleague = await a_visitor(company, session, "lead01"), await a_visitor(company, session)
        before = await board(lead)
        assert standings(before)["user001"] == "not_yet_due"
        assert "lead01" not in standings(before)
        since = len(company.sandbox.requests)
        await colleague.punch()
        assert standings(await board(lead))["user001"] == "on_time"
        for _ in range(5):
            await board(lead)
        assert {call.api for call in counted(company, since)} <= {"signed"}


async def test_a_missing_person_can_be_nudged_once(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_known_company(tmp_path, at="09:05") as company:
        lead = await a_visitor(company, session, "lead01")
        shown = {one["user_id"]: one for one in (await board(lead))["people"]}
        assert (shown["user001"]["standing"], shown["user001"]["nudge"]) == ("missing", True)
        _, nudged = await lead.call("nudge", user_id="user001", headers=ENGLISH)
        assert "王小明" in nudged["text"]
        await company.sandbox.wait_for_reply("user001")
        await lead.call("nudge", user_id="user001", headers=ENGLISH)
        assert len(company.sandbox.replies("user001")) == 1


async def test_a_board_shows_only_the_leads_people(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_known_company(tmp_path, at="09:05") as company:
        person = await a_visitor(company, session)
        answer = await board(person)
        assert "people" not in answer and "Only leads" in answer["text"]
        _, nudged = await person.call("nudge", user_id="user002", headers=ENGLISH)
        assert company.sandbox.replies("user002") == [], nudged
        lead = await a_visitor(company, session, "lead02")
        answer = await board(lead)
        theirs = standings(answer)
        assert theirs and "user001" not in theirs
        assert "people" not in await board(lead, department="研发部")
        yesterday = standings(await board(lead, day="2026-11-23", department=answer["departments"][0]))
        assert yesterday and set(yesterday) <= set(theirs)


@pytest.mark.parametrize("body", [{"day": "2026-11-25"}, {"day": "x"}, {"day": 5}, {"department": ["x"]}])
async def test_an_invalid_request_to_the_board_is_refused(
    tmp_path: Path, session: aiohttp.ClientSession, body: dict[str, Any]
) -> None:
    async with a_known_company(tmp_path) as company:
        lead = await a_visitor(company, session, "lead01")
        assert await lead.call("board", **body) == (400, {"error": "bad"})


@pytest.mark.parametrize(("target", "costs"), [("signed", []), ("record_upload", ["record_upload"])])
async def test_a_punch_on_the_page_costs_at_most_one_call(
    tmp_path: Path, session: aiohttp.ClientSession, target: str, costs: list[str]
) -> None:
    async with a_known_company(tmp_path, at="09:10", clock_in={"targets": [target]}) as company:
        since = len(company.sandbox.requests)
        visitor = await a_visitor(company, session)
        await visitor.call("day")
        await visitor.call("look", fix=a_fix())
        await visitor.punch()
        await visitor.call("day")
        found = [call.api for call in counted(company, since) if call.api != "signed"]
        assert found == costs
        assert company.sandbox.replies("user001") == []
