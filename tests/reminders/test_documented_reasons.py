"""Why somebody was not reminded is stored in words; HR looks them up in docs/reminders.md."""

from pathlib import Path

import pytest

from bot.domain import due
from bot.services.reminding import last_look, lead_notes, proving
from bot.services.reporting import digests

DOCUMENT = Path(__file__).parents[2] / "docs" / "reminders.md"
REASONS = (
    *(state for state in due.DueState if state not in (due.DueState.DUE, due.DueState.UNKNOWN)),
    due.LATE,
    *(last_look.ENOUGH, last_look.GONE, lead_notes.NOBODY_MISSING, due.QUIET_HOURS),
    *(proving.SAID_ANOTHER, last_look.SILENCED),
    *(digests.NO_LEAD, digests.NOT_WANTED),
)


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_that_is_stored_stands_in_the_document(reason: str) -> None:
    assert f"| `{reason}` |" in DOCUMENT.read_text(encoding="utf-8")
