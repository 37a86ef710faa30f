"""Whether two numbers side by side are degrees, or hours, days, amounts: in doubt they are no place.

Numbers to three decimals or more are degrees; fewer are believed where they are announced, or can be nothing else.
"""

import math
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from bot.understanding.words.cues import Cue, cue
from bot.understanding.words.normalise import has_han

Reading = Literal["position", "doubtful", "none"]

_NEAR = 40  # characters before two numbers in which a word may tell what they are
_GAP = 3  # spaces at most between a number and its unit
_FEW = 3  # decimals from which on a number is as exact as a place
_HOUR = r"(?:[01]?\d|2[0-4])(?:\.(?:\d|[0-5]\d))?"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_BOTH = [re.compile(sort) for sort in (_HOUR, rf"{_MONTH}\.{_DAY}", rf"{_DAY}\.{_MONTH}")]
_UNIT = cue("unit")
_UNIT_ALONE = cue("unit_alone")
_COUNTED = cue("counted")
_AMOUNTS_TO = cue("amounts_to")
_REASON = cue("gives_reason")
_NAMED = cue("position_named")
_STANDS_AT = cue("stands_at")
_BEGINS = cue("position_begins")
_SIGNS = " \n:,="  # between a word and the numbers that it is about
_BRACKETS = "\"'("
_LANDS = (  # south, north, west, east; coarse, and without what is mostly sea
    (36, 70, 26, 68),
    (22, 70, 68, 123),
    (8, 22, 73, 80),
    (-9, 24, 95, 115),
    (7, 19, 117, 127),
    (38, 70, 123, 140),
    (33, 46, 126, 146),
    (-44, -11, 113, 154),
    (24, 70, -125, -67),
    (-40, 12, -80, -34),
)


class Pair(NamedTuple):
    """Two numbers as they are written in a text from `start` to `end`, and the degrees that they would be."""

    start: int
    end: int
    written: tuple[str, str]
    latitude: float
    longitude: float


def reading_of(folded: str, pair: Pair, reason_at: int | None, is_alone: Callable[[], bool]) -> Reading:
    """Return what two numbers in a folded text are; `is_alone` tells whether only a command is said beside them.

    Numbers that are no degrees of this Earth are a position too, one that is refused. `doubtful` is what looks
    like some in a reason.
    """
    before = folded[max(0, pair.start - _NEAR) : pair.start]
    if _NAMED.ends(_without(_STANDS_AT, before, _SIGNS + _BRACKETS)):
        return "position"
    if are_counted(folded, pair.start, pair.end, pair.written):
        return "none"
    if all(_decimals(number) >= _FEW for number in pair.written):
        return "position"
    exists = abs(pair.latitude) <= 90 and abs(pair.longitude) <= 180
    believed = (pair.latitude, pair.longitude) == (0, 0) or not exists or _is_on_land(pair)
    beyond_doubt = believed and (not exists or any(_is_long(number) for number in pair.written))
    introduced = before.rstrip().endswith("(") or _BEGINS.ends(before.rstrip())
    if is_in_reason(pair.start, reason_at):
        doubted: Reading = "doubtful" if beyond_doubt else "none"
        return "position" if beyond_doubt and introduced else doubted
    plausible = introduced or (believed and not _are_fever(pair))
    return "position" if beyond_doubt or (plausible and is_alone()) else "none"


def are_counted(folded: str, start: int, end: int, written: tuple[str, str]) -> bool:
    """Tell whether two numbers are times of day, dates, or amounts by what stands before or behind them."""
    before = folded[max(0, start - _NEAR) : start]
    if _has_unit(folded, end) or _COUNTED.ends(_without(_AMOUNTS_TO, before, _SIGNS)):
        return True
    one, other = (number.lstrip("+-") for number in written)
    if math.isclose(_value(one), 0) and math.isclose(_value(other), 0):
        return False
    return any(sort.fullmatch(one) and sort.fullmatch(other) for sort in _BOTH)


def reason_begins(folded: str) -> int | None:
    """Return where a reason is announced in a folded text: where the first word that does so ends."""
    found = _REASON.search(folded)
    return None if found is None else found[1]


def _has_unit(folded: str, end: int) -> bool:
    """Tell whether a unit stands behind what ends at `end`."""
    gap = folded[end : end + _GAP]
    at = end + len(gap) - len(gap.lstrip())
    if _UNIT.opens(folded, at):
        return True
    after = _UNIT_ALONE.opening(folded, at)
    return after is not None and not has_han(folded[after : after + 1])


def _without(words: Cue, before: str, signs: str) -> str:
    """Return a text without the words and signs that end it."""
    before = before.rstrip(signs)
    while (start := words.ending(before)) is not None:
        before = before[:start].rstrip(signs)
    return before


def is_in_reason(start: int, reason_at: int | None) -> bool:
    """Tell whether what begins at `start` belongs to the reason of a text (see `reason_begins`)."""
    return reason_at is not None and reason_at <= start


def _value(written: str) -> float:
    return float(written) if written else math.nan


def _decimals(written: str) -> int:
    return len(written.partition(".")[2])


def _is_long(written: str) -> bool:
    """Tell whether a number has three digits before its point, as no hour and no day has."""
    return len(written.lstrip("+-").partition(".")[0]) >= 3


def _is_on_land(pair: Pair) -> bool:
    return any(
        south <= pair.latitude <= north and west <= pair.longitude <= east for south, north, west, east in _LANDS
    )


def _are_fever(pair: Pair) -> bool:
    """Tell whether both numbers are temperatures of a body, as people report them: 36.5 36.7."""
    return all(34 <= value <= 43 for value in (pair.latitude, pair.longitude))
