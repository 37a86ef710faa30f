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
