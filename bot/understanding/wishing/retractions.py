"""Words that take back what was said just before: "never mind", 点错了. They undo no punch that is out."""

import re

from bot.understanding.words.cues import cue, phrases_of
from bot.understanding.words.normalise import normalise
from bot.understanding.words.shapes import has_shape
from bot.understanding.words.tokens import Token, tokenise_as

_TAKES_BACK = ("objection", "retraction", "just_did", "asking", "closing")
_WITHDRAWS = ("asking", "withdrawal", "own_request", "closing")
_CALLED_OFF = cue("called_off")
_REFERENCE = re.compile(r"c-[0-9a-z]{6}")
_LONGEST = 150  # characters of a message that is nothing but such words
_SEPARATES = frozenset({"sep", "line"})
_REFERS = frozenset({"reference"})


def withdraws(folded: str) -> bool:
    """Tell whether a folded text takes back the request that it names, and says nothing else: 撤回 C-7F3K2M."""
    named = _REFERENCE.search(folded) if len(folded) <= _LONGEST else None
    if named is None:
        return False
    reference = Token(named[0], *named.span(), _REFERS, {})
    before, after = (_without_signs(part, _WITHDRAWS) for part in (folded[: named.start()], folded[named.end() :]))
    return has_shape([*before, reference, *after], "withdraws")


def calls_off(folded: str) -> bool:
    """Tell whether a folded text ends by taking back what it asks for: "..., just kidding", …，不用补了."""
    said = " ".join(folded.split()).rstrip(" .!。！~")
    start = _CALLED_OFF.ending(said)
    return start is not None and (start == 0 or not said[start - 1].isalnum())


def takes_back(text: str) -> bool:
    """Tell whether a message takes back what was said before it, and says nothing else."""
    return has_shape(_without_signs(normalise(text).folded, _TAKES_BACK), "takes_back")


def _without_signs(folded: str, cues: tuple[str, ...]) -> list[Token]:
    """Return the tokens of a text that nothing but `cues` gives a meaning, without commas and full stops."""
    return [
        token for token in tokenise_as(folded, phrases_of(*cues)) if not token.kinds or token.kinds - _SEPARATES
    ]
