"""The board over HTTP: who sees whom, live changes, and the number of calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.api import Call
from tests.changing_company import World
from tests.company import ENGINEERING, PATIENCE, TWO_SALES, Company, a_company, members
from tests.waiting import LONGEST_S, until
from tests.web.visiting import Visitor, a_fix, a_visitor

OF_SALES = {"leads": {"user001": [203, 204]}}
ENGLISH = {"Accept-Language": "en"}
CONTACTS = {"user_get", "department_listsub", "user_list", "department_get"}  # free, like logins
FREE = {"getuserinfo", "accessToken", "jsapiTickets", *CONTACTS}


@asynccontextmanager
async def a_known_company(
    folder: Path, at: str = "08:50", *, world: World | None = None, **changes: Any
) -> AsyncIterator[Company]:
    """Run a company whose bot has read all people and plans."""
    async with a_company(folder, at, world=world, **changes) as company:
        await until(lambda: company.app.directory.is_read)
        await company.app.reads.read_if_due()
        yield company


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with a_known_company(tmp_path) as running:
        yield running


def counted(company: Company, since: int) -> list[Call]:
    """Return the calls that count for the monthly quota."""
    calls = list(company.sandbox.requests)[since:]
    return [call for call in calls if call.api not in FREE and "/_sandbox" not in call.path]


async def board(visitor: Visitor, **body: Any) -> dict[str, Any]:
    """Return the board as it is shown first."""
    async with visitor.board(**body) as events:
        return await anext(events)


def standings(answer: dict[str, Any]) -> dict[str, str]:
    return {person["user_id"]: person["standing"] for person in answer["people"]}


async def test_an_open_board_shows_a_punch_and_asks_dingtalk_nothing(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_known_company(tmp_path, at="08:55") as company:
        lead, colleague = (
            await a_visitor(company, session, "lead01"),
            await a_visitor(company, session),
        )
        async with lead.board() as events:
            first = standings(await anext(events))
            assert first["user001"] == "not_yet_due"
            assert "lead01" not in first
            since = len(company.sandbox.requests)
            await colleague.punch()
            after = await anext(events)
            assert standings(after)["user001"] == "on_time"
            assert not any(person["nudge"] for person in after["people"])
            assert {call.api for call in counted(company, since)} <= {"signed"}


async def test_an_open_board_ends_with_the_right_to_see(
    company: Company, session: aiohttp.ClientSession
) -> None:
    lead = await a_visitor(company, session, "lead01")
    async with lead.board() as events:
        await anext(events)
        company.sandbox.clock.advance(3601)
        assert await anext(events, None) is None
    assert await lead.call("board") == (401, {"error": "session"})
    lead = await a_visitor(company, session, "lead01")
    async with lead.board() as events:
        await anext(events)
        await company.app.directory.remove_people(["lead01"])
        # while the directory changes, the board may first say that it cannot tell who sees whom
        assert all(set(event) == {"text"} for event in [event async for event in events])


async def test_an_open_board_follows_what_another_process_hears(
    company: Company, session: aiohttp.ClientSession
) -> None:
    lead = await a_visitor(company, session, "lead01")
    async with lead.board() as events:
        assert "people" in await anext(events)
        await company.app.store.people.remove(["lead01"])
        async with asyncio.timeout(30):
            assert "people" not in await anext(events)


async def test_an_open_board_hides_people_from_a_lead_who_lost_the_role(
    company: Company, session: aiohttp.ClientSession
) -> None:
    lead = await a_visitor(company, session, "lead02")
    async with lead.board() as events:
        shown = await anext(events)
        assert "people" in shown
        company.sandbox.world.change("lead02", lead=False)
        async with asyncio.timeout(30):
            while "people" in shown:  # until the bot heard of the change
                shown = await anext(events)
        assert "text" in shown


async def test_a_board_shows_nobody_to_a_lead_who_lost_the_role_during_its_reads(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_known_company(tmp_path, at="09:05") as company:
        visibility = company.app.visibility

        async def lose_role() -> None:
            company.sandbox.world.change("lead02", lead=False)
            await until(lambda: visibility.of("lead02").outcome != "seen")

        lead = await a_visitor(company, session, "lead02")
        company.sandbox.meanwhile("/attendance/listRecord", lose_role)
        async with lead.board() as events:
            assert "people" not in await anext(events)
            assert company.sandbox.all_changes_made()


async def test_an_open_board_does_not_delay_the_stop(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_known_company(tmp_path, patience=replace(PATIENCE, board_s=60.0)) as company:
        lead = await a_visitor(company, session, "lead01")
        lead.url = company.app.web.url
        async with lead.board() as events:
            await anext(events)
            async with asyncio.timeout(LONGEST_S):
                await company.app.web.stop()
                assert await anext(events, None) is None


async def test_a_third_board_of_one_person_ends_the_first(
    company: Company, session: aiohttp.ClientSession
) -> None:
    lead = await a_visitor(company, session, "lead01")
    async with lead.board() as first, lead.board() as second, lead.board() as third:
        for events in (first, second, third):
            await anext(events)
        assert await anext(first, None) is None
        await company.ask("user001", "clock in")
        assert standings(await anext(second))["user001"] == "on_time"


@pytest.mark.parametrize(
    ("at", "standing", "told"),
    [("09:05", "missing", "No clock-in"), ("18:10", "on_time", "No clock-out yet")],
)
async def test_a_lead_nudges_once_for_an_overdue_check(
    tmp_path: Path, session: aiohttp.ClientSession, at: str, standing: str, told: str
) -> None:
    async with a_known_company(tmp_path, at="08:50") as company:
        if standing == "on_time":
            await company.ask("user001", "clock in")
        company.at(at)
        already = len(company.sandbox.replies("user001"))
        lead = await a_visitor(company, session, "lead01")
        shown = {person["user_id"]: person for person in (await board(lead))["people"]}["user001"]
        assert (shown["standing"], shown["nudge"]) == (standing, True)
        assert told in shown["text"]
        _, nudged = await lead.call("nudge", user_id="user001", headers=ENGLISH)
        assert "王小明" in nudged["text"]
        await company.sandbox.wait_for_reply("user001", after=already)
        await lead.call("nudge", user_id="user001", headers=ENGLISH)
        assert len(company.sandbox.replies("user001")) == already + 1


async def test_late_is_said_once(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_known_company(tmp_path, at="09:20") as company:
        await company.ask("user001", "clock in")
        lead = await a_visitor(company, session, "lead01")
        shown = {person["user_id"]: person for person in (await board(lead))["people"]}["user001"]
        assert shown["text"].casefold().count("late") == 1


async def test_a_board_shows_only_the_leads_people(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
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
        assert "people" not in await board(lead, department=ENGINEERING)
        yesterday = standings(
            await board(lead, day="2026-11-23", department=answer["departments"][0]["id"])
        )
        assert set(yesterday) == {*theirs, "lead02"}, "a department holds its lead, too"
        past = await board(lead, day="2026-11-20")
        assert not any(person["nudge"] for person in past["people"])


async def test_the_board_of_the_company_holds_its_administrator(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_known_company(tmp_path, at="09:05", roles={"admins": ["user001"]}) as company:
        answer = await board(await a_visitor(company, session, "user001"))
        assert answer["whose"] == "The whole company"
        nudges = {person["user_id"]: person["nudge"] for person in answer["people"]}
        assert set(nudges) == {person.user_id for person in company.sandbox.world}
        assert nudges["user002"] and not nudges["user001"], "nobody nudges themselves"


async def test_the_board_tells_departments_of_one_name_apart(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    world = World(24, departments=TWO_SALES)
    async with a_known_company(tmp_path, at="09:05", world=world, roles=OF_SALES) as company:
        lead = await a_visitor(company, session, "user001")
        answer = await board(lead)
        shown = {department["name"]: department["id"] for department in answer["departments"]}
        assert shown == {"Sales (East)": 203, "Sales (West)": 204}
        answer = await board(lead, department=203)
        assert answer["whose"] == "Sales (East)"
        assert set(standings(answer)) == members(world, 203)


@pytest.mark.parametrize(
    "body",
    [
        {"day": "2026-11-25"},
        {"day": "2026-10-23"},
        {"day": "x"},
        {"day": 5},
        {"department": "研发部"},
    ],
)
async def test_an_invalid_request_to_the_board_is_refused(
    company: Company, session: aiohttp.ClientSession, body: dict[str, Any]
) -> None:
    lead = await a_visitor(company, session, "lead01")
    assert await lead.call("board", **body) == (400, {"error": "bad"})


@pytest.mark.parametrize(
    ("target", "costs"), [("signed", []), ("record_upload", ["record_upload"])]
)
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
