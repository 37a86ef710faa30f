"""From text to tokens: the reading with the fewest unknown pieces, and of those the one with the fewest tokens."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from bot.domain.sites import Site
from bot.understanding.words.atoms import Atom, atoms_of, phrase_atoms
from bot.understanding.words.normalise import has_han, normalise
from bot.understanding.words.phrases import NOTHING, Entry, Phrases
from bot.understanding.words.vocabulary import one_letter_less, vocabulary

COMMANDS = frozenset({"cmd", "cmd_on", "cmd_off"})  # the kinds of a command to punch
EVERY_COMMAND = COMMANDS | {"cmd_wide", "cmd_wide_off"}  # and of what may as well be said of other things
PLACES = frozenset({"place", "spot", "site", "work_place"})  # where somebody may be, or what they look at
FIGURES = frozenset({"number", "clock", "isodate", "slashdate"})  # what is written in them


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

    def of(self, kinds: Set[str]) -> bool:
        """Tell the same of a set of kinds; quicker where there are many tokens or kinds."""
        return not self.kinds.isdisjoint(kinds)


def kinds_of(tokens: Iterable[Token]) -> frozenset[str]:
    """Return all kinds that occur among `tokens`."""
    return frozenset().union(*[token.kinds for token in tokens])


_SIGNS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(",;.!。、…~·•", frozenset({"sep"})),
    "\n": frozenset({"sep", "line"}),
    "?": frozenset({"sep", "question_mark"}),
    ":": frozenset({"colon"}),
    "🚫": frozenset({"sep", "negation"}),
    "✅": frozenset({"sep", "ticked"}),
    "@": frozenset({"at_sign"}),
    "/": frozenset({"slash"}),
    "|": frozenset({"sep"}),
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
_DRAWL = re.compile(r"(.)\1{2,}")  # goood, outttt
_LONGEST_WAY = 4
_CLOCKS = frozenset({"clock", "clocking", "punch", "punching"})
_ONESELF = frozenset({"me", "myself"})
_WAYS = frozenset({"in", "out", "on", "off"})
_UNKNOWN_COST = 1000  # one unknown piece weighs more than any number of tokens


def tokenise(folded: str, sites: Sequence[Site] = (), start: int = 0) -> list[Token]:
    """Return the tokens of a folded text from `start` on; names of `sites` are words of the lexicon too."""
    known = vocabulary()
    atoms = _mended(atoms_of(folded, start), known.words)
    return _merged(_best(atoms, known.phrases, _site_names(tuple(sites)) if sites else None, folded), folded)


def tokenise_as(folded: str, phrases: Phrases) -> list[Token]:
    """Return the tokens of a folded text to which nothing but `phrases` and signs mean anything."""
    atoms = _mended(atoms_of(folded), _words_with(phrases))
    return _merged(_best(atoms, phrases, None, folded), folded)


@cache  # of the few cues that are ever read together
def _words_with(phrases: Phrases) -> frozenset[str]:
    return vocabulary().words | phrases.words


def _mended(atoms: Sequence[Atom], words: Set[str]) -> list[Atom]:
    """Return the atoms with contractions written out, typos of no `words` mended, and hyphens in words dropped."""
    known = vocabulary()
    mended: list[Atom] = []
    for index, atom in enumerate(atoms):
        if atom.sort == "word":
            word = atom.text
            parts = known.contractions.get(word) or (_said_to_be(word) if "'" in word else None)
            if parts:
                mended += [atom._replace(text=part) for part in parts]
            elif word in words:
                mended.append(atom)
            else:
                mended.append(atom._replace(text=_way(atoms, index, mended) or meant(word)))
        elif not (atom.text in "-_" and _joins_words(atoms, index)):
            mended.append(atom)
    return mended


def _said_to_be(word: str) -> tuple[str, str] | None:
    """Return the two words that "store's" is short for, if it is no word of its own and "store" is one."""
    stem, _, end = word.rpartition("'")
    known = vocabulary()
    possible = end == "s" and word not in known.words and word not in known.names.department_words
    return (stem, "is") if possible and stem in known.words else None


def _way(atoms: Sequence[Atom], index: int, before: Sequence[Atom]) -> str | None:
    """Return the one of "in" and "out" that an unknown word behind "clock" or "clock me" is a slip of.

    A letter more must be the one beside it, and none of the two may follow: "clock Lin in" names somebody.
    """
    word = atoms[index].text
    if word in vocabulary().words or not 1 < len(word) <= _LONGEST_WAY or not before:
        return None
    if index + 1 < len(atoms) and atoms[index + 1].text in _WAYS:
        return None
    verb = before[-2:-1] if before[-1].text in _ONESELF else before[-1:]
    if not verb or verb[0].text not in _CLOCKS:
        return None
    doubled = any(one == other for one, other in pairwise(word))
    ways = [way for way in ("in", "out") if one_slip(word, way) and (len(word) <= len(way) or doubled)]
    return ways[0] if len(ways) == 1 else None


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
    for drawled in (_DRAWL.sub(r"\1\1", word), _DRAWL.sub(r"\1", word)):
        if drawled in known.words:
            return drawled
    for less in sorted(one_letter_less(word)):
        for candidate in known.typos.get(less, ()):
            if word[0] in candidate[:2] and candidate[0] in word[:2] and one_slip(word, candidate):
                return candidate
    return word


def one_slip(one: str, other: str) -> bool:
    """Tell whether two words differ by one letter, by one that only one of them has, or by two swapped."""
    if len(one) != len(other):
        shorter, longer = sorted((one, other), key=len)
        return len(longer) == len(shorter) + 1 and shorter in one_letter_less(longer)
    unlike = [index for index, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    if len(unlike) == 2:
        first, second = unlike
        return second == first + 1 and one[first] == other[second] and one[second] == other[first]
    return len(unlike) == 1


def _best(atoms: Sequence[Atom], phrases: Phrases, sites: Phrases | None, folded: str) -> list[Token]:
    """Return the reading of the atoms that costs least, from the last one on the cheapest for each start."""
    count = len(atoms)
    costs = [0] * (count + 1)
    ends = [0] * count
    entries: list[Entry] = [NOTHING] * count
    texts = tuple([atom.text for atom in atoms])
    for index in range(count - 1, -1, -1):
        plain = _BY_SORT.get(atoms[index].sort) or _BY_SIGN.get(texts[index], _CODE)
        cost, end, entry = costs[index + 1], index + 1, plain
        if not plain.kinds:
            cost += _UNKNOWN_COST
        possible = phrases.at(texts, index)
        if sites is not None:
            possible = (*possible, *sites.at(texts, index))
        for length, found in possible:
            stop = index + length
            if costs[stop] <= cost:
                alone = length == 1 and plain.kinds  # what a sign or a number means anyway
                cost, end = costs[stop], stop
                entry = Entry(found.kinds | plain.kinds, found.values) if alone else found
        costs[index], ends[index], entries[index] = cost + 1, end, entry
    tokens: list[Token] = []
    index = 0
    while index < count:
        end, (kinds, values) = ends[index], entries[index]
        start, stop = atoms[index].start, atoms[end - 1].end
        tokens.append(Token(folded[start:stop], start, stop, kinds, values))
        index = end
    return tokens


_BY_SIGN: dict[str, Entry] = {sign: Entry(kinds, {}) for sign, kinds in _SIGNS.items()}
_CODE = Entry(_CODE_SIGN, {})  # any other sign
_BY_SORT: dict[str, Entry] = {
    **dict.fromkeys(("word", "han", "alone"), NOTHING),
    **{sort: Entry(kinds, {}) for sort, kinds in _NUMBERS.items()},
}


def _merged(tokens: list[Token], folded: str) -> list[Token]:
    """Join unknown Chinese characters that stand side by side, and a text of quotes' plain signs stays apart."""
    if all(token.kinds for token in tokens):
        return tokens
    merged: list[Token] = []
    index = 0
    while index < len(tokens):
        token, index = tokens[index], index + 1
        if _is_unknown_chinese(token):
            end = token.end
            while index < len(tokens) and tokens[index].start == end and _is_unknown_chinese(tokens[index]):
                end, index = tokens[index].end, index + 1
            token = token._replace(words=folded[token.start : end], end=end) if end > token.end else token
        merged.append(token)
    return merged


def _is_unknown_chinese(token: Token) -> bool:
    return not token.kinds and has_han(token.words)


def in_a_site_name(at: int, folded: str, sites: Sequence[Site]) -> bool:
    """Tell whether the character at `at` of a folded text is one of the name of a site: 金刚 in 打卡 金刚大厦."""
    names = [normalise(name).folded for site in sites for name in (site.name, *site.aliases)]
    return any(name and folded.find(name, max(0, at - len(name) + 1), at + len(name)) >= 0 for name in names)


@lru_cache(maxsize=8)
def _site_names(sites: tuple[Site, ...]) -> Phrases:
    names = (
        (phrase_atoms(normalise(name).folded), number)
        for number, site in enumerate(sites)
        for name in (site.name, *site.aliases)
    )
    kinds = frozenset({"site", "work_place"})
    return Phrases({atoms: Entry(kinds, {"site": number}) for atoms, number in names if atoms})
