"""Shapes: in what order cues make a message, or a part of one, by `lexicon/shapes.yaml`."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import Token
from bot.understanding.words.vocabulary import table

_NAME = frozenset({"name"})
_NO_NAME = frozenset({"no_name"})
_PARTS = frozenset({"sep"})  # no name goes on behind such a sign
_LONGEST_NAME = 40  # characters
_LONGEST_CHINESE_NAME = 20
_Found = Mapping[str, Sequence[Token]]  # which tokens stand for each part of a line, by its name without ?, * or +


class _Part(NamedTuple):
    name: str
    kinds: frozenset[str]
    needed: bool
    repeated: bool


def has_shape(tokens: Sequence[Token], shape: str) -> bool:
    """Tell whether tokens follow each other as one of the lines of a shape says."""
    return read_shape(tokens, shape) is not None


def read_shape(tokens: Sequence[Token], shape: str) -> _Found | None:
    """Return which tokens stand for each part of the first line of a shape that takes all of them, else None."""
    return next((found for line in _shapes()[shape] if (found := _whole(tokens, line)) is not None), None)


def first_of_shape(tokens: Sequence[Token], shape: str) -> tuple[int, int] | None:
    """Return the indices from which and up to which tokens first follow each other as a line of a shape says."""
    lines = _shapes()[shape]
    for index in range(len(tokens)):
        for line in lines:
            found, end = _from(tokens, index, line)
            if found is not None:
                return index, end
    return None


def _whole(tokens: Sequence[Token], line: Sequence[_Part]) -> _Found | None:
    at = next((number for number, part in enumerate(line) if part.kinds == _NAME), len(line))
    before, begins = _from(tokens, 0, line[:at])
    if before is None or at == len(line):
        return before if begins == len(tokens) else None
    for ends in range(begins + 1, len(tokens) + 1):
        name = tokens[begins:ends]
        if not _may_name(name):
            return None
        after, end = _from(tokens, ends, line[at + 1 :])
        if after is not None and end == len(tokens) and not _is_one_character(name):
            return {**before, "name": name, **after}
    return None


def _from(tokens: Sequence[Token], at: int, line: Sequence[_Part]) -> tuple[_Found | None, int]:
    """Return which tokens from `at` on stand for each part, None where one is missing, and where they end."""
    found = {}
    for part in line:
        first = at
        while at < len(tokens) and tokens[at].of(part.kinds) and (part.repeated or at == first):
            at += 1
        if part.needed and at == first:
            return None, at
        found[part.name] = tokens[first:at]
    return found, at


def _may_name(tokens: Sequence[Token]) -> bool:
    longest = _LONGEST_CHINESE_NAME if has_han(tokens[0].words) else _LONGEST_NAME
    goes_on = not tokens[-1].of(_PARTS) or (tokens[-1].words == "." and len(tokens) > 1)  # "J. Smith"
    return not tokens[0].of(_NO_NAME) and goes_on and tokens[-1].end - tokens[0].start <= longest


def _is_one_character(name: Sequence[Token]) -> bool:
    return len(name) == 1 and len(name[0].words) == 1 and has_han(name[0].words)


@cache
def _shapes() -> dict[str, list[list[_Part]]]:
    return {name: [[_part(part) for part in line] for line in lines] for name, lines in table("shapes").items()}


def _part(written: str) -> _Part:
    name = written.rstrip("?*+")
    needed, repeated = not written.endswith(("?", "*")), written.endswith(("*", "+"))
    return _Part(name, frozenset(name.split("|")), needed, repeated)
