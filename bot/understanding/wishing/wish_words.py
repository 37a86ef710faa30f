"""The tables of `lexicon/wishes.yaml`: which words tell one's own plain wish from what only sounds like one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.understanding.words.cues import Cue
from bot.understanding.words.vocabulary import table


@dataclass(frozen=True, slots=True)
class AwayWords:
    """The words of a day away; see the table for what each line is."""

    beside: Cue
    against: Cue
    against_alone: Cue
    anyway: Cue
    works: Cue
    perhaps: Cue
    still: Cue
    asked: Cue
    told: Cue
    is_none: Cue
    of_somebody: Cue
    taken_back: Cue
    denied: Cue
    begins: Cue
    going_home: Cue
    goes: Cue
    gives_a_reason: Cue
    joins: Cue
    days: Cue
    weeks: Cue
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words of digests and corrections; see the table for what each line is."""

    mine: Cue
    sent: Cue
    to_another: Cue
    on_behalf: Cue
    in_bulk: Cue
    of_a_fact: Cue
    whose_boss: Cue
    speaker: Cue
    spoken_when: Cue
    speaks: Cue


@dataclass(frozen=True, slots=True)
class PeaceWords:
    """The words of no reminders; see the table for what each line is."""

    every_one: Cue
    politely: Cue
    state: Cue
    event: Cue
    at_times: Cue
    when: Cue
    part: Cue
    each: Cue
    holiday: Cue
    length: Cue
    end: Cue
    points_back: Cue
    refers: Cue
    again: Cue
    later: Cue
    told_so: Cue
    keeps: Cue


@dataclass(frozen=True, slots=True)
class WeekendWords:
    """The words around a weekend; see the table for what each line is."""

    names: Cue
    this: Cue
    another: Cue
    around: Cue
    every: Cue
    joins: Cue
    two: Cue
    lasts: Cue


@cache
def weekend_words() -> WeekendWords:
    """Return the words around a weekend."""
    return WeekendWords(**{name: _cue(row) for name, row in table("wishes")["weekend"].items()})


@cache
def peace_words() -> PeaceWords:
    """Return the words of no reminders."""
    return PeaceWords(**{name: _cue(row) for name, row in table("wishes")["peace"].items()})


@cache
def own_words() -> OwnWords:
    """Return the words of digests and corrections."""
    return OwnWords(**{name: _cue(row) for name, row in table("wishes")["own"].items()})


@cache
def away_words() -> AwayWords:
    """Return the words of a day away."""
    rows = table("wishes")["away"]
    figures = {word: int(value) for value, words in rows["figures"].items() for word in words}
    return AwayWords(
        **{name: _cue(row) for name, row in rows.items() if name != "figures"},
        figures=figures,
    )


def _cue(row: Mapping[str, Any]) -> Cue:
    return Cue((*row.get("zh", ()), *row.get("en", ())), row.get("kinds", ()))
