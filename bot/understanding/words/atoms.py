"""The smallest pieces of a text: English words, numbers, single Chinese characters, signs."""

import re
from itertools import pairwise
from typing import NamedTuple

HAN = "\u3400-\u4dbf\u4e00-\u9fff\u3007"
_NUMERALS = "零〇一二三四五六七八九十百两"
_PLAIN_HAN = "\u3400-\u4dbf" + "".join(  # all but the numerals
    f"{chr(one + 1)}-{chr(other - 1)}"
    for one, other in pairwise([0x4DFF, *sorted(ord(numeral) for numeral in _NUMERALS if numeral != "〇"), 0xA000])
    if other - one > 1
)

_ATOM = re.compile(
    rf"""(?P<word>[^\W\d_{HAN}]+(?:'[^\W\d_{HAN}]+)*)    # what most pieces are comes first
    |(?P<han>[{_PLAIN_HAN}]+)                            # one piece for each character
    |(?P<clock>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?![\d:]))
    |(?P<isodate>(?:19|20)\d\d(?P<dash>[-/.])\d{{1,2}}(?P=dash)\d{{1,2}}(?!\d))
    |(?P<slashdate>\d{{1,2}}/\d{{1,2}}(?![\d/]))
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<numeral>(?:[{_NUMERALS}]{{2,6}}|[二三四五六七八九十两]|一(?!点)|(?<=[午晨上])一(?=点))
        (?=点|时|月|日|号|分钟|小时|个(?:半)?小时|个月|个(?:星期|礼拜)|刻|天|周(?!年)))
    |(?P<minutes>(?<=点)(?:[{_NUMERALS}]{{2,3}}|[{_NUMERALS}](?=分)))
    |(?P<alone>[{_NUMERALS}])
    |(?P<sign>\S)
    |(?P<line>\n)""",
    re.VERBOSE,
)

_CHARACTERS = re.compile(f"[{_PLAIN_HAN}]+")
_WORDS = re.compile(r"[a-z]+(?: [a-z]+)*")


class Atom(NamedTuple):
    """One piece: `text` folded, `start` and `end` in the message, `sort` the name of its pattern."""

    text: str
    start: int
    end: int
    sort: str


def atoms_of(folded: str, start: int = 0) -> list[Atom]:
    """Return the pieces of a folded text from `start` on, in order; spaces separate and vanish."""
    atoms: list[Atom] = []
    for found in _ATOM.finditer(folded, start):
        at, end = found.span()
        sort = found.lastgroup or "sign"
        if sort == "han":
            atoms += [Atom(folded[place], place, place + 1, sort) for place in range(at, end)]
        else:
            atoms.append(Atom(folded[at:end], at, end, sort))
    return atoms


def phrase_atoms(phrase: str) -> tuple[str, ...]:
    """Return a phrase of the lexicon as the atoms by which it is looked up.

    Hyphens between English words are spaces: clock-in is clock in.
    """
    if _CHARACTERS.fullmatch(phrase):  # most are of one of these two sorts, whose atoms need no search
        return tuple(phrase)
    if _WORDS.fullmatch(phrase):
        return tuple(phrase.split(" "))
    pieces = [atom.text for atom in atoms_of(phrase.lower()) if atom.sort != "line"]
    if len(pieces) > 1:
        pieces = [piece for piece in pieces if piece not in {"-", "_"}]
    return tuple(pieces)
