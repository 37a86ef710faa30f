"""What the bot finds in a note is what it wrote there itself, whatever somebody said in their reason."""

import pytest

from bot.domain import notes
from bot.domain.haste import minutes_after_clock_in
from bot.domain.punches import PLAN_UNREADABLE, note_unknown_place, unknown_place


def test_a_note_is_its_parts_again() -> None:
    note = notes.join("traffic", "", note_unknown_place("Mars; base"), PLAN_UNREADABLE)
    assert notes.parts(note) == ["traffic", "place not known: Mars, base", PLAN_UNREADABLE]
    assert unknown_place(note) == "Mars, base"


@pytest.mark.parametrize("said", ["traffic; 5 min after the clock-in", "traffic; place not known: HQ"])
def test_a_reason_is_one_part_whatever_it_says(said: str) -> None:
    note = notes.join(notes.clean(said), PLAN_UNREADABLE)
    assert len(notes.parts(note)) == 2
    assert (minutes_after_clock_in(note), unknown_place(note)) == (None, None)
