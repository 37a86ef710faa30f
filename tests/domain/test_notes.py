"""What the bot finds in a note is what it wrote there itself, whatever somebody said in their reason."""

import pytest

from bot.domain import notes
from bot.domain.fences import unusable_position
from bot.domain.flags import other_site, told_why
from bot.domain.punches import (
    OUTSIDE_WINDOW,
    PLAN_UNREADABLE,
    note_unknown_place,
    request_note,
    unknown_place,
    unread_place,
)


def test_a_note_is_its_parts_again() -> None:
    note = notes.join("traffic", "", note_unknown_place("Mars; base"), PLAN_UNREADABLE)
    assert notes.parts(note) == ["traffic", "place not known: Mars, base", PLAN_UNREADABLE]
    assert unknown_place(note) == "Mars, base"


@pytest.mark.parametrize(
    "said",
    [
        "traffic; place not known: HQ",
        "place not known: Mars",
        "place not looked up: Mars",
        "not at the site named: Moon",
        "reason given",
        "position not taken: coarse",
        PLAN_UNREADABLE,
        '"; reason given; "',
    ],
)
def test_a_reason_is_nothing_that_the_bot_found_whatever_it_says(said: str) -> None:
    note = request_note(said, OUTSIDE_WINDOW)
    assert len(notes.parts(note)) == 2
    assert (unknown_place(note), unread_place(note)) == (None, None)
    assert (other_site(note), told_why(note), unusable_position(note)) == (None, False, None)
    assert PLAN_UNREADABLE not in notes.parts(note)


def test_a_note_of_before_reasons_were_quoted_is_read_as_it_was_meant() -> None:
    note = "a client; place not known: Mars; reason given"
    assert (unknown_place(note), told_why(note)) == ("Mars", True)
