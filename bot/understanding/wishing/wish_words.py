"""The tables of `lexicon/wishes.yaml`: which words tell one's own plain wish from what only sounds like one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

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
    return WeekendWords(**_cues_of("weekend"))


@cache
def peace_words() -> PeaceWords:
    """Return the words of no reminders."""
    return PeaceWords(**_cues_of("peace"))


@cache
def own_words() -> OwnWords:
    """Return the words of digests and corrections."""
    return OwnWords(**_cues_of("own"))


@cache
def away_words() -> AwayWords:
    """Return the words of a day away."""
    figures = table("wishes")["away"]["figures"]
    return AwayWords(
        **_cues_of("away"),
        figures={word: int(value) for value, words in figures.items() for word in words},
    )


def _cues_of(topic: str) -> dict[str, Cue]:
    """Return each line of a topic of the table as a cue: its words in both languages, and its kinds."""
    lines = {name: line for name, line in table("wishes")[topic].items() if name != "figures"}
    return {
        name: Cue((*line.get("zh", ()), *line.get("en", ())), line.get("kinds", ()))
        for name, line in lines.items()
    }
