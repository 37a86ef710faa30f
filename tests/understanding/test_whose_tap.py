"""Whose a tap from an unknown phone was: said with the code that the bot gave, or not at all."""

import pytest

from bot.understanding import understand
from bot.understanding.punching.taps import Uncoded, uncoded_answer
from tests.understanding.figures import TODAY


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("that was me 4821", "tap_mine", "4821"),
        ("Yes, that was me: 4821.", "tap_mine", "4821"),
        ("yes 4821", "tap_mine", "4821"),
        ("是我 4821", "tap_mine", "4821"),
        ("是我４８２１", "tap_mine", "4821"),
        ("是的，4821", "tap_mine", "4821"),
        ("not me 4821", "tap_not_mine", "4821"),
        ("不是我 4821", "tap_not_mine", "4821"),
        ("no 4821", "tap_not_mine", "4821"),
        ("4821", "none", None),
        ("yes", "confirm", None),
        ("是我", "none", None),
        ("that was me 48210", "none", None),
        ("that was me 4821?", "none", None),
        ("was that me 4821", "none", None),
        ("it was not me 4821 that was me", "none", None),
        ("clock in, that was me 4821", "none", None),
        ("that was me 4821 or 4822", "none", None),
    ],
)
def test_whose_a_tap_was_is_said_with_its_code_and_nothing_else(text: str, name: str, code: str | None) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.reference) == (name, code)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("that was me", Uncoded.MINE),
        ("It’s me!", Uncoded.MINE),
        ("yes, it was me.", Uncoded.MINE),
        ("是我", Uncoded.MINE),
        ("是的，是我", Uncoded.MINE),
        ("是我本人点的", Uncoded.MINE),
        ("not me", Uncoded.NOT_MINE),
        ("No, that wasn't me", Uncoded.NOT_MINE),
        ("不是我", Uncoded.NOT_MINE),
        ("不是我点的。", Uncoded.NOT_MINE),
        ("no", Uncoded.NO),
        ("不是", Uncoded.NO),
        ("yes", None),
        ("是的", None),
        ("that was me?", None),
        ("是我吗", None),
        ("我打的", None),  # a taxi
        ("not me 4821", None),
        ("clock in, it was me", None),
    ],
)
def test_whose_a_tap_was_without_its_code_is_no_command(text: str, said: Uncoded | None) -> None:
    assert uncoded_answer(text) is said
    if said is not None:
        assert understand(text, today=TODAY).name == "none"
