"""What the bot finds in a note is what it wrote there itself, whatever somebody said in their reason."""

import pytest

from bot.domain import notes
from bot.domain.notes import Remark, has_remark, name_after, request_note


def test_a_note_holds_its_remarks_and_their_names() -> None:
    note = notes.join(
        request_note("traffic"), "", notes.named(Remark.UNKNOWN_PLACE, "Mars; base"), Remark.PLAN_UNREADABLE
    )
    assert note == '"traffic"; place not known: Mars, base; plan not readable'
    assert name_after(note, Remark.UNKNOWN_PLACE) == "Mars, base"
    assert has_remark(note, Remark.PLAN_UNREADABLE)


@pytest.mark.parametrize("said", [*(f"{one}Mars" for one in Remark), *Remark, '"; reason given; "'])
def test_a_reason_is_no_remark_whatever_it_says(said: str) -> None:
    note = request_note(f"traffic; {said}")
    for remark in Remark:
        assert (has_remark(note, remark), name_after(note, remark)) == (False, None)
