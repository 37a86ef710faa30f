"""A company with configured shifts in a year without known public holidays."""

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
    """Return the number of reminded people, a receipt at 09:30, and the lead's summaries then and a
    day later.
    """
    async with a_reminding_company(
        folder, in_2027("08:40"), schedule={**SCHEDULE, **schedule}
    ) as company:
        for at in ("08:50", "09:05", "09:30"):
            company.sandbox.clock.move_to(in_2027(at))
            await company.remind()
        receipt = await company.ask("user001", "clock in")
        reminded, summary = len(company.told()), await company.ask("lead01", "summary")
        company.sandbox.clock.move_to(in_2027("09:30") + timedelta(days=1))
        return reminded, receipt, summary, await company.ask("lead01", "summary yesterday")


async def test_nobody_is_reminded_or_missing_in_an_unknown_year(tmp_path: Path) -> None:
    reminded, receipt, summary, later = await played(tmp_path)
    assert reminded == 0
    assert "so neither on time nor late" in receipt
    assert ("No clock-in" in summary, "Unknown" in summary) == (False, True), summary
    assert ("No clock-in" in later, "Unknown" in later) == (False, True), later
