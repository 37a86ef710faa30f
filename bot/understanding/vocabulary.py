"""One spelling for texts; the gate's words from words.txt; patterns over kinds of words."""

import re
import unicodedata
from collections.abc import Container, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from opencc import OpenCC

LONGEST = 300  # characters that are read; more is no sentence to a bot
POSITION = "\0"  # stands for coordinates in a text, and is a place
_LETTERS = {  # a shape is spelled with one letter for the kind of each word
    "hello": "g", "helloall": "G", "bye": "b", "byeall": "B", "bot": "v", "polite": "p", "please": "q",
    "forme": "h", "me": "m", "want": "w", "now": "n", "today": "N", "particle": "f", "la": "d", "le": "D",
    "at": "t", "label": "T", "work": "k", "place": "x", "home": "H", "located": "y",
    "punch": "c", "outside": "e", "punchin": "i", "punchout": "o", "askin": "I", "askout": "O",
    "here": "a", "came": "C", "arrive": "A", "reach": "r", "reached": "R", "leaving": "l", "go": "L",
    "ready": "s", "finished": "S",
}  # fmt: skip
_OF_REASONS = frozenset({"activity", "veto"})  # these are not words of a punch itself
_SPACES = re.compile(r"\s+")
_APOSTROPHES = str.maketrans("’‘`´", "''''")
_PART = re.compile(r"\(([^)]*)\)\??|([^(?])\?|([^(?]+?(?=\(|[^(]\?|$))")


def fold(text: str) -> str:
    """Return the first characters of a text, simplified and in one spelling. Line breaks count as commas."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST].strip().replace("\n", ","))[:LONGEST].casefold()
    if not plain.isascii():
        plain = _simplifier().convert(plain).translate(_APOSTROPHES)
    return _SPACES.sub(" ", plain).strip()


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


class Word(NamedTuple):
    """A word of a text with the letter of its kind; with several letters where it stands for several words."""

    kind: str
    text: str


def kind_letter(kind: str) -> str:
    """Return the letter of a kind of words."""
    return _LETTERS[kind]


def shape_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of kinds: "-" is a space, "_" one that may be missing."""
    letters = re.sub("[a-z]{2,}", lambda kind: _LETTERS[kind[0]], pattern)
    return re.compile(letters.replace(" ", "").replace("-", " ").replace("_", " ?"))


def cut_into_words(part: str, places: Container[str]) -> list[Word] | None:
    """Return the words of a folded text, the longest first at each place; None if one is unknown."""
    kinds, words, at = _kinds(), list[Word](), 0
    while at < len(part):
        for end in range(len(part), at, -1):
            text = part[at:end]
            kind = _LETTERS["place"] if text in places or text == POSITION else kinds.get(text)
            if kind is not None and not re.fullmatch("[a-z0-9]{2}", part[end - 1 : end + 1]):
                break
        else:
            return None
        words.append(Word(kind, text))
        at = end
    return words


def punch_kinds() -> set[str]:
    """Return the kinds of words that may stand in a punch."""
    return _vocabulary().keys() - _OF_REASONS


def phrases(kind: str) -> frozenset[str]:
    """Return the phrases of a kind."""
    return _vocabulary()[kind]


@cache
def _kinds() -> dict[str, str]:
    """Return the letters of each phrase that may stand in a punch."""
    found = {" ": " "}
    for kinds in punch_kinds():
        found |= dict.fromkeys(phrases(kinds), "".join(map(kind_letter, kinds.split())))
    return found


@cache
def _vocabulary() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kinds, listed = line.split(": ", 1)
            found[kinds] = found.get(kinds, frozenset()).union(*map(_spellings, listed.split(", ")))
    return found


def _spellings(phrase: str) -> Iterator[str]:
    """Return all phrases that a phrase with choices and optional parts stands for."""
    parts = (
        (part[1] or part[2] or part[3]).split("|") + [""] * part[0].endswith("?")
        for part in _PART.finditer(phrase)
    )
    return map("".join, product(*parts))
