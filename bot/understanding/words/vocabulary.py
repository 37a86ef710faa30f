"""The lexicon, read once from the YAML tables beside it: what each phrase means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product
from sys import intern
from typing import Any

import yaml

from bot.domain.naming import DEPARTMENT_ENDS, DEPARTMENT_WORDS
from bot.understanding.words.atoms import phrase_atoms
from bot.understanding.words.phrases import Entry, Phrases

KINDS = (
    "punch",
    "statements",
    "support",
    "asides",
    "vetoes",
    "senses",
    "queries",
    "requests",
    "answers",
    "told",
)  # tables of kind → {zh, en} → phrases
_Kinds = dict[tuple[str, ...], frozenset[str]]
_NO_KINDS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Names:
    """How people and departments are named."""

    surnames: frozenset[str]
    before: frozenset[str]
    titles: tuple[str, ...]
    given: frozenset[str]
    given_last: frozenset[str]
    before_names: frozenset[str]
    fillers: frozenset[str]
    ordinary: frozenset[str]
    idle: frozenset[str]
    states: frozenset[str]
    whole_company: frozenset[str]
    or_whole_company: frozenset[str]
    department_ends: tuple[str, ...]
    department_words: frozenset[str]
    departments: frozenset[str]
    generic: frozenset[str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that the stages look up."""

    phrases: Phrases
    contractions: Mapping[str, tuple[str, ...]]
    typos: Mapping[str, tuple[str, ...]]
    words: frozenset[str]
    characters: Mapping[int, str]
    slips: Mapping[str, str]
    emoji: frozenset[str]
    names: Names


@cache
def table(name: str) -> Any:
    """Return one YAML table of the lexicon, every scalar as text: a file, or those of a folder taken together.

    Raises ValueError for a key that stands in two files of a folder.
    """
    lexicon = files("bot.understanding") / "lexicon"
    folder = lexicon / name
    if not folder.is_dir():
        return _read(lexicon / f"{name}.yaml")
    parts = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    rows = [(key, row, file.name) for file in parts for key, row in _read(file).items()]
    taken: dict[str, Any] = {}
    for key, row, where in rows:
        if key in taken:
            raise ValueError(f"lexicon/{name}/{where} has {key}, which another file there has, too: write it once")
        taken[key] = row
    return taken


def _read(file: Traversable) -> Any:
    text = file.read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - builds text only


def sets_of(rows: Mapping[str, Any], holder: type[Any]) -> dict[str, frozenset[str]]:
    """Return each list of a table that a dataclass holds as a set of words under the same name."""
    same = (field.name for field in fields(holder) if field.type == frozenset[str] and field.name in rows)
    return {name: frozenset(rows[name]) for name in same}


@cache
def vocabulary() -> Vocabulary:
    """Return the lexicon; read and built at the first call."""
    words = table("words")
    characters = table("characters")
    contractions = {short: tuple(long.split()) for short, long in words["contractions"].items()}
    folding = _character_table(characters)
    phrases = _phrases(contractions, folding)
    known = phrases.words | frozenset(words["keep"])
    return Vocabulary(
        phrases=phrases,
        contractions=contractions,
        typos=_deletions(words["mend"]),
        words=known,
        characters=folding,
        slips=characters["slips"],
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


def phrase_as_read(form: str) -> tuple[str, ...]:
    """Return a phrase without alternatives as the atoms that a text has of it: simplified, in full words."""
    return _atoms_of(form, vocabulary().contractions, vocabulary().characters)


def _atoms_of(
    form: str, contractions: Mapping[str, tuple[str, ...]], folding: Mapping[int, str]
) -> tuple[str, ...]:
    atoms = phrase_atoms(form if form.isascii() else form.translate(folding))
    if not contractions.keys().isdisjoint(atoms):
        atoms = tuple(full for atom in atoms for full in contractions.get(atom, (atom,)))
    return tuple(map(intern, atoms))  # a few thousand words and characters make up all phrases


def _phrases(contractions: Mapping[str, tuple[str, ...]], folding: Mapping[int, str]) -> Phrases:
    kinds: _Kinds = {}
    values: dict[tuple[str, ...], dict[str, int]] = {}
    for phrase, kind, value in _listed():
        for form in alternatives(phrase):
            atoms = _atoms_of(form, contractions, folding)
            kinds[atoms] = _joined(kinds.get(atoms, _NO_KINDS), frozenset({kind}))
            if value is not None:
                values.setdefault(atoms, {})[kind] = value
    _said_otherwise(kinds)
    _inherit(kinds)
    alike = {meant: Entry(meant, {}) for meant in set(kinds.values())}
    return Phrases(
        {atoms: Entry(meant, values[atoms]) if atoms in values else alike[meant] for atoms, meant in kinds.items()}
    )


@cache
def _joined(some: frozenset[str], more: frozenset[str]) -> frozenset[str]:
    """Return both together, as one object for the thousands of phrases that share a few hundred meanings."""
    return some | more


def _said_otherwise(kinds: _Kinds) -> None:
    """Add what says the same where no table lists it: 啦 for a last 了, and 我 before a statement (我到位)."""
    for atoms in [atoms for atoms in kinds if len(atoms) > 1 and atoms[-1] == "了"]:
        kinds.setdefault((*atoms[:-1], "啦"), kinds[atoms])
    for atoms, found in list(kinds.items()):
        if not found.isdisjoint({"say_on", "say_off"}) and not atoms[0].isascii() and atoms[0] != "我":
            kinds.setdefault(("我", *atoms), found)


def _inherit(kinds: _Kinds) -> None:
    """Lend the kinds of `inherited` from each phrase to the longer ones that hold it."""
    inherited = frozenset(table("words")["inherited"])
    beside = frozenset(kind for name in ("support", "asides", "punch", "statements") for kind in table(name))
    courtesies = (beside | {"see", "send_me", "either_or"}) - {"came_late"}
    lent = {atoms: found & inherited for atoms, found in kinds.items() if not found.isdisjoint(inherited)}
    lenders = Phrases({atoms: Entry(found, {}) for atoms, found in lent.items()})
    for atoms, found in kinds.items():
        if not found.isdisjoint(courtesies):
            continue
        for index in range(len(atoms)):
            for _, lender in lenders.at(atoms, index):
                kinds[atoms] = _joined(kinds[atoms], lender.kinds)


def _listed() -> Iterator[tuple[str, str, int | None]]:
    for name in KINDS:
        for kind, languages in table(name).items():
            yield from ((phrase, kind, None) for phrases in languages.values() for phrase in phrases)
    words = table("words")
    for kind in ("function", "either_or", "attendance", "schedule_word"):
        yield from ((phrase, kind, None) for phrases in words[kind].values() for phrase in phrases)
    for kind, by_value in table("dates").items():
        yield from ((phrase, kind, int(value)) for value, phrases in by_value.items() for phrase in phrases)
    people = table("people")
    yield from ((name, "department_word", None) for name in people["common_departments"])


def _deletions(words: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        for less in one_letter_less(word):
            found[less] = (*found.get(less, ()), word)
    return found


def _character_table(characters: Any) -> dict[int, str]:
    pairs = zip("".join(characters["traditional"]), "".join(characters["simplified"]), strict=True)
    light = dict.fromkeys(map(ord, characters["light_particles"]), "啦")
    return {ord(one): other for one, other in pairs} | light


def _names(people: Any) -> Names:
    return Names(
        titles=tuple(people["titles"]),
        department_ends=DEPARTMENT_ENDS,
        department_words=DEPARTMENT_WORDS | frozenset(people["departments_en"]),
        departments=frozenset(people["common_departments"]),
        generic=frozenset(people["generic_departments"]),
        **sets_of(people, Names),
    )
