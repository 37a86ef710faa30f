"""Cues: words of `lexicon/cues.yaml` that tell one rule something about the whole of a message.

Unlike a kind a cue makes no word known, so it may forbid a punch or doubt it, and never lets one through.
"""

import re
from functools import cache, cached_property

from bot.understanding.words.patterns import any_of
from bot.understanding.words.phrases import Entry, Phrases
from bot.understanding.words.vocabulary import alternatives, phrase_as_read, table


class Cue:
    """The words and phrases of one cue: English ones count as whole words only, Chinese ones anywhere."""

    def __init__(self, words: frozenset[str]) -> None:
        longest_first = sorted(words, key=lambda word: (-len(word), word))
        self.words = words
        self._spaced = tuple(word for word in longest_first if _is_latin(word[0]) or _is_latin(word[-1]))
        self._joined = tuple(word for word in longest_first if not (_is_latin(word[0]) or _is_latin(word[-1])))

    @cached_property
    def _anything(self) -> re.Pattern[str]:
        """Return the pattern of the words also inside of others; much quicker, where mostly none of them is."""
        return any_of(self.words)

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        either = ["|".join(map(re.escape, self._joined))] if self._joined else []
        if self._spaced:
            either.append(rf"(?<![a-z])(?:{'|'.join(map(re.escape, self._spaced))})(?![a-z])")
        return re.compile("|".join(either))

    def search(self, text: str) -> re.Match[str] | None:
        """Return where the first of the words stands in a folded text, None where none does."""
        return self._anywhere.search(text) if self.may_stand_in(text) else None

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
        if text.startswith(self._joined, at):
            return at + next(len(word) for word in self._joined if text.startswith(word, at))
        if text.startswith(self._spaced, at):
            for word in self._spaced:
                end = at + len(word)
                if text.startswith(word, at) and not _is_latin(text[end : end + 1]):
                    return end
        return None

    def ending(self, text: str) -> int | None:
        """Return where the longest of the words that end a folded text begins, None where none ends it."""
        if text.endswith(self._joined):
            return len(text) - next(len(word) for word in self._joined if text.endswith(word))
        if text.endswith(self._spaced):
            for word in self._spaced:
                start = len(text) - len(word)
                if text.endswith(word) and not _is_latin(text[max(0, start - 1) : start]):
                    return start
        return None


def words_of(cue: str) -> frozenset[str]:
    """Return the words and phrases of a cue, alternatives written out, for what is said by whole tokens."""
    listed = table("cues")[cue].values()
    return frozenset(form for phrases in listed for phrase in phrases for form in alternatives(phrase))


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


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()
