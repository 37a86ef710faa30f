"""What looks like coordinates, whether or not it can be read as some: as exact as a place, or called a latitude.

In a punch such a thing is read or refused, and it is cut out of every reason.
"""

import re

from bot.understanding.arguments.decimals import are_counted

_LAT_LON = r"(?:(?<![a-z])(?:latitude|lat|longitude|lon|lng)(?![a-z])|经?纬度|经度|[南北]纬度?|[东西]经度?)"
_LONG = r"(?<![a-z])long(?=\W{1,3}\d{1,3}\.\d\d)"  # "a long 2 hours" is none
_IS = r"\W{0,4}(?:is|of|at|about|around|是|为|约)?\W{0,4}"
_DIGITS = r"(?<!\d)(?<!\d\.)\d{1,3}"
_MEASURE = r"\d{1,3}(?:\.\d+)?"
_TO_TWO = r"\d{1,3}\.\d{2,}"
_YEAR = r"(?:19|20)\d\d(?!\d)"
_ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"  # of a computer: 192.168.1.10
_NUMERALS = "零〇一二三四五六七八九"
_POINT = r"(?:(?<![a-z'])[nsew]|[北南东西])"  # of the compass, in front of a number
_BEHIND = r"\s?(?:[nsew](?![a-z])|[北南东西])"
_EXACT = re.compile(
    rf"""[\"'{{\[(]{{0,3}}(?:{_LAT_LON}|{_LONG}){_IS}(?:[nsew]\s?)?
        (?:{_MEASURE}|[{_NUMERALS}十百]{{1,9}}(?:点[{_NUMERALS}]*)?)[\"'}}\])]{{0,3}}
    |{_DIGITS}(?:\.\d+)?\s?°?\s?\(?{_LAT_LON}\)?
    |(?:{_POINT}\s?)?{_DIGITS}(?:\.\d+)?\s?[°度d]\s?{_MEASURE}\s?(?:['′m]|分(?!钟))(?:\s?{_MEASURE}\s?(?:[\"″”秒s]|''|′′))?
        (?:{_BEHIND})?
    |(?:{_POINT}\s?)?(?!{_ADDRESS}){_DIGITS}
        (?:\.\d{{3}}(?!\d)|(?:\s?[.·]\s?|,)(?!{_YEAR})\d{{4,}})(?:\s?°?{_BEHIND})?
    |(?<![{_NUMERALS}十百])[{_NUMERALS}十百]{{1,9}}点[{_NUMERALS}]{{3,}}
    |{_DIGITS}(?:\.\d+)?\s?°{_BEHIND}
    |{_POINT}\s?{_MEASURE}\s?°
    |{_DIGITS}\s\d{{1,2}}\s\d{{1,2}}(?:\.\d+)?\s?[nsew](?![a-z])
    |(?<![a-z'])[nsew]\s?{_TO_TWO}
    |{_DIGITS}\.\d{{2,}}\s?[nsew](?![a-z])
    |(?:(?<![已曾历])经|纬)[:\s]{{0,2}}{_TO_TWO}
    |(?P<one>{_DIGITS}\.\d{{2,}})(?:\s{{1,9}}|\s{{0,9}}(?:[|_&x和]|and)\s{{0,9}})(?P<two>{_TO_TWO})
    """,
    re.VERBOSE,
)
_GAP = r"[\s,;、/|&和]{0,4}"
_POINTED = r"\d{1,3}\s?点\s?\d{1,12}"
_NO_HOUR = r"(?:\d{1,3}\s?点\s?\d{3,12}|(?:2[5-9]|[3-9]\d|1\d\d)\s?点\s?\d{1,12})"
_BESIDE = r"(?:\s{0,3}(?:[-,;:、/|&*x和nsew°北南东西经纬]|and)\s{0,3}){1,3}|\s{1,9}"
_SIX = r"\d{1,3}\s{1,3}[0-5]?\d\s{1,3}[0-5]?\d(?:\.\d+)?"
_SPLIT = r"\d{1,3}\.\d{1,3}\s\d{2,4}"  # 39.9 088
_DEGREE_LIKE = re.compile(
    rf"""(?<![a-z\d_.])\d{{1,3}}(?:\.\d+)?(?:\s?[°'′]\s?|[o_])\d+(?:\.\d+)?(?:\s?[°'′\"″”o_]{{1,2}}\s?(?:\d+(?:\.\d+)?)?)*
        (?:\s?(?:[nsew](?![a-z])|[北南东西]))?
    |(?<![a-z\d.])\d{{1,3}}(?:\.\d+)?o{_GAP}\d{{1,3}}(?:\.\d+)?o(?![a-z])
    |(?<![\d.])(?:{_POINTED}{_GAP})?{_NO_HOUR}(?:{_GAP}{_POINTED})?
    |(?<![\d.]){_SIX}(?:{_BEHIND})?(?:[\s,;、/]{{1,4}}){_SIX}(?:{_BEHIND})?(?![\d.])
    |(?<![\d.]){_SPLIT}{_GAP}{_SPLIT}(?!\d)
    |(?<![\d.])(?P<minutes>\d{{3,4}}\.\d{{2,}})(?:{_BESIDE})(?P<others>\d{{4,5}}\.\d{{2,}})(?!\d)
    |(?<![\d.])(?P<run>\d{{6,20}})(?:{_BESIDE})(?P<other>\d{{6,20}})(?!\d)
    """,
    re.VERBOSE,
)
_PHONE = re.compile(r"1[3-9]\d{9}")
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_MAY_BE = re.compile(r"[\d点经纬]")


def exact_spans(folded: str) -> list[tuple[int, int]]:
    """Return where a folded text holds what looks like coordinates or one of two, in order.

    That is a number to three or more decimals, one beside a word for latitude or longitude, degrees with their
    minutes or a point of the compass, and two numbers to two decimals side by side; no year, no address of a
    computer, and no two amounts, times or dates.
    """
    if not _MAY_BE.search(folded):
        return []
    return [found.span() for found in _EXACT.finditer(folded) if not _is_counted(folded, found)]


def degree_like_spans(folded: str) -> list[tuple[int, int]]:
    """Return where a folded text holds what may be coordinates in disguise, in order; only to be cut out.

    That is figures with a sign of degrees or minutes between them, six short numbers in a row, two that a space
    cuts (39.9 088), and two long ones side by side, also with a point (3990.88 11639.75); no times of day, no
    amounts, and neither two phone numbers nor two dates.
    """
    return [found.span() for found in _DEGREE_LIKE.finditer(folded) if not _is_known(folded, found)]


def _is_counted(folded: str, found: re.Match[str]) -> bool:
    return found["one"] is not None and are_counted(folded, *found.span(), (found["one"], found["two"]))


def _is_known(folded: str, found: re.Match[str]) -> bool:
    if found["minutes"] is not None:
        return are_counted(folded, *found.span(), (found["minutes"], found["others"]))
    run, other = found["run"], found["other"]
    return run is not None and any(sort.fullmatch(run) and sort.fullmatch(other) for sort in (_PHONE, _DATE))
