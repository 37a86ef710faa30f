"""One spelling for what people write alike: width, case, spaces, apostrophes, traditional characters."""

import re
import unicodedata
from functools import cache

from opencc import OpenCC

LONGEST = 300  # characters that are read; more is no sentence to a bot
_SPACES = re.compile(r"\s+")
_APOSTROPHES = str.maketrans("’‘`´", "''''")


def fold(text: str) -> str:
    """Return the first characters of a text in one spelling. Line breaks count as commas."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST].strip().replace("\n", ","))[:LONGEST].casefold()
    if not plain.isascii():
        plain = _simplifier().convert(plain).translate(_APOSTROPHES)
    return _SPACES.sub(" ", plain).strip()


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")
