"""A punch that was said outside every window of its kind, which DingTalk counts by its time for another check."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import TUESDAY, local
from tests.company import Company
from tests.reminders.stage import a_reminding_company

WHO, LEAD = "user002", "lead01"
WEDNESDAY = TUESDAY + timedelta(days=1)


def told(answer: str) -> list[str]:
    """Return what a day comes to, without when it was asked for and how long its checks are still open."""
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    return [line for line in lines if not line.startswith(("###", "_"))]


async def the_day(company: Company, day: str) -> list[str]:
    return told(await company.ask(LEAD, f"attendance of Alice Johnson {day}"))


async def test_a_day_is_told_the_same_on_the_day_and_once_it_is_past(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:49") as company:
        company.at("08:50")
        assert "DingTalk goes by the time alone" in await company.ask(WHO, "clock out")
        company.at("18:01")
        await company.ask(WHO, "clock out")
        company.at("20:00")
        today = await the_day(company, "today")
        company.sandbox.clock.move_to(local("09:30", WEDNESDAY))
        assert await the_day(company, "yesterday") == today
        assert "In 09:00: 08:50" in "\n".join(today)
        week = await company.ask(WHO, "my punches yesterday")
        assert "08:50–18:01" in week
        assert re.search(r"^1 of 1 day\b", week, re.MULTILINE)
        assert "missed" not in week


@pytest.mark.parametrize("by", ["summary", "reminder"])
async def test_who_said_it_reads_what_dingtalk_counts_it_for(tmp_path: Path, by: str) -> None:
    async with a_reminding_company(tmp_path, "08:49") as company:
        company.at("08:53")
        await company.ask(WHO, "clock out")
        if by == "summary":
            company.at("10:00")
            await company.ask(LEAD, "attendance of Alice Johnson today")
        else:
            await company.go_on("08:55", "09:05")
        own = await company.ask(WHO, "my status")
        assert "08:53 · Clock-out · In DingTalk it counts as Clock-in: On time" in own
        assert "09:00 Clock-in: no punch" not in own
        assert "18:00 Clock-out: no punch through me" in own


async def test_a_coming_said_after_the_end_is_the_going_that_dingtalk_counts(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:49") as company:
        await company.ask(WHO, "clock in")
        company.at("18:30")
        await company.ask(WHO, "clock in")
        company.at("23:30")
        today = await the_day(company, "today")
        assert "Out 18:00: 18:30" in "\n".join(today)
        company.sandbox.clock.move_to(local("09:30", WEDNESDAY))
        assert await the_day(company, "yesterday") == today


async def test_a_coming_said_at_the_end_of_a_night_is_the_going_of_the_day_before(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "21:49") as company:
        await company.ask("user008", "clock in")
        company.sandbox.clock.move_to(local("06:02", WEDNESDAY))
        await company.ask("user008", "clock in")
        await company.ask("lead02", "attendance of 吴刚 yesterday")
        counted = "06:02 · Clock-in · In DingTalk it counts as Clock-out: On time"
        own = await company.ask("user008", "my status")
        assert counted in own and "06:00 Clock-out: no punch through me" in own  # that of the night to come
        assert "counts for 2026-11-24" in own[own.index(counted) :]
        assert counted in await company.ask("user008", "my punches yesterday")
