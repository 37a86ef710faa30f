"""Cues: words that tell one rule something about the whole of a message.

They stand in `cues.yaml`, those of a wish in `wishes.yaml`, those of a clause beside a punch in `clauses.yaml`.
Unlike a kind a cue makes no word known, so it may forbid a punch or doubt it; what one lets through is told by a
closed frame of the latter two tables.
"""

import re
from collections.abc import Iterable
from functools import cache, cached_property

from bot.understanding.words.atoms import HAN
from bot.understanding.words.patterns import any_of
from bot.understanding.words.phrases import Entry, Phrases
from bot.understanding.words.tokens import Token
from bot.understanding.words.vocabulary import alternatives, phrase_as_read, table

_BETWEEN_LETTERS = re.compile(rf"(?<=[^\W\d_{HAN}])(?=[^\W\d_{HAN}])")


class Cue:
    """The words and phrases of one cue, and the kinds of tokens that do as well, if any do.

    A Chinese word stands anywhere, an English one only whole: no letter of its script goes on before or behind it.
    Whatever else stands there parts words: an apostrophe ("poster's" is "poster is"), a hyphen, a Chinese sign.
    """

    def __init__(self, words: Iterable[str], kinds: Iterable[str] = ()) -> None:
        self.words = frozenset(words)
        self.kinds = frozenset(kinds)
        self._longest_first = tuple(sorted(self.words, key=lambda word: (-len(word), word)))

    @cached_property
    def _anything(self) -> re.Pattern[str]:
        """Return the pattern of the words also inside of others; much quicker, where mostly none of them is."""
        return any_of(self.words)

    def __contains__(self, text: str) -> bool:
        """Tell whether a folded text is one of the words, and nothing else."""
        return text in self.words

    def search(self, text: str) -> tuple[int, int] | None:
        """Return from where to where the first of the words stands in a folded text, None where none does."""
        found = self._anything.search(text)
        while found is not None:
            end = self.opening(text, found.start())
            if end is not None:
                return found.start(), end
            found = self._anything.search(text, found.start() + 1)
        return None

    def within(self, text: str) -> bool:
        """Tell whether one of the words stands in a folded text."""
        return self.search(text) is not None

    def fits(self, token: Token) -> bool:
        """Tell whether a token is of one of the kinds, or one of the words stands in it."""
        return token.of(self.kinds) or self.within(token.words)

    def may_stand_in(self, text: str) -> bool:
        """Tell whether one of the words is a part of a text in lower case, be it inside of a longer word."""
        return self._anything.search(text) is not None

    def opens(self, text: str, at: int = 0) -> bool:
        """Tell whether one of the words begins at `at` in a folded text."""
        return self.opening(text, at) is not None

    def ends(self, text: str) -> bool:
        """Tell whether a folded text ends with one of the words."""
        return self.ending(text) is not None

    def opening(self, text: str, at: int = 0) -> int | None:
        """Return where the longest of the words that begin at `at` ends, None where none begins there."""
        if not text.startswith(self._longest_first, at) or _is_inside_a_word(text, at):
            return None
        for word in self._longest_first:
            if text.startswith(word, at) and not _is_inside_a_word(text, at + len(word)):
                return at + len(word)
        return None

    def ending(self, text: str) -> int | None:
        """Return where the longest of the words that end a folded text begins, None where none ends it."""
        if not text.endswith(self._longest_first):
            return None
        for word in self._longest_first:
            if text.endswith(word) and not _is_inside_a_word(text, len(text) - len(word)):
                return len(text) - len(word)
        return None


def _is_inside_a_word(text: str, at: int) -> bool:
    return _BETWEEN_LETTERS.match(text, at) is not None


@cache
def words_of(cue: str) -> frozenset[str]:
    """Return the words and phrases of a cue, alternatives written out, for what is said by whole tokens."""
    listed = table("cues")[cue].values()
    return frozenset(form for phrases in listed for phrase in phrases for form in alternatives(phrase))


@cache
def cue(name: str) -> Cue:
    """Return a cue by its name in the table."""
    return Cue(words_of(name))


@cache
def phrases_of(*cues: str) -> Phrases:
    """Return the phrases of some cues as the tokeniser looks them up, the names of their cues as their kinds."""
    kinds: dict[tuple[str, ...], frozenset[str]] = {}
    for name in cues:
        for form in words_of(name):
            atoms = phrase_as_read(form)
            kinds[atoms] = kinds.get(atoms, frozenset()) | {name}
    return Phrases({atoms: Entry(meant, {}) for atoms, meant in kinds.items()})
