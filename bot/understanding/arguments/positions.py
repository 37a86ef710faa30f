"""Coordinates written in a message, in degrees: decimal, labelled, or degrees, minutes and seconds."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bot.understanding.arguments.decimals import (
    Pair,
    Reading,
    are_counted,
    is_in_reason,
    reading_of,
    reason_begins,
)
from bot.understanding.arguments.exact import degree_like_spans, exact_spans
from bot.understanding.arguments.place_codes import place_code_spans
from bot.understanding.intents import TypedPosition

Span = tuple[int, int]

_NUMBER = r"[-+]?(?:\d{1,3}(?:\.\d{1,20})?|nan|inf)"
_DECIMAL = r"[-+]?\d{1,3}\.\d{1,20}"
_DECIMAL_OF = r"\d{1,3}\.\d{1,20}"  # of half a globe, which a letter names: N39.9, 39.9N
_PLAIN = r"-?\d{1,3}(?:\.\d{1,20})?(?:e[-+]?\d{1,4})?"
_LATITUDE = r"(?:纬度|北纬|南纬|latitude|lat)"
_LONGITUDE = r"(?:经度|东经|西经|longitude|long|lon|lng)"
_LINK = r"\s{0,3}[:=是为]?\s{0,3}"
_GAP = r"[\s,;、/和]{0,4}"
_DEGREES = (
    r"\d{1,3}(?:\.\d{1,20})?\s?[°度]\s?(?:\d{1,2}(?:\.\d{1,20})?\s?['′分]\s?)?"
    r"(?:\d{1,2}(?:\.\d{1,20})?\s?(?:[\"″”秒]|''|′′)\s?)?"
)
_POSITION = re.compile(
    rf"""(?<![\d.])(?:
     {_LATITUDE}{_LINK}(?P<lat>{_NUMBER})[°度]?{_GAP}{_LONGITUDE}{_LINK}(?P<lon>{_NUMBER})[°度]?
    |{_LONGITUDE}{_LINK}(?P<lon2>{_NUMBER})[°度]?{_GAP}{_LATITUDE}{_LINK}(?P<lat2>{_NUMBER})[°度]?
    |(?P<first_n>(?<![a-z])[ns北南]纬?\s?)?(?P<d1>{_DEGREES})(?P<h1>[nsew北南东西]?)纬?{_GAP}
        (?P<first_e>(?<![a-z])[ew东西]经?\s?)?(?P<d2>{_DEGREES})(?P<h2>[nsew北南东西]?)
    |(?<![a-z])(?:(?P<ns1>[ns])\s?(?P<y1>{_DECIMAL_OF}){_GAP}(?P<ew1>[ew])\s?(?P<x1>{_DECIMAL_OF})
        |(?P<ew2>[ew])\s?(?P<x2>{_DECIMAL_OF}){_GAP}(?P<ns2>[ns])\s?(?P<y2>{_DECIMAL_OF}))
    |(?P<y3>{_DECIMAL_OF})\s?(?P<ns3>[ns])(?![a-z]){_GAP}(?P<x3>{_DECIMAL_OF})\s?(?P<ew3>[ew])(?![a-z])
    |(?P<x4>{_DECIMAL_OF})\s?(?P<ew4>[ew])(?![a-z]){_GAP}(?P<y4>{_DECIMAL_OF})\s?(?P<ns4>[ns])(?![a-z])
    |(?:(?<![a-z])|(?<=\b(?:at|in|on))|(?<=\bout))(?P<one>{_DECIMAL}|nan)\s{{0,2}}(?:[,;/、]\s{{0,2}}|\s)(?P<two>{_DECIMAL}|nan)
    |(?:^|(?<=\s)|(?<=[^\d\s,.a-z]))(?P<bare_one>{_PLAIN})\s?,\s?(?P<bare_two>{_PLAIN})
        (?=\s*(?:$|±|\+-|\+/-))
    |(?:[@(]|坐标|位置|定位|coordinates|coords|\bat\b)[:\s]{{0,3}}(?P<whole_one>-?\d{{1,3}})\s?,\s?(?P<whole_two>-?\d{{1,3}})(?![\d:,年月日号点.])
    )(?![\d]|\.\d)""",
    re.VERBOSE,
)
_ACCURACY = re.compile(
    r"(?:±|\+/-|\+-|精度|误差|accuracy|accurate to|within)\s{0,3}(?:[:=是为约]|about|of|to)?\s{0,3}"
    r"±?(\d{1,6}(?:\.\d{1,3})?)\s{0,2}(米|m\b|meters?\b|metres?\b|公尺|千米|公里|km\b)?"
    r"(miles?\b|mi\b|feet\b|foot\b|ft\b|yards?\b|yd\b|英里|英尺|海里|里)?"
)
_UNREADABLE_ACCURACY = re.compile(r"\s{0,3}(?:±|\+/-|\+-)\s{0,3}[^\s,;。]{0,12}")
_PART = re.compile(r"\d+(?:\.\d+)?")
_PAIRS = (("one", "two"), ("bare_one", "bare_two"), ("whole_one", "whole_two"))  # by groups, that nothing labels
_TO_TWO = re.compile(r"\d{1,3}\.\d\d\D{1,20}\d{1,3}\.\d\d")
_ODD = re.compile(  # what is left over behind coordinates: half of further ones
    r"(?:[\s,;、/]{1,4}[-+]?\d{1,3}(?:\.\d{3,12}|\.\d{1,2}(?=\s*(?:$|[,;:、。.)])))(?!\d))+"
)
_BETWEEN = re.compile(r"[\s,;、/]+")
_FIGURE, _MORE_FIGURES = re.compile(r"[\d.]"), re.compile(r"\.?\d")
_COMMAS = re.compile(r"\s*[,;、/]\s*")  # 39.9 088, 116.3 975
_MARKS = re.compile(r"[\d°′″±]|nan")
_MAY_HOLD = re.compile(r"[\d°′″±点经纬]|nan")  # what all that is looked for here has one of


class Found(NamedTuple):
    """Where coordinates stand in the text, and what became of them."""

    start: int
    end: int
    position: TypedPosition | None
    error: str | None


class Coordinates(NamedTuple):
    """All in a text that is coordinates or looks like some; each with where it begins and ends.

    `unread` is what looks like coordinates and is no part of those that were `found`; without those `amounts` are
    two numbers side by side that are no position, as they may be hours, days or amounts, and `in_reason` those of
    them that stand in a reason.
    """

    found: Found | None = None
    unread: Sequence[Span] = ()
    amounts: Sequence[Span] = ()
    in_reason: Sequence[Span] = ()
    accuracy: Span | None = None


def read_coordinates(folded: str, is_command: Callable[[str], bool] = lambda _: False) -> Coordinates:
    """Return the coordinates in a folded text: of those that can be read the first.

    Numbers of few decimals may be none (see `decimals`); `is_command` tells of the text without them whether it is
    a command and nothing else.
    """
    if not _MAY_HOLD.search(folded):
        return Coordinates()
    every = list(_POSITION.finditer(folded)) if _MARKS.search(folded) else []
    exact = exact_spans(folded)
    accuracy = _ACCURACY.search(folded)
    if not every and not exact:
        return Coordinates(accuracy=accuracy.span() if accuracy else None)
    reason_at = reason_begins(folded)
    if len(every) > 1:
        is_command = _never  # the others stand beside each of them
    readings = [(_reading(folded, found, reason_at, is_command), found) for found in every]
    whole = [found for reading, found in readings if reading == "position"]
    found = _found(folded, whole or _repeated(readings), accuracy)
    known = [accuracy.span()] if accuracy else []
    if found is not None:
        known += [(found.start, found.end), *_said_again(whole)]
    looks_like = [span for span in exact if not _is_given_as_reason(folded, span, reason_at)]
    looks_like += [one.span() for one in whole]
    amounts = [] if found else [one.span() for reading, one in readings if reading != "position"]
    return Coordinates(
        found,
        _outside(sorted(looks_like), known),
        amounts,
        [span for span in amounts if is_in_reason(span[0], reason_at)],
        accuracy.span() if accuracy else None,
    )


def _never(_: str) -> bool:
    return False


def _repeated(readings: Sequence[tuple[Reading, re.Match[str]]]) -> list[re.Match[str]]:
    """Return what is only doubtful where it is several: one alone in a reason is none, two are no amounts."""
    doubtful = [found for reading, found in readings if reading == "doubtful"]
    return doubtful if len({_degrees(found) for found in doubtful}) > 1 else []


def _found(folded: str, read: Sequence[re.Match[str]], accuracy: re.Match[str] | None) -> Found | None:
    """Return the first of the coordinates that were `read`.

    `error` is `range`, `zero`, `swapped`, `unreadable` or, where others follow, `several` if they cannot be used;
    then `position` is None.
    """
    if not read:
        return None
    found = read[0]
    latitude, longitude = _degrees(found)
    end = found.end()
    accuracy_m = None
    if accuracy:
        accuracy_m = float(accuracy[1]) * (1000.0 if accuracy[2] in {"km", "千米", "公里"} else 1.0)
        if 0 <= accuracy.start() - end <= 3:
            end = accuracy.end()
    error = _error(latitude, longitude) or ("unreadable" if accuracy and accuracy[3] else None)
    if error is None and any(_degrees(other) != (latitude, longitude) for other in read[1:]):
        error = "several"
    unreadable = None if accuracy else _UNREADABLE_ACCURACY.match(folded, end)  # ±NaNm
    if unreadable:
        error, end = error or "unreadable", unreadable.end()
    position = None if error else TypedPosition(latitude, longitude, accuracy_m)
    return Found(found.start(), end, position, error)


def _said_again(whole: Sequence[re.Match[str]]) -> list[Span]:
    """Return where the first of the coordinates stand, and where they stand once more."""
    first = _degrees(whole[0]) if whole else None
    return [found.span() for found in whole if _degrees(found) == first]


def _outside(spans: Sequence[Span], known: Sequence[Span]) -> list[Span]:
    """Return those of `spans` that share nothing with any of the `known` ones."""
    taken = {at for start, end in known for at in range(start, end)}
    return [(start, end) for start, end in spans if taken.isdisjoint(range(start, end))]


def _is_given_as_reason(folded: str, span: Span, reason_at: int | None) -> bool:
    """Tell whether two numbers to two decimals stand in a reason: they may be amounts, and nobody's place."""
    return is_in_reason(span[0], reason_at) and _TO_TWO.fullmatch(folded, *span) is not None


def position_spans(folded: str) -> list[tuple[int, int]]:
    """Return where all that looks like coordinates, and accuracies in a unit or beside it, stand, in order."""
    every = _POSITION.finditer(folded) if _MARKS.search(folded) else iter(())
    spans = [_with_odd(folded, found) for found in every if not _is_counted(folded, found)]
    spans += [*exact_spans(folded), *degree_like_spans(folded), *place_code_spans(folded)]
    spans += [found.span() for found in _ACCURACY.finditer(folded) if spans or found[2]]
    return sorted(spans)


def _reading(
    folded: str, found: re.Match[str], reason_at: int | None, is_command: Callable[[str], bool]
) -> Reading:
    """Return what `decimals` says of two numbers that nothing labels; whatever is labelled is a position."""
    written = _unlabelled(found)
    if written is None:
        return "position"
    if any(not re.fullmatch(r"[-+]?[\d.]+", number) for number in written):
        return "position"  # nan, 1e400: refused

    def is_alone() -> bool:
        rest = _ACCURACY.sub(" ", f"{folded[: found.start()]} {folded[found.end() :]}")
        return not _MARKS.search(rest) and is_command(rest)

    return reading_of(folded, Pair(*found.span(), written, *_degrees(found)), reason_at, is_alone)


def _is_counted(folded: str, found: re.Match[str]) -> bool:
    written = _unlabelled(found)
    return written is not None and are_counted(folded, *found.span(), written)


def _unlabelled(found: re.Match[str]) -> tuple[str, str] | None:
    """Return two numbers as written where nothing says which is which, else None: 39.9 116.4, 39° 116°."""
    for one, two in _PAIRS:
        if found[one] is not None:
            return found[one], found[two]
    if found["d1"] is None or any(found[name] for name in ("first_n", "h1", "first_e", "h2")):
        return None
    parts = [_PART.findall(found[name]) for name in ("d1", "d2")]
    return (parts[0][0], parts[1][0]) if len(parts[0]) == len(parts[1]) == 1 else None


def halves_in(folded: str, said: str) -> list[tuple[int, int]]:
    """Return where a text that was cut out of the folded `said` has halves of the coordinates in there."""
    spans = [said[start:end] for start, end in position_spans(said)]
    pieces = {piece for span in spans for parts in (_BETWEEN, _COMMAS) for piece in parts.split(span)}
    halves = [piece for piece in pieces if "." in piece or "°" in piece]
    return sorted(span for half in halves for span in _alone(half, folded))


def _alone(number: str, folded: str) -> Iterator[Span]:
    """Return where a number stands in a folded text, and is no part of a longer one."""
    at = folded.find(number)
    while at >= 0:
        end = at + len(number)
        part = (at and _FIGURE.match(folded, at - 1)) or _MORE_FIGURES.match(folded, end)
        if not part:
            yield at, end
        at = folded.find(number, at + 1 if part else end)


def _with_odd(folded: str, found: re.Match[str]) -> tuple[int, int]:
    odd = _ODD.match(folded, found.end())
    return found.start(), odd.end() if odd else found.end()


def _degrees(found: re.Match[str]) -> tuple[float, float]:
    """Return latitude and longitude as written; letters of the compass decide which is which."""
    for one, two in (("lat", "lon"), ("lat2", "lon2"), *_PAIRS):
        if found[one] is not None:
            south, west = ("南纬" in found.group(), "西经" in found.group())
            return _signed(found[one], south), _signed(found[two], west)
    for number in "1234":
        if found[f"y{number}"] is not None:
            south, west = found[f"ns{number}"] == "s", found[f"ew{number}"] == "w"
            return _signed(found[f"y{number}"], south), _signed(found[f"x{number}"], west)
    first = (found["first_n"] or "").strip() + found["h1"]
    second = (found["first_e"] or "").strip() + found["h2"]
    north, east = _sexagesimal(found["d1"], first), _sexagesimal(found["d2"], second)
    return (east, north) if first[:1] in tuple("ew东西") else (north, east)


def _signed(written: str, negative: bool) -> float:
    return -float(written) if negative else float(written)


def _sexagesimal(written: str, half: str) -> float:
    """Return degrees, minutes and seconds as degrees; NaN where there are more than 59 of the latter."""
    parts = [float(part) for part in _PART.findall(written)]
    if any(part >= 60 for part in parts[1:]):
        return math.nan
    degrees = sum(part / 60.0**power for power, part in enumerate(parts))
    return -degrees if half[:1] in tuple("sw南西") else degrees


def _error(latitude: float, longitude: float) -> str | None:
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return "unreadable"
    if latitude == 0 and longitude == 0:
        return "zero"
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        return None
    if abs(latitude) <= 180 and abs(longitude) <= 90:
        return "swapped"
    return "range"
