"""Places written as a code: plus codes (8FVC9G8F+6X), squares of a military grid (18TWL8395984628), geohashes."""

import re
from itertools import pairwise

_PLUS = "[23456789cfghjmpqrvwx]"
_GRID = r"\d{1,2}[c-hj-np-x]\s?[a-hj-np-z]{2}"
_HASH = "[0-9b-hjkmnp-z]"
_CODE = re.compile(
    rf"""(?<![a-z\d])(?:
     (?P<plus>{_PLUS}{{4,8}}\+{_PLUS}{{2,3}})
    |{_GRID}\s?(?:\d{{10}}|\d{{8}}|\d{{6}}|\d{{5}}\s\d{{5}}|\d{{4}}\s\d{{4}}|\d{{3}}\s\d{{3}})
    |geo-?hash\W{{0,3}}(?:is\s|是)?\s?{_HASH}{{5,12}}
    |(?P<hash>{_HASH}{{7,12}})
    )(?![a-z\d])""",
    re.VERBOSE,
)
_MAY_BE = re.compile(r"\d[a-z+]|[a-z+]\d|geo-?hash")
_TURNS = 3  # between letters and figures, which a geohash has and the number of an order has not


def place_code_spans(folded: str) -> list[tuple[int, int]]:
    """Return where a folded text holds a code that is as exact as coordinates, in order.

    What has no sign of one must look like nothing else: a number of an order (W1234567) is none, nor is a sum.
    """
    if not _MAY_BE.search(folded):
        return []
    return [found.span() for found in _CODE.finditer(folded) if _is_one(found)]


def _is_one(found: re.Match[str]) -> bool:
    plus: str | None = found["plus"]
    figures: str | None = found["hash"]
    if plus is not None:
        return any(character.isalpha() for character in plus)
    if figures is None:
        return True
    return sum(one.isdigit() != other.isdigit() for one, other in pairwise(figures)) >= _TURNS
