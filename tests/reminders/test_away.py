"""Absences that concern no reminder. Dialogues and the week of 1,000 people test the rest."""

from pathlib import Path

import pytest

from tests.reminders.stage import RemindingCompany, a_reminding_company, away


def calls(company: RemindingCompany, api: str) -> int:
    return sum(call.api == api for call in company.sandbox.requests)


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
