"""The lexicon, read once from the YAML tables beside it and turned into a trie of words and characters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any, NamedTuple

import yaml

from bot.understanding.atoms import phrase_atoms

KINDS = ("punch", "support", "vetoes", "senses", "queries", "requests")  # tables of kind → {zh, en} → phrases


class Entry(NamedTuple):
    """What a phrase means: its kinds, and for words with a value (days, units) the value of each such kind."""

    kinds: frozenset[str]
    values: Mapping[str, int]


NOTHING = Entry(frozenset(), {})


class Node(dict[str, "Node"]):
    """One step of the trie; `entry` is set where a phrase ends."""

    __slots__ = ("entry",)

    def __init__(self) -> None:
        super().__init__()
        self.entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """How people and departments are named."""

    surnames: frozenset[str]
    before: frozenset[str]
    titles: tuple[str, ...]
    department_ends: tuple[str, ...]
    department_words: frozenset[str]
    departments: frozenset[str]
    generic: frozenset[str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that the stages look up."""

    trie: Node
    contractions: Mapping[str, tuple[str, ...]]
    typos: Mapping[str, tuple[str, ...]]
    words: frozenset[str]
    characters: Mapping[int, str]
    slips: tuple[tuple[str, str], ...]
    emoji: frozenset[str]
    names: Names


@cache
def table(name: str) -> Any:
    """Return one YAML table of the lexicon, every scalar as text."""
    text = (files("bot.understanding") / "lexicon" / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - builds text only


@cache
def vocabulary() -> Vocabulary:
    """Return the lexicon; read and built at the first call."""
    words = table("words")
    characters = table("characters")
    contractions = {short: tuple(long.split()) for short, long in words["contractions"].items()}
    trie = _trie(contractions)
    known = _latin_words(trie) | frozenset(words["keep"])
    return Vocabulary(
        trie=trie,
        contractions=contractions,
        typos=_deletions(words["mend"]),
        words=known,
        characters=_character_table(characters),
        slips=tuple(characters["slips"].items()),
        emoji=frozenset(characters["emoji"]),
        names=_names(table("people")),
    )


def alternatives(phrase: str) -> Iterator[str]:
    """Return every phrase that `(a|b|)` alternatives in `phrase` stand for."""
    parts: list[list[str]] = []
    rest = phrase
    while "(" in rest:
        head, _, tail = rest.partition("(")
        choices, _, rest = tail.partition(")")
        parts += [[head], choices.split("|")]
    parts.append([rest])
    return ("".join(choice) for choice in product(*parts))


def one_letter_less(word: str) -> set[str]:
    """Return `word` and what is left of it with any one letter taken away."""
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


def _trie(contractions: Mapping[str, tuple[str, ...]]) -> Node:
    kinds: dict[tuple[str, ...], set[str]] = {}
    values: dict[tuple[str, ...], dict[str, int]] = {}
    for phrase, kind, value in _phrases():
        for form in alternatives(phrase):
            atoms = tuple(full for atom in phrase_atoms(form) for full in contractions.get(atom, (atom,)))
            kinds.setdefault(atoms, set()).add(kind)
            if value is not None:
                values.setdefault(atoms, {})[kind] = value
    _inherit(kinds)
    root = Node()
    for atoms, found in kinds.items():
        node = root
        for atom in atoms:
            node = node.setdefault(atom, Node())
        node.entry = Entry(frozenset(found), values.get(atoms, {}))
    return root


def _inherit(kinds: dict[tuple[str, ...], set[str]]) -> None:
    """Lend the kinds of `inherited` from each phrase to the longer ones that hold it."""
    lent = frozenset(table("words")["inherited"])
    courtesies = frozenset(table("support")) | frozenset(table("punch")) | {"see", "send_me"}
    for atoms, found in kinds.items():
        if not found.isdisjoint(courtesies):
            continue
        spans = ((i, j) for i in range(len(atoms)) for j in range(i + 1, len(atoms) + 1) if j - i < len(atoms))
        for first, last in spans:
            found.update(kinds.get(atoms[first:last], set()) & lent)


def _phrases() -> Iterator[tuple[str, str, int | None]]:
    for name in KINDS:
        for kind, languages in table(name).items():
            yield from ((phrase, kind, None) for phrases in languages.values() for phrase in phrases)
    words = table("words")
    for kind in ("function", "attendance", "schedule_word"):
        yield from ((phrase, kind, None) for phrases in words[kind].values() for phrase in phrases)
    for kind, by_value in table("dates").items():
        yield from ((phrase, kind, int(value)) for value, phrases in by_value.items() for phrase in phrases)
    people = table("people")
    yield from ((name, "department_word", None) for name in people["common_departments"])


def _latin_words(node: Node) -> frozenset[str]:
    words: set[str] = set()
    waiting = [node]
    while waiting:
        here = waiting.pop()
        words.update(word for word in here if word.isascii())
        waiting += here.values()
    return frozenset(words)


def _deletions(words: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        for less in one_letter_less(word):
            found[less] = (*found.get(less, ()), word)
    return found


def _character_table(characters: Any) -> dict[int, str]:
    pairs = zip("".join(characters["traditional"]), "".join(characters["simplified"]), strict=True)
    return {ord(one): other for one, other in pairs}


def _names(people: Any) -> Names:
    return Names(
        surnames=frozenset(people["surnames"]),
        before=frozenset(people["before"]),
        titles=tuple(people["titles"]),
        department_ends=tuple(people["departments_zh"]),
        department_words=frozenset(people["departments_en"]),
        departments=frozenset(people["common_departments"]),
        generic=frozenset(people["generic_departments"]),
    )
