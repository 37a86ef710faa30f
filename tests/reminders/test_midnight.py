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


async def test_the_buttons_and_the_words_of_a_reminder_before_midnight_are_about_its_shift(tmp_path: Path) -> None:
    async with before_midnight(tmp_path) as company:
        await company.go_on("23:50")
        assert {"user001", "user002"} <= set(who_was_told(company, ON, "00:00", BEFORE))
        (says,) = (tap for tap in taps_in(company.sandbox.replies("user001")[-1]) if "请假" in tap)
        assert says == "2026-11-25 请假"
        assert "11-25" in await company.ask("user001", says)
        assert "11-25" in await company.ask("user002", "今天别提醒我")
        assert "11-25" in await company.ask("user003", "今天请假")
        await go_past_midnight(company, "00:05", "07:50")
        told = {*who_was_told(company, ON, "00:00", AFTER)}
        assert "user004" in told
        assert told.isdisjoint({"user001", "user002", "user003"})


async def test_today_said_long_before_midnight_is_today_alone(tmp_path: Path) -> None:
    async with before_midnight(tmp_path, "22:30") as company:
        assert "11-25" not in await company.ask("user002", "今天别提醒我")
        await company.go_on("23:50")
        assert "user002" in who_was_told(company, ON, "00:00", BEFORE)


async def test_with_a_reminder_of_ones_own_today_reaches_as_far_ahead_as_that(tmp_path: Path) -> None:
    async with before_midnight(tmp_path, "21:40") as company:
        await company.ask("user002", "提前120分钟提醒我")
        company.at("22:10")
        assert "11-25" in await company.ask("user002", "今天别提醒我")


async def test_by_day_the_button_says_today(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.go_on("08:50")
        assert "今天请假" in taps_in(company.sandbox.replies("user001")[-1])
