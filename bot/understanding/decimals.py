"""Whether two numbers side by side are degrees, or hours, days, amounts: in doubt they are no place.

Numbers to three decimals or more are degrees; fewer are believed where they are announced, or can be nothing else.
"""

import math
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

Reading = Literal["position", "doubtful", "none"]

_NEAR = 40  # characters before two numbers in which a word may tell what they are
_FEW = 3  # decimals from which on a number is as exact as a place
_HOUR = r"(?:[01]?\d|2[0-4])(?:\.(?:\d|[0-5]\d))?"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_BOTH = [re.compile(sort) for sort in (_HOUR, rf"{_MONTH}\.{_DAY}", rf"{_DAY}\.{_MONTH}")]
_UNIT = re.compile(
    r"""\s{0,3}(?:
    (?:元|块钱|万元|吨|公斤|千克|毫克|毫升|版|小时|分钟|公里|千米|千瓦|美元|℃|%)
    |[块斤克个件箱台份折次天米升万](?![\u3400-\u9fff])
    |(?:tons?|tonnes?|kgs?|km|kilomet(?:er|re)s?|miles?|hours?|hrs?|h|minutes?|mins?|days?|yuan|rmb|cny|usd|dollars?
    |euros?|pounds?|lbs?|lit(?:er|re)s?|percent|versions?|releases?|items?|pieces|boxes)(?![a-z])
    )""",
    re.VERBOSE,
)
_COUNTED = re.compile(
    r"(?:[$¥€£]|报销|发票|票据|采购|金额|费用|单价|价格|合计|工时|加班|体温|气温|温度|版本?|升级|送货|会议|开会"
    r"|(?<![a-z])(?:invoices?|amounts?|totals?|prices?|bills?|receipts?|hours|overtime|temperatures?|sprints?"
    r"|releases?|versions?|meetings?|orders?|tickets?))[\s:,=是为]{0,3}$"
)
_REASON = re.compile(r"(?<![a-z])(?:reasons?|because|cause|due to|owing to)(?![a-z])|原因|因为|由于|理由|事由")
_IS = r"(?:[\s:,=\"'是为(]|(?<![a-z])(?:is|are|at)(?![a-z])){0,6}$"
_ANNOUNCED = re.compile(
    rf"(?:坐标|位置|定位|经纬度|(?<![a-z])(?:location|position|coordinates?|coords?|gps|lat|latitude|ll)){_IS}"
)
_INTRODUCED = re.compile(r"(?:[@(\[{【]|(?<![a-z])(?:at|near|around)(?![a-z])|我[人现]?在|位于)\s{0,3}$")
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
    if _ANNOUNCED.search(before):
        return "position"
    if are_counted(folded, pair.start, pair.end, pair.written):
        return "none"
    if all(_decimals(number) >= _FEW for number in pair.written):
        return "position"
    exists = abs(pair.latitude) <= 90 and abs(pair.longitude) <= 180
    believed = (pair.latitude, pair.longitude) == (0, 0) or not exists or _is_on_land(pair)
    beyond_doubt = believed and (not exists or any(_is_long(number) for number in pair.written))
    introduced = _INTRODUCED.search(before) is not None
    if is_in_reason(pair.start, reason_at):
        doubted: Reading = "doubtful" if beyond_doubt else "none"
        return "position" if beyond_doubt and introduced else doubted
    plausible = introduced or (believed and not _are_fever(pair))
    return "position" if beyond_doubt or (plausible and is_alone()) else "none"


def are_counted(folded: str, start: int, end: int, written: tuple[str, str]) -> bool:
    """Tell whether two numbers are times of day, dates, or amounts by what stands before or behind them."""
    if _UNIT.match(folded, end) or _COUNTED.search(folded, max(0, start - _NEAR), start):
        return True
    one, other = (number.lstrip("+-") for number in written)
    if math.isclose(_value(one), 0) and math.isclose(_value(other), 0):
        return False
    return any(sort.fullmatch(one) and sort.fullmatch(other) for sort in _BOTH)


def reason_begins(folded: str) -> int | None:
    """Return where a reason is announced in a folded text: where the first word that does so ends."""
    found = _REASON.search(folded)
    return None if found is None else found.end()


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
