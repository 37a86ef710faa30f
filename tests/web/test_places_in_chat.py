"""Places in chat: one's sites, the address of the page, and the notice about positions."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.builders import TUESDAY
from tests.company import Company, a_company
from tests.reminders.stage import a_reminding_company
from tests.web.visiting import PUDONG, a_visitor

NOTICE = "coordinates are kept with this punch for 60 days"


async def punches(company: Company) -> list[Any]:
    assert company.app is not None
    return list(await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY))


async def test_sites_are_listed_with_the_page_and_for_an_hour_with_distances(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        listed = await company.ask("user001", "where can I clock in?")
        assert "HQ / 总部, within 200 m" in listed
        assert f"({company.sandbox.url}/app)" in listed
        assert "from you" not in listed
        await company.ask("user001", f"clock in {PUDONG[0]},{PUDONG[1]}")
        company.at("09:40")
        near = await company.ask("user001", "where can I clock in?")
        first, second = [line for line in near.splitlines() if line.startswith("- ")][:2]
        assert "Pudong" in first and "0 m from you" in first
        assert "HQ" in second and "km from you" in second
        assert "from you" not in await company.ask("user002", "where can I clock in?"), "nobody else's position"
        company.at("09:52")
        assert "from you" not in await company.ask("user001", "where can I clock in?")
        alone, in_group = await company.ask_in_group("user001", "where can I clock in?")
        assert ("HQ" in alone, "HQ" in in_group) == (True, False)


@pytest.mark.parametrize("said", ["clock in 39.9088,116.3975", "clock in @HQ"])
async def test_the_first_position_brings_the_notice_and_no_later_one(tmp_path: Path, said: str) -> None:
    async with a_company(tmp_path) as company:
        assert NOTICE in await company.ask("user001", said)
        company.at("18:05")
        assert NOTICE not in await company.ask("user001", said.replace("in", "out"))
        assert NOTICE not in await company.ask("user002", "clock out")
        receipt = await company.ask("user003", "clock out @HQ", conversation="2")
        assert NOTICE not in receipt
        assert NOTICE in await company.sandbox.wait_for_reply("user003", after=1)


async def test_a_tap_and_an_answer_in_chat_are_one_punch(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        visitor = await a_visitor(company, session)
        asked = await company.ask("user001", "clock in")
        assert "Nothing is recorded yet" in asked and f"({company.sandbox.url}/app)" in asked
        company.sandbox.clock.advance(60)
        assert (await visitor.punch())["state"] == "recorded"
        assert "Nothing changed" in await company.press("user001", "HQ")
        (punch,) = await punches(company)
        assert f"{punch.punched_at:%H:%M}" == "00:51"  # that of the tap
        assert len(company.punches_at_dingtalk("user001")) == 1


@pytest.mark.parametrize("location", ["optional", "required"])
async def test_a_group_reads_the_address_and_how_to_say_it_in_private(tmp_path: Path, location: str) -> None:
    async with a_company(tmp_path, at="18:05", clock_in={"location": location}) as company:
        said = await company.ask("user001", "clock out with my location", conversation="2")
        assert "in private" in said and "Nothing is recorded yet" in said
        assert f"({company.sandbox.url}/app)" in said
        assert "clock in" not in said.lower()
        assert await punches(company) == []


@pytest.mark.parametrize(
    ("changes", "leads_there"),
    [
        ({}, True),
        ({"web": {"public_url": None}}, False),
        ({"clock_in": {"location": "required"}}, False),  # the plain button asks for a place already
        ({"clock_in": {"trusted_sources": ["typed", "named"]}}, False),
    ],
)
async def test_a_reminder_leads_to_the_page_where_it_takes_positions(
    tmp_path: Path, changes: dict[str, Any], leads_there: bool
) -> None:
    async with a_reminding_company(tmp_path, **changes) as company:
        await company.go_on("08:50")
        reminder = company.sandbox.replies("user001")[-1]
        assert "上班打卡" in reminder
        assert ("用定位上班打卡" in reminder) is leads_there
        if leads_there:
            assert f"({company.sandbox.url}/app)" in await company.ask("user001", "用定位上班打卡")
