"""Whose a tap from an unknown phone was: said with the code that the bot gave, or not at all."""

import pytest

from bot.understanding import understand
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
