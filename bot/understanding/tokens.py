"""From text to tokens: the reading with the fewest unknown pieces, and of those the one with the fewest tokens."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.domain.sites import Site
from bot.understanding.atoms import Atom, atoms_of, phrase_atoms
from bot.understanding.normalise import has_han
from bot.understanding.vocabulary import NOTHING, Entry, Node, one_letter_less, vocabulary


class Token(NamedTuple):
    """A phrase of the lexicon, an argument, a sign, or (without kinds) a piece that nobody taught us."""

    words: str
    start: int
    end: int
    kinds: frozenset[str]
    values: Mapping[str, int]

    def has(self, *kinds: str) -> bool:
        """Tell whether the token is of any of `kinds`."""
        return not self.kinds.isdisjoint(kinds)


def kinds_of(tokens: Iterable[Token]) -> frozenset[str]:
    """Return all kinds that occur among `tokens`."""
    return frozenset().union(*(token.kinds for token in tokens))


_SIGNS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(",;.!。、…~·•", frozenset({"sep"})),
    "\n": frozenset({"sep", "line"}),
    "?": frozenset({"sep", "question_mark"}),
    ":": frozenset({"colon"}),
    "@": frozenset({"at_sign"}),
    "/": frozenset({"slash"}),
    "-": frozenset({"dash", "to"}),
    "–": frozenset({"dash", "to"}),
    "—": frozenset({"dash", "to"}),
    **dict.fromkeys("()", frozenset({"paren"})),
    **dict.fromkeys("\"“”「」『』《》【】'‘«»", frozenset({"quote"})),
    **dict.fromkeys("+#*&%^°′″±", frozenset({"sign"})),
}
_CODE_SIGN = frozenset({"code_sign"})
_NUMBERS = {sort: frozenset({sort}) for sort in ("clock", "isodate", "slashdate", "number")}
_NUMBERS["numeral"] = _NUMBERS["minutes"] = frozenset({"number"})
_SHORTEST_TYPO = 4
_UNKNOWN_COST = 1000  # one unknown piece weighs more than any number of tokens


def tokenise(folded: str, sites: Sequence[Site] = (), start: int = 0) -> list[Token]:
    """Return the tokens of a folded text from `start` on; names of `sites` are words of the lexicon too."""
    atoms = _mended(atoms_of(folded, start))
    return list(_merged(_best(atoms, _site_trie(tuple(sites)) if sites else None, folded)))


def _mended(atoms: Sequence[Atom]) -> list[Atom]:
    """Return the atoms with contractions written out, typos mended, and hyphens inside words dropped."""
    known = vocabulary()
    mended: list[Atom] = []
    for index, atom in enumerate(atoms):
        if atom.sort == "word":
            parts = known.contractions.get(atom.text)
            if parts:
                mended += [atom._replace(text=part) for part in parts]
                continue
            mended.append(atom._replace(text=meant(atom.text)))
        elif not (atom.text in "-_" and _joins_words(atoms, index)):
            mended.append(atom)
    return mended


def _joins_words(atoms: Sequence[Atom], index: int) -> bool:
    if not 0 < index < len(atoms) - 1:
        return False
    before, atom, after = atoms[index - 1 : index + 2]
    touching = before.end == atom.start and after.start == atom.end
    return touching and before.sort == after.sort == "word"


@lru_cache(maxsize=4096)
def meant(word: str) -> str:
    """Return the command word that an unknown English word is a typo of, else the word itself."""
    known = vocabulary()
    if word in known.words or not _SHORTEST_TYPO <= len(word) <= 16 or not word.isascii():
        return word
    for less in sorted(one_letter_less(word)):
        for candidate in known.typos.get(less, ()):
            if candidate[0] == word[0] and _one_slip(word, candidate):
                return candidate
    return word


def _one_slip(one: str, other: str) -> bool:
    if len(one) != len(other):
        return abs(len(one) - len(other)) == 1
    unlike = [index for index, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    if len(unlike) == 2:
        first, second = unlike
        return second == first + 1 and one[first] == other[second] and one[second] == other[first]
    return len(unlike) == 1


def _best(atoms: Sequence[Atom], sites: Node | None, folded: str) -> Iterator[Token]:
    count = len(atoms)
    costs = [0] * (count + 1)
    ends = [0] * count
    entries: list[Entry] = [NOTHING] * count
    roots = [vocabulary().trie] if sites is None else [vocabulary().trie, sites]
    for index in range(count - 1, -1, -1):
        cost, end, entry = costs[index + 1] + 1 + _UNKNOWN_COST, index + 1, _plain(atoms[index])
        if entry.kinds:
            cost -= _UNKNOWN_COST
        for root in roots:
            for stop, found in _phrases_at(root, atoms, index):
                if costs[stop] + 1 <= cost:
                    cost, end, entry = costs[stop] + 1, stop, _with_sign(found, atoms[index], stop - index)
        costs[index], ends[index], entries[index] = cost, end, entry
    index = 0
    while index < count:
        end, entry = ends[index], entries[index]
        first, last = atoms[index].start, atoms[end - 1].end
        yield Token(folded[first:last], first, last, entry.kinds, entry.values)
        index = end


def _phrases_at(root: Node, atoms: Sequence[Atom], index: int) -> Iterator[tuple[int, Entry]]:
    node: Node | None = root.get(atoms[index].text)
    while node is not None:
        index += 1
        if node.entry is not None:
            yield index, node.entry
        node = node.get(atoms[index].text) if index < len(atoms) else None


def _with_sign(entry: Entry, atom: Atom, length: int) -> Entry:
    """Return the entry with what the sign or number it stands for means anyway."""
    plain = _plain(atom).kinds if length == 1 else frozenset()
    return Entry(entry.kinds | plain, entry.values) if plain else entry


_PLAIN: dict[str, Entry] = {
    **{sign: Entry(kinds, {}) for sign, kinds in _SIGNS.items()},
    **{sort: Entry(kinds, {}) for sort, kinds in _NUMBERS.items()},
    "code": Entry(_CODE_SIGN, {}),
}


def _plain(atom: Atom) -> Entry:
    if atom.sort in {"sign", "line"}:
        return _PLAIN.get(atom.text, _PLAIN["code"])
    return _PLAIN.get(atom.sort, NOTHING)


def _merged(tokens: Iterator[Token]) -> Iterator[Token]:
    """Join unknown Chinese characters that stand side by side, and a text of quotes' plain signs stays apart."""
    waiting: Token | None = None
    for token in tokens:
        joins = not token.kinds and has_han(token.words)
        if waiting is not None and joins and waiting.end == token.start:
            waiting = waiting._replace(words=waiting.words + token.words, end=token.end)
            continue
        if waiting is not None:
            yield waiting
        waiting = token if joins else None
        if not joins:
            yield token
    if waiting is not None:
        yield waiting


@lru_cache(maxsize=8)
def _site_trie(sites: tuple[Site, ...]) -> Node:
    root = Node()
    for number, site in enumerate(sites):
        for name in (site.name, *site.aliases):
            node = root
            for atom in phrase_atoms(name):
                node = node.setdefault(atom, Node())
            if node is not root:
                node.entry = Entry(frozenset({"site", "work_place"}), {"site": number})
    return root
