"""A punch beside something else in one message is asked about once, and keeps its time."""

from pathlib import Path

import pytest

from tests.company import Company, a_company
from tests.handlers.test_turned_pages import ASKS, LEAD, a_large_company


async def _at(company: Company, clock: str, says: str) -> str:
    company.at(clock)
    return await company.ask("user001", says)


@pytest.mark.parametrize(
    ("says", "tap", "answered"),
    [
        ("clock in. who is missing today?", "clock in", "see a team"),
        ("打卡，另外帮我查一下我的本周考勤", "上班打卡", "2026-11-23"),
        ("clock in, nudge Bob", "clock in", "two things"),
    ],
)
async def test_it_punches_by_the_tap_with_the_time_of_the_message(
    tmp_path: Path, says: str, tap: str, answered: str
) -> None:
    async with a_company(tmp_path, at="08:59:30") as company:
        assert company.app is not None
        await company.app.directory.crawl()
        said = await company.ask("user001", says)
        assert answered in said
        assert "recorded" in said or "还没有记录" in said
        assert company.punches_at_dingtalk("user001") == []
        assert "08:59" in await _at(company, "09:00:20", tap)
        assert len(company.punches_at_dingtalk("user001")) == 1


async def test_in_a_group_it_is_asked_about_in_private(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        alone, in_group = await company.ask_in_group("user001", "clock in, show my status")
        assert ("Nothing is recorded yet" in alone, "Nothing is recorded yet" in in_group) == (True, False)


async def test_the_next_page_asks_about_no_punch_again(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        asked = await company.ask(LEAD, f"clock in. {ASKS}")
        assert ("page 1 of 3" in asked, "Nothing is recorded yet" in asked) == (True, True)
        turned = await company.ask(LEAD, "next page")
        assert ("page 2 of 3" in turned, "Nothing is recorded yet" in turned) == (True, False)


@pytest.mark.parametrize(
    ("says", "wish", "tap"),
    [
        ("上班打卡，别催了", "别催了", "上班打卡"),
        ("clock in, on leave tomorrow", "on leave tomorrow", "clock in"),
        ("clock in. nudge Bob", "nudge Bob", "clock in"),
    ],
)
async def test_the_wish_tapped_first_leaves_the_punch_its_time(
    tmp_path: Path, says: str, wish: str, tap: str
) -> None:
    async with a_company(tmp_path, at="08:59:30") as company:
        await company.ask("user001", says)
        await _at(company, "08:59:50", wish)
        assert "08:59" in await _at(company, "09:00:40", tap)
        assert len(company.punches_at_dingtalk("user001")) == 1


@pytest.mark.parametrize("past", ["还没到", "今天请假", "who is missing today?"])
async def test_what_speaks_past_a_punch_beside_a_wish_takes_its_time(tmp_path: Path, past: str) -> None:
    async with a_company(tmp_path, at="08:59:30") as company:
        await company.ask("user001", "上班打卡，别催了")
        await _at(company, "08:59:50", past)
        assert company.punches_at_dingtalk("user001") == []
        assert "09:00" in await _at(company, "09:00:40", "上班打卡")


async def test_after_two_minutes_the_punch_has_its_own_time(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="08:59:30") as company:
        await company.ask("user001", "上班打卡，别催了")
        await _at(company, "08:59:50", "别催了")
        assert "09:02" in await _at(company, "09:02:00", "上班打卡")


async def test_a_plain_yes_chooses_neither_of_two_things(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in, stop reminding me")
        await company.ask("user001", "yes")
        assert company.punches_at_dingtalk("user001") == []
