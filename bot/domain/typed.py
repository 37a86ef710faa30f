"""Positions in the words that people type."""

import re
from typing import Annotated

from pydantic import AfterValidator

# Latitude and longitude, apart by a comma or a space: a punch takes it as its position.
POSITION = re.compile(r"(?<![\d.])(-?\d{1,2}\.\d{1,8}) ?[, ] ?(-?\d{1,3}\.\d{1,8})(?![\d.])")
# Two exact numbers of degrees in any order, such as 116.397470，39.908823 or 39.9088°N 116.3975°E.
_EXACT = r"(?<![\d.．])-?\d{1,3}[.．]\d{3,}"
_PAIR = re.compile(rf"{_EXACT}[^\d.．]{{1,12}}?{_EXACT}")


def without_positions(text: str) -> str:
    """Return a text without its positions: the bot stores positions apart, for a shorter time."""
    return " ".join(_PAIR.sub(" ", POSITION.sub(" ", text)).split())


# A person's own words, which are stored for long: without coordinates, None if nothing is left.
Words = Annotated[str | None, AfterValidator(lambda words: without_positions(words or "") or None)]
