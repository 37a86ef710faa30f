"""The line about yesterday's missing punch in the next clock-in's receipt, unless the bot knows better by then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.domain.reminders import ReminderKind, ReminderState
from tests.builders import TUESDAY, local
from tests.corrections.stage import CorrectingCompany
from tests.reminders.stage import RemindingCompany, a_reminding_company

NEXT_DAY = TUESDAY + timedelta(days=1)
WHO = "user001"
LINE = "昨天 11-24 没有下班卡"


@asynccontextmanager
async def a_missed_clock_out(folder: Path) -> AsyncIterator[CorrectingCompany]:
    """Give a company in which somebody came on Tuesday, and is not known to have gone."""
    async with a_reminding_company(folder, "08:49", kind=CorrectingCompany) as company:
        assert isinstance(company, CorrectingCompany)
        await company.ask(WHO, "上班打卡")
        await company.go_on("17:50", "18:05", "22:00", "22:31", "22:32")
        assert await missed_of(company) == [(ReminderState.HELD, "")]
        yield company


async def missed_of(company: RemindingCompany) -> list[tuple[ReminderState, str]]:
    rows = [row for row in await company.rows() if row.user_id == WHO and row.kind is ReminderKind.MISSED]
    return [(row.state, row.reason) for row in rows]


async def next_clock_in(company: RemindingCompany) -> str:
    company.sandbox.clock.move_to(local("08:45", NEXT_DAY))
    await company.remind()
    return await company.ask(WHO, "上班打卡")


async def test_what_nothing_speaks_against_is_told(tmp_path: Path) -> None:
    async with a_missed_clock_out(tmp_path) as company:
        assert LINE in await next_clock_in(company)


async def test_a_gate_that_told_of_the_punch_late_takes_the_line_back(tmp_path: Path) -> None:
    async with a_missed_clock_out(tmp_path) as company:
        company.sandbox.native_punch(WHO, local("18:02"), "gate")
        await company.events_heard()
        assert "没有下班卡" not in await next_clock_in(company)
        assert await missed_of(company) == [(ReminderState.DROPPED, "punched")]


async def test_leave_that_was_approved_afterwards_takes_the_line_back(tmp_path: Path) -> None:
    async with a_missed_clock_out(tmp_path) as company:
        company.sandbox.absences.add(WHO, local("09:00"), local("18:00"), "leave")
        await company.events_heard()
        assert "没有下班卡" not in await next_clock_in(company)
        assert await missed_of(company) == [(ReminderState.DROPPED, "on leave")]


async def test_leave_that_still_waits_keeps_the_line_for_later(tmp_path: Path) -> None:
    async with a_missed_clock_out(tmp_path) as company:
        company.sandbox.absences.add(WHO, local("13:00"), local("18:00"), "leave", approved=False)
        await company.events_heard()
        assert "没有下班卡" not in await next_clock_in(company)
        assert await missed_of(company) == [(ReminderState.HELD, "")]


async def test_an_approved_make_up_punch_takes_the_line_back(tmp_path: Path) -> None:
    async with a_missed_clock_out(tmp_path) as company:
        company.sandbox.clock.move_to(local("08:30", NEXT_DAY))
        await company.remind()
        reference = await company.asked("昨天忘打下班卡了，18:03走的，原因：手机没电", WHO)
        await company.change("lead01", f"批准 {reference}")
        await company.notes_told()
        assert "没有下班卡" not in await next_clock_in(company)
        assert await missed_of(company) == [(ReminderState.DROPPED, "punched")]
