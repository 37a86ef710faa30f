"""A shift that starts at midnight: what is said of it before belongs to the next work date."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from tests.builders import TUESDAY, local
from tests.corrections.stage import taps_in
from tests.reminders.stage import AFTER, BEFORE, ON, RemindingCompany, a_reminding_company, who_was_told

NEXT_DAY = TUESDAY + timedelta(days=1)
SCHEDULE = {"source": "config", "shifts": [{"name": "early", "sections": [["00:00", "08:00"]], "people": "all"}]}


@asynccontextmanager
async def before_midnight(folder: Path, at: str = "23:40") -> AsyncIterator[RemindingCompany]:
    async with a_reminding_company(folder, at, schedule=SCHEDULE) as company:
        yield company


async def go_past_midnight(company: RemindingCompany, *moments: str) -> None:
    for at in moments:
        company.sandbox.clock.move_to(local(at, NEXT_DAY))
        await company.remind()


async def test_the_leave_button_of_a_reminder_before_midnight_is_about_its_shift(tmp_path: Path) -> None:
    async with before_midnight(tmp_path) as company:
        await company.go_on("23:50")
        assert {"user001", "user002"} <= set(who_was_told(company, ON, "00:00", BEFORE))
        (says,) = (tap for tap in taps_in(company.sandbox.replies("user001")[-1]) if "请假" in tap)
        assert says == "2026-11-25 请假"
        assert "11-25" in await company.change("user001", says)
        await go_past_midnight(company, "00:05", "07:50")
        told = {*who_was_told(company, ON, "00:00", AFTER)}
        assert "user002" in told
        assert "user001" not in told


async def test_by_day_the_button_says_today(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.go_on("08:50")
        assert "今天请假" in taps_in(company.sandbox.replies("user001")[-1])
