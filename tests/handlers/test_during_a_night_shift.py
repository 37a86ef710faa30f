"""After midnight a night shift that lasts is what its people and their leads are told of, through the real bot."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.domain.shifts import DayPlan, lasts
from tests.builders import TUESDAY, a_plan, a_shift, local
from tests.languages import theirs
from tests.reminders.stage import RemindingCompany, a_reminding_company

WEDNESDAY = TUESDAY + timedelta(days=1)
NIGHT = a_shift(("22:00", "06:00"))
DAY, FROM_MIDNIGHT = a_shift(), a_shift(("00:00", "08:00"))


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[RemindingCompany]:
    """Let 吴刚 come to the night shift, of three, and half past midnight be."""
    async with a_reminding_company(tmp_path, "21:50") as company:
        await company.ask("user008", "上班打卡")
        company.sandbox.clock.move_to(local("00:30", WEDNESDAY))
        yield company


@pytest.mark.parametrize("text", ["谁没打卡", "who has not clocked in", "nudge everyone"])
async def test_who_is_missing_from_the_shift_that_lasts_is_named(night: RemindingCompany, text: str) -> None:
    answer = await night.ask("lead02", text)
    assert "Emma Davis" in answer and "孙悦" in answer
    assert theirs(text, en="nudge user009", zh="催 user009") in unquote(answer)
    assert "吴刚" not in answer


@pytest.mark.parametrize(
    "text",
    [
        *("谁迟到了", "谁在上班", "现在谁在", "今晚考勤", "夜班考勤", "今天考勤", "谁没打卡"),
        *("who is late", "who's late today", "who is late tonight", "who's in", "who is here now"),
    ],
)
async def test_each_of_the_shift_that_lasts_is_told_of_and_its_date(night: RemindingCompany, text: str) -> None:
    missing, *_ = [line for line in (await night.ask("lead02", text)).split("\n") if "Emma Davis" in line]
    assert theirs(text, en="No clock-in", zh="没有上班卡") in missing
    assert theirs(text, en="shift of 11-24", zh="11-24 的班次") in missing


@pytest.mark.parametrize("text", ["谁在上班", "who's in"])
async def test_who_came_to_the_shift_that_lasts_is_at_work(night: RemindingCompany, text: str) -> None:
    assert theirs(text, en="吴刚 (21:50; shift of 11-24)", zh="吴刚（21:50；11-24 的班次）") in await night.ask(
        "lead02", text
    )


@pytest.mark.parametrize("text", ["吴刚今天考勤", "is 吴刚 here", "has 吴刚 clocked out?"])
async def test_one_person_is_shown_with_the_shift_that_lasts(night: RemindingCompany, text: str) -> None:
    answer = await night.ask("lead02", text)
    assert "11-24" in answer and "22:00" in answer and "21:50" in answer
    assert "11-25" not in answer


async def test_ones_own_day_is_that_of_the_shift_that_lasts(night: RemindingCompany) -> None:
    answer = await night.ask("user008", "我今天的考勤")
    assert "2026-11-24" in answer and "21:50 · 上班卡" in answer and "06:00 下班卡" in answer
    assert "22:00 上班卡" not in answer


async def test_why_one_was_late_today_is_asked_of_the_shift_that_lasts(night: RemindingCompany) -> None:
    await night.ask("user009", "上班打卡")
    for text in ("why was I late today", "我今天为什么迟到"):
        answer = await night.ask("user009", text)
        assert "00:30:" in answer and "22:00" in answer, answer


async def test_once_it_is_over_today_is_today_again(night: RemindingCompany) -> None:
    night.sandbox.clock.move_to(local("06:01", WEDNESDAY))
    assert "11-25" in await night.ask("lead02", "is 吴刚 here")
    assert "22:00 上班卡" in await night.ask("user008", "我今天的考勤")
    assert "没有人缺卡" in await night.ask("lead02", "谁没打卡")


@pytest.mark.parametrize(
    ("before", "today", "at", "expected"),
    [
        (a_plan(NIGHT), None, "00:30", True),
        (a_plan(NIGHT), a_plan(NIGHT, WEDNESDAY), "06:00", True),
        (a_plan(NIGHT), a_plan(NIGHT, WEDNESDAY), "06:01", False),
        (a_plan(NIGHT), a_plan(FROM_MIDNIGHT, WEDNESDAY), "00:30", False),
        (a_plan(a_shift(("18:00", "22:00"), ("23:00", "02:00"))), a_plan(DAY, WEDNESDAY), "01:00", True),
        (a_plan(DAY), a_plan(DAY, WEDNESDAY), "00:30", False),
        (DayPlan(TUESDAY), None, "00:30", False),
        (None, a_plan(DAY, WEDNESDAY), "00:30", False),
    ],
)
def test_a_shift_lasts_until_its_end_or_until_the_next_one_begins(
    before: DayPlan | None, today: DayPlan | None, at: str, expected: bool
) -> None:
    assert lasts(before, today, local(at, WEDNESDAY)) is expected
