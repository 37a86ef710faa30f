"""Leave silences reminders or moves checks. The week of 1,000 people tests the rest."""

from pathlib import Path

import pytest

from tests.reminders.stage import (
    AFTER,
    BEFORE,
    DAY_PEOPLE,
    ON,
    RemindingCompany,
    a_reminding_company,
    away,
    who_was_told,
)


def calls(company: RemindingCompany, api: str) -> int:
    return sum(call.api == api for call in company.sandbox.requests)


async def test_the_event_of_approved_leave_stops_the_next_reminder(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:30") as company:
        asked = away(company, "user001", "08:30", "13:00", approved=False)
        await company.go_on("08:45")
        company.sandbox.absences.approve(asked)
        await company.events_heard()
        await company.app.reads.read_if_due()
        assert "13:00–18:00" in await company.ask("user001", "我今天的考勤")
        await company.go_on("08:46", "08:50", "09:05")
        assert "user001" not in company.told()
        await company.go_on("12:50")
        assert who_was_told(company, ON, "13:00", BEFORE) == ["user001"]


@pytest.mark.parametrize(("kind", "approved"), [("overtime", True), ("leave", False)])
async def test_overtime_and_requests_cause_no_read_of_everybody(
    tmp_path: Path, kind: str, approved: bool
) -> None:
    async with a_reminding_company(tmp_path, at="08:30") as company:
        before = (calls(company, "listbyusers"), calls(company, "getleavestatus"))
        away(company, "user001", "19:00", "21:00", kind, approved=approved)
        await company.events_heard()
        company.at("08:46")
        await company.app.reads.read_if_due()
        assert (calls(company, "listbyusers"), calls(company, "getleavestatus")) == before


async def test_leave_that_was_taken_back_silences_nobody(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="06:30") as company:
        leave = away(company, "user001", "00:00", "23:59:59")
        await company.events_heard()
        await company.app.reads.read_if_due()
        company.at("08:40")
        company.sandbox.absences.cancel(leave)
        await company.events_heard()
        await company.app.reads.read_if_due()
        await company.go_on("08:50", "09:05")
        assert "user001" in who_was_told(company, ON, "09:00", BEFORE)
        assert "user001" in who_was_told(company, ON, "09:00", AFTER)


async def test_a_moved_check_is_reminded_of_again_and_never_twice(
    company: RemindingCompany,
) -> None:
    await company.go_on("08:50", "09:05")
    made = away(company, "user001", "08:30", "13:00")
    await company.events_heard()
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
