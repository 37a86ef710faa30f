"""Who is named at the end of a request only because they saw it: 王小明可以作证, "my boss can confirm". Pure."""

import re
from typing import NamedTuple

from bot.understanding.wishing.bare_times import tells_of_a_time
from bot.understanding.words.cues import cue, phrases_of
from bot.understanding.words.normalise import has_han, normalise
from bot.understanding.words.shapes import has_shape
from bot.understanding.words.tokens import tokenise_as

_VOUCHES, _TOGETHER = cue("vouches"), cue("together")
_CUES = ("vouches", "with_whom", "together", "ones_own_people", "no_name", "closing")
_LONGEST = 300  # characters of a request
_ENDS = " \n。.!！~"
# a comma, the end of a sentence, or a space between Chinese words
_PARTS = re.compile(r"[,，;；。\n]|\.(?=\s)|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")


class Witnessed(NamedTuple):
    """What a message says but for its last clause, and that clause, who can tell that it is so; as written."""

    rest: str
    told: str


def witnessed(text: str) -> Witnessed | None:
    """Return a message without the witness whom its last clause names, None where it names none."""
    lowered = text.lower() if len(text) <= _LONGEST else ""
    if not (_VOUCHES.may_stand_in(lowered) or _TOGETHER.may_stand_in(lowered)):
        return None
    said = text.rstrip(_ENDS)
    parted = next(reversed(list(_PARTS.finditer(said))), None)
    if parted is None:
        return None
    told = said[parted.end() :].strip()
    folded = normalise(told).folded
    is_one = has_shape(tokenise_as(folded, phrases_of(*_CUES)), "witness") and not tells_of_a_time(folded)
    return Witnessed(said[: parted.start()].strip(), told) if is_one else None


def with_witness(reason: str | None, said: Witnessed) -> str:
    """Return the reason of a request, if it has one, with who can tell that it is so."""
    if not reason:
        return said.told
    return f"{reason}{'，' if has_han(reason) else ', '}{said.told}"
