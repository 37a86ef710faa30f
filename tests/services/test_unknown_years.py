"""A company on configured shifts, in a year whose public holidays nobody knows here."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.builders import SHANGHAI
from tests.reminders.stage import a_reminding_company

SCHEDULE: dict[str, Any] = {
    "source": "config",
    "calendar": "cn",
    "shifts": [{"name": "day", "sections": [["09:00", "18:00"]], "people": "all"}],
}


def in_2027(at: str) -> datetime:
    """Return a moment of 5 January 2027, a Tuesday, in Shanghai."""
    return datetime.fromisoformat(f"2027-01-05T{at}:00").replace(tzinfo=SHANGHAI).astimezone(UTC)


async def played(folder: Path, **schedule: Any) -> tuple[int, str, str, str]:
    """Play a day: return how many were reminded up to 09:30, the receipt of a punch then, and a lead's summaries
    of that moment and on the next day.
    """
    async with a_reminding_company(folder, in_2027("08:40"), schedule={**SCHEDULE, **schedule}) as company:
        for at in ("08:50", "09:05", "09:30"):
            company.sandbox.clock.move_to(in_2027(at))
            await company.remind()
        receipt = await company.ask("user001", "clock in")
        reminded, summary = len(company.told()), await company.ask("lead01", "summary")
        company.sandbox.clock.move_to(in_2027("09:30") + timedelta(days=1))
        return reminded, receipt, summary, await company.ask("lead01", "summary yesterday")


async def test_in_an_unknown_year_nobody_is_reminded_or_missing_and_punches_are_recorded(tmp_path: Path) -> None:
    reminded, receipt, summary, later = await played(tmp_path)
    assert reminded == 0
    assert "so neither on time nor late" in receipt
    assert ("No clock-in" in summary, "Cannot be told" in summary) == (False, True), summary
    assert ("No clock-in" in later, "Cannot be told" in later) == (False, True), later
