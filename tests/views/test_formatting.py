"""Escaping text from people."""

from hypothesis import given
from hypothesis import strategies as st

from bot.views.sentences import MAX_SHOWN, escape


@given(st.text(max_size=500))
def test_escaped_text_has_no_markdown(text: str) -> None:
    shown = escape(text)
    assert "\n" not in shown
    assert len(shown.replace("\\", "")) <= MAX_SHOWN
    for index, char in enumerate(shown):
        if char in "*_[]()<>#@`":
            assert shown[index - 1] == "\\"
