"""The table of `lexicon/grammar.yaml`: which words punch, what may stand beside them, and what forbids it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.understanding.intents import NoneReason
from bot.understanding.words.vocabulary import sets_of, table


@dataclass(frozen=True, slots=True)
class Grammar:
    """The table of `lexicon/grammar.yaml`."""

    on: frozenset[str]
    off: frozenset[str]
    cores: Mapping[str, frozenset[str]]
    every_core: frozenset[str]
    told: frozenset[str]  # what is said to be so: the cores that are no commands, and what is over
    allowed: Mapping[str, frozenset[str]]
    done: frozenset[str]
    over: frozenset[str]
    foreign: frozenset[str]
    came: frozenset[str]
    spoken_to: frozenset[str]
    telling: frozenset[str]
    vetoes: tuple[tuple[NoneReason, frozenset[str]], ...]
    vetoing: frozenset[str]  # all of these kinds
    polite_lifts: frozenset[str]
    about_us: frozenset[str]


@cache
def grammar() -> Grammar:
    """Return the grammar of a punch."""
    rows = table("grammar")
    cores = {name: frozenset(kinds) for name, kinds in rows["cores"].items()}
    every_core = frozenset().union(*cores.values())
    vetoes = tuple((NoneReason(row["reason"]), frozenset(row["kinds"])) for row in rows["vetoes"])
    return Grammar(
        on=frozenset(rows["directions"]["on"]),
        off=frozenset(rows["directions"]["off"]),
        cores=cores,
        every_core=every_core,
        told=every_core - cores["command"] | {"ended"},
        allowed={name: frozenset(kinds) for name, kinds in rows["allowed"].items()},
        vetoes=vetoes,
        vetoing=frozenset().union(*(kinds for _, kinds in vetoes)),
        **sets_of(rows, Grammar),
    )
