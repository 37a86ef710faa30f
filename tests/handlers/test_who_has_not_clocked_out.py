"""A lead asks who has not clocked out: that, and not who has not clocked in, through the real bot."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.clock import to_ms
from tests.builders import local
from tests.company import Company, a_company
from tests.corrections.stage import MONDAY
from tests.handlers.test_who_sees_whom import ask, crawl
from tests.reminders.stage import a_reminding_company


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """Let 李娜, 王小明 and Alice come, Alice go by the bot, and 李娜 at a door that says nothing by itself."""
    async with a_company(tmp_path) as running:
        await crawl(running)
        for who in ("user003", "user001", "user002"):
            await ask(running, who, "上班打卡 @总部")
        running.at("18:02")
        await ask(running, "user002", "下班打卡 @总部")
        went = local("18:03")
        running.sandbox.records.take("native", "user003", to_ms(went), went, source="ATM")
        running.at("18:30")
        yield running


def lines_of(answer: str) -> dict[str, str]:
    """Return the lines of a list by what they count."""
    told = re.findall(r"\*\*([^*（(]+)[（(]\d+[)）]\*\*[:：](.*)", answer)
    return {what.strip(): names for what, names in told}


@pytest.mark.parametrize(
    ("text", "kind", "no_clock_in"),
    [
        ("who has not clocked out", "No clock-out yet", "no clock-in either"),
        ("谁没打下班卡", "还没有打下班卡", "也没有上班卡"),
        ("who hasn't checked out today", "No clock-out yet", "no clock-in either"),
        ("今天谁没签退", "还没有打下班卡", "也没有上班卡"),
        ("谁还没走", "还没有打下班卡", "也没有上班卡"),
        ("谁还没下班", "还没有打下班卡", "也没有上班卡"),
        ("who is still at work", "No clock-out yet", "no clock-in either"),
        ("did everyone clock out today", "No clock-out yet", "no clock-in either"),
    ],
)
async def test_those_are_named_whose_clock_out_was_due_and_is_not_there(
    company: Company, text: str, kind: str, no_clock_in: str
) -> None:
    answer = await ask(company, "lead01", text)
    told = lines_of(answer)[kind]
    assert "王小明" in told and "Daniel" in told
    assert "Alice" not in answer and "李娜" not in answer
    assert no_clock_in in told.partition("Daniel")[2].partition("王小明")[0]
    assert no_clock_in not in told.partition("王小明")[2].partition("Daniel")[0]


@pytest.mark.parametrize("text", ["who has not clocked in", "谁没打上班卡", "谁没打卡"])
async def test_who_has_not_clocked_in_is_another_list(company: Company, text: str) -> None:
    answer = await ask(company, "lead01", text)
    assert "Daniel" in answer
    assert "王小明" not in answer and "Alice" not in answer


async def test_before_the_end_nobody_is_overdue(company: Company) -> None:
    company.at("17:30")
    answer = await ask(company, "lead01", "who has not clocked out")
    assert "Nobody is overdue with a clock-out." in answer
    assert "王小明" in lines_of(answer)["Not yet due"]


async def test_one_person_is_answered_about_alone(company: Company) -> None:
    answer = await ask(company, "lead01", "has 王小明 clocked out?")
    assert "王小明" in answer and "Daniel" not in answer


async def test_of_a_night_shift_the_clock_out_of_this_morning_is_meant(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, local("21:55", MONDAY)) as night:
        for who in ("user008", "user009"):
            await night.ask(who, "上班打卡")
        night.sandbox.clock.move_to(local("02:00"))
        assert "21:55" in lines_of(await night.ask("lead02", "谁没打下班卡"))["未到下班时间"]
        night.sandbox.clock.move_to(local("06:05"))
        await night.ask("user009", "下班打卡")
        night.sandbox.clock.move_to(local("09:42"))
        told = lines_of(await night.ask("lead02", "谁没打下班卡"))
        assert "吴刚" in told["还没有打下班卡"] and "06:00" in told["还没有打下班卡"]
        assert not any("Emma Davis" in names for names in told.values())  # gone
        assert "周婷" in told["未到下班时间"]
