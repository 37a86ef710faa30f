"""Whose day a lead excused is left alone on it; taken back, the day counts again, and so do its reminders."""

from datetime import timedelta
from pathlib import Path

from bot.domain.due import DueState
from bot.domain.reminders import ReminderState
from tests.builders import TUESDAY, local
from tests.corrections.stage import ASKER, COLLEAGUE, LEAD, a_correcting_company
from tests.reminders.stage import heard

NEXT_DAY = TUESDAY + timedelta(days=1)
DROPPED = {(ReminderState.DROPPED, str(DueState.EXCUSED))}


async def test_who_is_excused_is_reminded_of_nothing_and_nudged_by_nobody(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, "08:45") as company:
        await company.change(LEAD, "豁免 Alice Johnson 今天")
        await company.go_on("08:50", "09:05", "09:30", "17:50")
        assert heard(company.sandbox, ASKER) == []
        assert len(heard(company.sandbox, COLLEAGUE)) == 3
        rows = [row for row in await company.rows() if row.user_id == ASKER]
        assert len(rows) == 3 and {(row.state, row.reason) for row in rows} == DROPPED
        company.at("18:01")
        assert "现在不能催" in await company.ask(LEAD, f"催 {ASKER}")
        assert "正在请" in await company.ask(LEAD, f"催 {COLLEAGUE}")


async def test_once_it_is_taken_back_the_rest_of_the_day_is_reminded_of(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, "08:45") as company:
        await company.change(LEAD, "豁免 Alice Johnson 今天")
        await company.go_on("08:50")
        assert heard(company.sandbox, ASKER) == []
        await company.change(LEAD, "取消豁免 Alice Johnson 今天")
        await company.go_on("09:05")
        assert len(heard(company.sandbox, ASKER)) == 1


async def test_once_more_in_ten_minutes_comes_on_an_excused_day_too(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, "08:45") as company:
        await company.change(LEAD, "豁免 Alice Johnson 今天")
        await company.ask(ASKER, "10分钟后再提醒我")
        await company.go_on("08:50", "08:55")
        assert len(heard(company.sandbox, ASKER)) == 1


async def test_a_day_that_is_excused_afterwards_is_not_called_missed(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, "08:45") as company:
        await company.ask(ASKER, "上班打卡")
        await company.go_on("17:50", "18:05", "22:00", "22:31", "22:32")
        company.sandbox.clock.move_to(local("08:45", NEXT_DAY))
        await company.change(LEAD, f"豁免 Alice Johnson {TUESDAY}")
        await company.remind()
        assert "没有下班卡" not in await company.ask(ASKER, "上班打卡")
        assert (ReminderState.DROPPED, str(DueState.EXCUSED)) in {
            (row.state, row.reason) for row in await company.rows() if row.user_id == ASKER
        }
