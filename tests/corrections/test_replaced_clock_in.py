"""A day on which an approved make-up punch replaced a late clock-in, as everybody reads it."""

from pathlib import Path

from tests.builders import TUESDAY
from tests.corrections.stage import ASKER, LEAD, CorrectingCompany, a_correcting_company
from tests.reminders.stage import BEFORE, OFF, heard

NAME = "Alice Johnson"
ON_TIME, NOT_OUT = "In 09:00: 09:00 · make-up punch", "Out 18:00: no punch"


async def punch_late_and_make_up(company: CorrectingCompany) -> None:
    """Let somebody clock in at 09:05, and the lead approve at 09:30 that it was 09:00."""
    await company.ask(ASKER, "上班打卡")
    company.at("09:20")
    reference = await company.asked("今天忘打上班卡了，9:00到的，原因：门禁坏了")
    company.at("09:30")
    assert "已批准" in await company.change(LEAD, f"批准 {reference}")
    await company.notes_told()


async def the_day(company: CorrectingCompany) -> str:
    return await company.ask(LEAD, f"show {NAME}'s attendance {TUESDAY}")


async def test_a_replaced_clock_in_counts_for_nothing_all_day(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, "09:05") as company:
        await punch_late_and_make_up(company)
        await company.go_on("17:50")
        company.at("18:01")
        assert NAME in await company.ask(LEAD, "谁没打下班卡")
        day = await the_day(company)
        assert ON_TIME in day and NOT_OUT in day and "09:05" not in day, day
        assert "18:00 下班卡：没有通过我打的卡" in await company.ask(ASKER, "我今天的考勤")
        assert [(one.what, one.tone) for one in heard(company.sandbox, ASKER)] == [(OFF, BEFORE)]
        company.at("18:02")
        await company.ask(ASKER, "下班打卡")
        await company.go_on("18:05")
        assert [(one.what, one.tone) for one in heard(company.sandbox, ASKER)] == [(OFF, BEFORE)]
        day = await the_day(company)
        assert ON_TIME in day and "Out 18:00: 18:02" in day and "9 h 2 min worked" in day, day
        assert NAME not in await company.ask(LEAD, "谁没打下班卡")


async def test_a_late_clock_in_at_the_gate_that_is_replaced_is_no_clock_out_either(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, "09:05") as company:
        company.sandbox.native_punch(ASKER, kind="gate")
        await company.events_heard()
        company.at("09:20")
        reference = await company.asked("今天忘打上班卡了，9:00到的，原因：门禁坏了")
        await company.change(LEAD, f"批准 {reference}")
        await company.notes_told()
        await company.go_on("17:50")
        company.at("18:01")
        assert NAME in await company.ask(LEAD, "谁没打下班卡")
        day = await the_day(company)
        assert ON_TIME in day and NOT_OUT in day and "09:05" not in day, day
        own = await company.ask(ASKER, "我今天的考勤")
        assert "09:00 · 上班卡" in own and "18:00 下班卡：没有通过我打的卡" in own and "09:05" not in own, own
        assert [(one.what, one.tone) for one in heard(company.sandbox, ASKER)] == [(OFF, BEFORE)]
