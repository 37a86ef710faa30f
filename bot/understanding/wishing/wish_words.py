"""The tables of `lexicon/wishes.yaml`: which words tell one's own plain wish from what only sounds like one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.understanding.words.patterns import any_of
from bot.understanding.words.tokens import Token
from bot.understanding.words.vocabulary import table


class Words:
    """Kinds and words of one line of the table, held against tokens."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.kinds = frozenset(row.get("kinds", ()))
        self._every = frozenset((*row.get("zh", ()), *row.get("en", ())))
        self._inside = tuple(row.get("zh", ()))
        self._openings = tuple(f"{word} " for word in row.get("en", ()))
        self._endings = tuple(f" {word}" for word in row.get("en", ()))
        whole = [f"{ending} " for ending in self._endings]
        self._anywhere = any_of([*self._inside, *whole]) if self._every else None

    def __contains__(self, words: str) -> bool:
        """Tell whether these are the words of a token, and no part of them."""
        return words in self._every

    @property
    def every(self) -> frozenset[str]:
        """Return all words of the line."""
        return self._every

    def within(self, words: str) -> bool:
        """Tell whether one of the words stands in `words`: a Chinese one anywhere, an English one as a whole."""
        return self._anywhere is not None and self._anywhere.search(f" {words} ") is not None

    def begins(self, words: str) -> bool:
        """Tell whether `words` begin with one of the words."""
        return words.startswith(self._inside) or f"{words} ".startswith(self._openings)

    def ends(self, words: str) -> bool:
        """Tell whether `words` end with one of the words."""
        return words.endswith(self._inside) or f" {words}".endswith(self._endings)

    def fits(self, token: Token) -> bool:
        """Tell whether a token is of one of the kinds, or one of the words stands in it."""
        return token.of(self.kinds) or self.within(token.words)


@dataclass(frozen=True, slots=True)
class AwayWords:
    """The words of a day away; see the table for what each line is."""

    beside: Words
    against: Words
    against_alone: Words
    anyway: Words
    works: Words
    perhaps: Words
    still: Words
    asked: Words
    told: Words
    is_none: Words
    of_somebody: Words
    taken_back: Words
    denied: Words
    begins: Words
    going_home: Words
    goes: Words
    gives_a_reason: Words
    joins: Words
    days: Words
    weeks: Words
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words of digests and corrections; see the table for what each line is."""

    mine: Words
    sent: Words
    to_another: Words
    on_behalf: Words
    in_bulk: Words
    of_a_fact: Words
    whose_boss: Words
    speaker: Words
    spoken_when: Words
    speaks: Words


@dataclass(frozen=True, slots=True)
class PeaceWords:
    """The words of no reminders; see the table for what each line is."""

    every_one: Words
    politely: Words
    state: Words
    event: Words
    at_times: Words
    when: Words
    part: Words
    each: Words
    holiday: Words
    length: Words
    end: Words
    points_back: Words
    refers: Words
    again: Words
    later: Words
    told_so: Words
    keeps: Words


@dataclass(frozen=True, slots=True)
class WeekendWords:
    """The words around a weekend; see the table for what each line is."""

    names: Words
    this: Words
    another: Words
    around: Words
    every: Words
    joins: Words
    two: Words
    lasts: Words


@cache
def weekend_words() -> WeekendWords:
    """Return the words around a weekend."""
    return WeekendWords(**{name: Words(row) for name, row in table("wishes")["weekend"].items()})


@cache
def peace_words() -> PeaceWords:
    """Return the words of no reminders."""
    return PeaceWords(**{name: Words(row) for name, row in table("wishes")["peace"].items()})


@cache
def own_words() -> OwnWords:
    """Return the words of digests and corrections."""
    return OwnWords(**{name: Words(row) for name, row in table("wishes")["own"].items()})


@cache
def away_words() -> AwayWords:
    """Return the words of a day away."""
    rows = table("wishes")["away"]
    figures = {word: int(value) for value, words in rows["figures"].items() for word in words}
    return AwayWords(
        **{name: Words(row) for name, row in rows.items() if name != "figures"},
        figures=figures,
    )
