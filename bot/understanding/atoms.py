"""The smallest pieces of a text: English words, numbers, single Chinese characters, signs."""

import re
from typing import NamedTuple

HAN = "\u3400-\u4dbf\u4e00-\u9fff\u3007"
_NUMERALS = "零〇一二三四五六七八九十百两"

_ATOM = re.compile(
    rf"""(?P<word>[^\W\d_{HAN}]+(?:'[^\W\d_{HAN}]+)*)    # what most pieces are comes first
    |(?P<han>(?![{_NUMERALS}])[{HAN}])
    |(?P<clock>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?![\d:]))
    |(?P<isodate>(?:19|20)\d\d(?P<dash>[-/.])\d{{1,2}}(?P=dash)\d{{1,2}}(?!\d))
    |(?P<slashdate>\d{{1,2}}/\d{{1,2}}(?![\d/]))
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<numeral>(?:[{_NUMERALS}]{{2,6}}|[二三四五六七八九十两]|一(?!点)|(?<=[午晨上])一(?=点))
        (?=点|时|月|日|号|分钟|小时|个(?:半)?小时|个月|个(?:星期|礼拜)|刻|天|周(?!年)))
    |(?P<minutes>(?<=点)[{_NUMERALS}]{{2,3}})
    |(?P<alone>[{_NUMERALS}])
    |(?P<sign>\S)
    |(?P<line>\n)""",
    re.VERBOSE,
)

_CHARACTERS = re.compile(rf"(?:(?![{_NUMERALS}])[{HAN}])+")
_WORDS = re.compile(r"[a-z]+(?: [a-z]+)*")


class Atom(NamedTuple):
    """One piece: `text` folded, `start` and `end` in the message, `sort` the name of its pattern."""

    text: str
    start: int
    end: int
    sort: str


def atoms_of(folded: str, start: int = 0) -> list[Atom]:
    """Return the pieces of a folded text from `start` on, in order; spaces separate and vanish."""
    return [
        Atom(found.group(), found.start(), found.end(), found.lastgroup or "sign")
        for found in _ATOM.finditer(folded, start)
    ]


def phrase_atoms(phrase: str) -> tuple[str, ...]:
    """Return a phrase of the lexicon as the atoms by which it is looked up.

    Hyphens between English words are spaces: clock-in is clock in.
    """
    if _CHARACTERS.fullmatch(phrase):  # most are of one of these two sorts, whose atoms need no search
        return tuple(phrase)
    if _WORDS.fullmatch(phrase):
        return tuple(phrase.split(" "))
    pieces = [found.group() for found in _ATOM.finditer(phrase.lower()) if found.lastgroup != "line"]
    if len(pieces) > 1:
        pieces = [piece for piece in pieces if piece not in {"-", "_"}]
    return tuple(pieces)
