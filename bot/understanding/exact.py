"""What looks like coordinates, whether or not it can be read as some: as exact as a place, or called a latitude.

One rule for two uses: in a punch such a thing is read or refused, and it is cut out of every reason.
"""

import re

from bot.understanding.decimals import are_counted

_LAT_LON = r"(?:(?<![a-z])(?:latitude|lat|longitude|lon|lng)(?![a-z])|纬度|经度|[南北]纬|[东西]经)"
_LONG = r"(?<![a-z])long(?=\W{1,3}\d{1,3}\.\d\d)"  # "a long 2 hours" is none
_IS = r"\W{0,4}(?:is|是|为)?\W{0,4}"
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
    |(?P<one>{_DIGITS}\.\d{{2,}})(?:\s{{1,9}}|\s{{0,9}}(?:[|_&x和]|and)\s{{0,9}})(?P<two>{_TO_TWO})
    """,
    re.VERBOSE,
)
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


def _is_counted(folded: str, found: re.Match[str]) -> bool:
    return found["one"] is not None and are_counted(folded, *found.span(), (found["one"], found["two"]))
