"""The words of a message that nobody knows, and the message without them."""

from itertools import pairwise, zip_longest
from typing import NamedTuple

from bot.understanding.punching.asides import Clauses


class Stretch(NamedTuple):
    """Where in the text words stand that follow each other in one clause.

    `at_sign`: an @ stands in front of them, or they can only name a place.
    """

    start: int
    end: int
    at_sign: bool


def strange_words(clauses: Clauses) -> Stretch | None:
    """Return the words that nobody knows if they stand together; None without any, or where they are apart."""
    found: Stretch | None = None
    for clause in clauses:
        unknown = [index for index, token in enumerate(clause) if not token.kinds]
        if not unknown:
            continue
        if found is not None or any(other - one > 1 for one, other in pairwise(unknown)):
            return None
        first, last = unknown[0], unknown[-1]
        behind = (first > 0 and clause[first - 1].has("at_sign")) or "as_place" in clause[first].values
        found = Stretch(clause[first].start, clause[last].end, behind)
    return found


def without(stretch: Stretch, clauses: Clauses) -> Clauses:
    """Return the clauses without the words of `stretch` and what announces them: @, at, 在."""
    rest = [
        [
            token
            for token, after in zip_longest(clause, clause[1:])
            if not stretch.start <= token.start < stretch.end
            and not (after and after.start == stretch.start and token.has("at_sign", "place_intro"))
        ]
        for clause in clauses
    ]
    return [clause for clause in rest if clause]
