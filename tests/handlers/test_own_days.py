"""One's own days are what one's lead reads of them: with punches made in DingTalk itself, as of a moment."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import TUESDAY, local
from tests.company import a_company

MINE, LEAD = "user002", "lead01"
MONDAY, FRIDAY = TUESDAY - timedelta(days=1), TUESDAY - timedelta(days=4)


def totals(answer: str) -> str:
    """Return the line that sums days up."""
    found = re.search(r"^\d+ of \d+ days?\b.*$", answer, re.MULTILINE)
    assert found is not None, answer
    return found[0]


@pytest.mark.parametrize(
    ("asks", "of_theirs"),
    [
        ("how late was I this month", "attendance of Alice Johnson this month"),
        ("my punches this week", "attendance of Alice Johnson this week"),
    ],
)
async def test_both_read_the_same_sum_of_punches_made_here_and_there(
    tmp_path: Path, asks: str, of_theirs: str
) -> None:
    async with a_company(tmp_path, at="09:20") as company:
        company.sandbox.native_punch(MINE, local("09:13", MONDAY), "app")
        company.sandbox.native_punch(MINE, local("18:02", MONDAY), "app")
        await company.ask(MINE, "clock in")
        own = await company.ask(MINE, asks)
        assert "late 2× 33 min" in totals(own)
        assert totals(own) == totals(await company.ask(LEAD, of_theirs))
        assert f"**{MONDAY}** · 09:13–18:02 · Late · 13 min late" in own
        assert f"**{TUESDAY}** · 09:20–? · Late · 20 min late" in own
        assert "09:20 · Clock-in" in own
        assert "_as of 2026-11-24 09:20_" in own


async def test_a_day_of_another_week_is_of_that_week(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:20") as company:
        company.sandbox.native_punch(MINE, local("09:13", FRIDAY), "app")
        assert "late 1× 13 min" in totals(await company.ask(MINE, "how late was I last week"))
        assert "late" not in totals(await company.ask(MINE, "how late was I this week"))


async def test_of_days_that_cannot_be_read_nothing_is_held_against_anybody(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:20") as company:
        company.sandbox.faults.set("http_500", {"apis": ["attendance/list", "listRecord"]})
        own = totals(await company.ask(MINE, "my punches this week"))
        assert "unknown (not counted as absent)" in own
        assert "absent 1" not in own


async def test_days_to_come_are_said_to_be_so(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "still to come" in await company.ask(MINE, "my punches on 2026-12-24")


async def test_days_before_a_made_up_company_began_are_nobodys_absence(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        company.sandbox.live_through_the_past()
        own = totals(await company.ask(MINE, "my punches this month"))
        assert "absent" not in own
        assert own == totals(await company.ask(LEAD, "attendance of Alice Johnson this month"))
