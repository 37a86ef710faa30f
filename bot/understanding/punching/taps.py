"""Whose a tap on the page was, said with the code of the question: 是我 4821, "not me 4821"."""

from bot.understanding.intents import Intent, IntentName
from bot.understanding.words.cues import words_of
from bot.understanding.words.normalise import Text, has_han

_FIGURES = 4  # of a code
_MINE = words_of("tap_mine")
_NOT_MINE = words_of("tap_not_mine")


def answered_tap(text: Text) -> Intent | None:
    """Return the answer that a message gives about a tap, None unless it is that and nothing else."""
    answer = text.folded.rstrip(" \n.!。")
    code = answer[-_FIGURES:]
    if not (len(code) == _FIGURES and code.isascii() and code.isdigit()):
        return None
    said = answer[:-_FIGURES].rstrip(" \n,:").lstrip()
    if said not in _MINE and said not in _NOT_MINE:
        return None
    name = IntentName.TAP_MINE if said in _MINE else IntentName.TAP_NOT_MINE
    return Intent(name, "zh" if has_han(text.folded) else "en", reference=code)
