"""Why somebody was not reminded is stored in words; HR looks them up in docs/reminders.md."""

from pathlib import Path

import pytest

from bot.domain import due
from bot.services.reminding import sending

DOCUMENT = Path(__file__).parents[2] / "docs" / "reminders.md"
REASONS = (
    *(state for state in due.DueState if state not in (due.DueState.DUE, due.DueState.UNKNOWN)),
    due.LATE,
    due.QUIET_HOURS,
    due.NOT_THEIRS,
    *(sending.ENOUGH, sending.GONE, sending.SILENCED, sending.SAID_ANOTHER),
    *(sending.NOBODY_MISSING, sending.NO_LEAD, sending.NOT_WANTED),
)


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_that_is_stored_stands_in_the_document(reason: str) -> None:
    assert f"| `{reason}` |" in DOCUMENT.read_text(encoding="utf-8")
