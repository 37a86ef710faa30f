"""What is read before words are: references of requests, the page of a list, names that hold a word of ours."""

import re
from functools import cache
from typing import NamedTuple

from bot.understanding.words.atoms import HAN
from bot.understanding.words.vocabulary import vocabulary

_REFERENCE = re.compile(
    r"(?<![\w-])c-([0-9a-tv-z]{6})(?!\w)|(?<=[\u4e00-\u9fff])c-([0-9a-tv-z]{6})(?![0-9a-z])", re.A
)
_ALIKE = str.maketrans(
    "ilo", "110"
)  # Crockford's base32 has no I, L or O: they are read as the figures they look like
_PAGE = re.compile(r"第\s?([0-9]{1,3}|[一二三四五六七八九十])\s?页|\bpage\s?([0-9]{1,3})(?![0-9a-z])")
_NUMERALS = {numeral: number for number, numeral in enumerate("一二三四五六七八九十", 1)}


class Mark(NamedTuple):
    """Where it stands in the text, and its value."""

    start: int
    end: int
    value: str


def find_references(folded: str) -> list[Mark]:
    """Return the references of requests in a folded text, as they are issued: `C-7F3K2M`."""
    if "c-" not in folded:
        return []
    return [
        Mark(found.start(), found.end(), "C-" + (found[1] or found[2]).translate(_ALIKE).upper())
        for found in _REFERENCE.finditer(folded)
    ]


def find_name_in_gang(folded: str) -> Mark | None:
    """Return a name that ends in 刚, which is "just now" too: 吴刚打卡了吗, 催吴刚. Not so 我刚打卡, 老王刚到."""
    if "刚" not in folded:
        return None
    found = _gang().search(folded)
    return None if found is None else Mark(found.start(), found.end(), found.group())


@cache
def _gang() -> re.Pattern[str]:
    names = vocabulary().names
    surnames = "|".join(sorted(names.surnames, key=len, reverse=True))
    before = "".join(sorted(names.before_names))
    return re.compile(f"(?:(?<![{HAN}])|(?<=[{before}]))(?:{surnames})刚(?![刚才好])")


def find_page(folded: str) -> Mark | None:
    """Return the page that is asked for, its value in figures: 第2页, "page 2"."""
    found = _PAGE.search(folded) if "页" in folded or "page" in folded else None
    if found is None:
        return None
    page = found[1] or found[2]
    return Mark(found.start(), found.end(), str(_NUMERALS.get(page) or int(page)))
