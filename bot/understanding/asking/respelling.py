"""What a message that was not understood would be if its misspelt words of commands were put right.

`tokens.py` mends some words at once; what is put right here is only ever offered.
"""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cache
from itertools import islice

from bot.understanding.words.atoms import Atom, atoms_of
from bot.understanding.words.normalise import Text, normalise
from bot.understanding.words.patterns import any_of
from bot.understanding.words.tokens import one_slip
from bot.understanding.words.vocabulary import one_letter_less, table, vocabulary

LONGEST = 40  # characters; what is longer says something of its own
_SHORTEST = 4  # letters of a word that may be a slip of another
_LONG = 6  # letters of a word in which two may be wrong
_CLOSE = 0.85  # of 1, for the letters in the same order of such a word
_SHORTEST_PART = 2  # letters of each of two words that were run together
_MOST = 4  # ways of parting words that are tried


def respelt(text: str) -> Iterator[str]:
    """Yield what a message may have been meant as, the likeliest first; nothing where no word is misspelt.

    "aprove C-7F3K2M" → "approve C-7F3K2M", "remindme" → "remind me", 导除 → 导出.
    """
    if len(text) > LONGEST:
        return
    message = normalise(text.strip())
    mended = _mended(message, _slip_of)
    if mended != message.shown:
        yield mended
    yield from islice(_parted(message), _MOST)
    resembling = _mended(message, _like)
    if resembling not in (message.shown, mended):
        yield resembling


def _mended(message: Text, meant_by: Callable[[str], str | None]) -> str:
    """Return a message with each unknown word written as what it is meant by."""
    pieces, at = [], 0
    for atom in atoms_of(message.folded):
        meant = meant_by(atom.text) if _is_unknown(atom, message) else None
        if meant is not None:
            pieces += [message.shown[at : atom.start], meant]
            at = atom.end
    written = "".join([*pieces, message.shown[at:]])
    return _sounds_alike().sub(lambda slip: _meant_by_sound()[slip[0]], written)


def _slip_of(word: str) -> str | None:
    """Return the word of commands that is one slip from `word`, of several the one most like it."""
    close = {near for less in one_letter_less(word) for near in _words_by_less().get(less, ())}
    slips = sorted(near for near in close if one_slip(word, near))
    return next(iter(get_close_matches(word, slips, 1, 0.0)), None)


def _like(word: str) -> str | None:
    """Return the long word of commands that a long word resembles in spite of two slips: "aproove"."""
    if len(word) < _LONG:
        return None
    long = [near for near in table("near")["commands"]["en"] if len(near) >= _LONG]
    return next(iter(get_close_matches(word, long, 1, _CLOSE)), None)


def _parted(message: Text) -> Iterator[str]:
    """Yield a message with one unknown word written as two known ones."""
    known = vocabulary().words
    for atom in atoms_of(message.folded):
        if not _is_unknown(atom, message):
            continue
        for cut in range(_SHORTEST_PART, len(atom.text) - _SHORTEST_PART + 1):
            if atom.text[:cut] in known and atom.text[cut:] in known:
                middle = atom.start + cut
                yield f"{message.shown[:middle]} {message.shown[middle:]}"


def _is_unknown(atom: Atom, message: Text) -> bool:
    """Tell whether a piece is an English word that nobody taught us; one with a capital inside may be a name."""
    word = atom.text
    if atom.sort != "word" or len(word) < _SHORTEST or not word.isascii():
        return False
    if atom.start > 0 and message.shown[atom.start].isupper() and not message.shown.isupper():
        return False
    return word not in vocabulary().words


@cache
def _words_by_less() -> dict[str, list[str]]:
    """Return the words of commands by what is left of each without any one letter."""
    found: dict[str, list[str]] = {}
    for word in table("near")["commands"]["en"]:
        for less in one_letter_less(word):
            found.setdefault(less, []).append(word)
    return found


@cache
def _meant_by_sound() -> dict[str, str]:
    """Return each Chinese word of commands by what it is written as with one character that sounds alike."""
    known, sounds = table("near")["commands"]["zh"], table("near")["sounds"]
    alike = {
        word[:at] + other + word[at + 1 :]: word
        for word in known
        for at, character in enumerate(word)
        for other in sounds.get(character, ())
    }
    return {slip: word for slip, word in alike.items() if slip not in known}


@cache
def _sounds_alike() -> re.Pattern[str]:
    return any_of(_meant_by_sound())
