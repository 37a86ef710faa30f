"""Leave silences reminders or moves checks. The week of 1,000 people tests the rest."""

from pathlib import Path

from tests.reminders.stage import (
    AFTER,
    BEFORE,
    DAY_PEOPLE,
    ON,
    a_reminding_company,
    away,
    who_was_told,
)


async def test_leave_missing_in_a_later_read_silences_nobody(
    tmp_path: Path,
) -> None:
    async with a_reminding_company(tmp_path, at="06:30") as company:
        leave = away(company, "user001", "00:00", "23:59:59")
        await company.events_heard()
        company.sandbox.faults.set("events_lost")
        company.sandbox.absences.cancel(leave)
        await company.go_on("08:50", "09:05")
        assert "user001" in who_was_told(company, ON, "09:00", BEFORE)
        assert "user001" in who_was_told(company, ON, "09:00", AFTER)


async def test_new_leave_silences_reminders_before_a_read_shows_it(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:20") as company:
        leave = away(company, "user001", "00:00", "23:59:59")
        await company.events_heard()
        company.sandbox.faults.set("events_lost")
        company.sandbox.absences.cancel(leave)  # the next read does not show it yet
        await company.go_on("08:50", "09:05")
        assert "user001" not in company.told()


async def test_a_moved_check_is_reminded_of_again_and_never_twice(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.go_on("08:50", "09:05")
        made = away(company, "user001", "08:30", "13:00")
        await company.events_heard()
        assert company.app is not None
        await company.app.reads.read_if_due()
        await company.go_on("12:50", "13:05", "13:06")
        company.sandbox.absences.cancel(made)  # back to nine, with its reminders sent
        await company.events_heard()
        await company.app.reads.read_if_due()
        await company.go_on("13:07", "13:20")
        for due in ("09:00", "13:00"):
            assert who_was_told(company, ON, due, BEFORE).count("user001") == 1
            assert who_was_told(company, ON, due, AFTER).count("user001") == 1
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE)
