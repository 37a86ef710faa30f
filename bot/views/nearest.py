"""The phrase of the help that is nearest to what was not understood."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from bot.i18n import Texts

LONGEST = 40  # characters; what is longer says something of its own
CLOSE = 0.68  # of 1, for letters in the same order
_PHRASE = re.compile(r"\*\*(.+?)\*\*")


def phrases(topics: Iterable[str], texts: Texts) -> list[str]:
    """Return what the help tells people to say: all that stands out in the lines of `topics`."""
    return [phrase for topic in topics for phrase in _PHRASE.findall(texts(topic))]


def nearest(said: str, known: Sequence[str]) -> str | None:
    """Return the one of `known` that is closest to what was said, None where none is close."""
    if len(said) > LONGEST:
        return None
    wanted = _folded(said)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    best, found = CLOSE, None
    for phrase in known:
        matcher.set_seq1(_folded(phrase))
        if matcher.real_quick_ratio() > best and (ratio := matcher.ratio()) > best:
            best, found = ratio, phrase
    return found


def likeness(one: str, other: str) -> float:
    """Return how near two names are, from 0 to 1: how many of their letters stand in the same order."""
    return SequenceMatcher(None, _folded(one), _folded(other), autojunk=False).ratio()


def _folded(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
