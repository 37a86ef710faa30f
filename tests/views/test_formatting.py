"""Text from people, made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.formatting import MAX_SHOWN, escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("王小明", "王小明"),
        ("a*b", "a\\*b"),
        ("x\n# y", "x \\# y"),
        ("a\u202eb\u200bc\x00d", "abcd"),
        ("@所有人", "\\@所有人"),
        ("{0.__class__}", "\\{0\\.\\_\\_class\\_\\_\\}"),
    ],
)
def test_signs_are_shown_literally(text: str, shown: str) -> None:
    assert escape(text) == shown


@given(st.text(max_size=500))
def test_nothing_that_acts_survives(text: str) -> None:
    shown = escape(text)
    assert "\n" not in shown
    assert len(shown.replace("\\", "")) <= MAX_SHOWN
    for index, char in enumerate(shown):
        if char in "*_[]()<>#@`":
            assert shown[index - 1] == "\\"
