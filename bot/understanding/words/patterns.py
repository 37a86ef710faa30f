"""Patterns made of many words."""

import re
from collections.abc import Iterable


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern that finds any of `words`, of those that begin alike the longest.

    Words are told apart by their first sign, so that each place of a text is held against few of them.
    Of no words it finds nothing.
    """
    ends: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        ends.setdefault(word[0], []).append(re.escape(word[1:]))
    by_first = (f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in ends.items())
    return re.compile("|".join(by_first) or "(?!)")
