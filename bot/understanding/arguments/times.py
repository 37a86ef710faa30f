"""Times of day and lengths of time as people write them."""

from collections.abc import Sequence
from datetime import time
from typing import NamedTuple

from bot.understanding.arguments.dates import number
from bot.understanding.words.tokens import Token

HALVES = frozenset({"am", "pm", "a.m.", "p.m."})  # of the day, behind a number
_AFTER = HALVES | {"in the morning", "in the evening", "in the afternoon", "at night", "this evening", "tonight"}


class Moment(NamedTuple):
    """A time of day as written. `part` is 0 for morning, 12 for afternoon words, None where nobody said."""

    hour: int
    minute: int
    part: int | None
    taken: int


class Length(NamedTuple):
    """A length of time in minutes, and how many tokens it took: 10 min, 半小时, 10分钟后."""

    minutes: int
    taken: int


def read_moment(tokens: Sequence[Token], index: int) -> Moment | None:
    """Return the time of day written at `index`, with its part of the day on either side, or None."""
    start, part = index, None
    if "day_part" in tokens[index].values and tokens[index].words not in _AFTER:
        part = tokens[index].values["day_part"]
        index += 1
        while index < len(tokens) and tokens[index].words in {"的", "at", ","}:
            index += 1
    clock = _clock(tokens, index) or _hour(tokens, index)
    if clock is None:
        noon = tokens[start].values.get("noon")
        return Moment(noon, 0, noon, 1) if noon is not None else None
    hour, minute, end = clock
    if end < len(tokens) and tokens[end].words in _AFTER:
        part = tokens[end].values.get("day_part", part)
        end += 1
    if hour > 24 or minute > 59:
        return None
    if part is None and tokens[index].has("clock") and tokens[index].words.startswith("0"):
        part = 0  # 06:30 is of the 24-hour clock, as 6:30 need not be
    return Moment(hour, minute, part, end - start)


def _clock(tokens: Sequence[Token], index: int) -> tuple[int, int, int] | None:
    if index >= len(tokens) or not tokens[index].has("clock"):
        return None
    hour, minute, *_ = tokens[index].words.split(":")
    return int(hour), int(minute), index + 1


def _hour(tokens: Sequence[Token], index: int) -> tuple[int, int, int] | None:
    """Return hour, minute and end of `6点半`, `六点四十`, `6 pm`, or `6.30pm`."""
    if index >= len(tokens) or (hour := number(tokens[index])) is None or hour > 24:
        return None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if after is not None and after.has("hour_unit"):
        return int(hour), *_minute(tokens, index + 2)
    if after is not None and after.words in HALVES:
        return int(hour), round(hour % 1 * 100), index + 1
    return None


def _minute(tokens: Sequence[Token], index: int) -> tuple[int, int]:
    if index >= len(tokens):
        return 0, index
    token = tokens[index]
    for kind in ("half", "quarter_hour"):
        if kind in token.values:
            return token.values[kind], index + 1
    value = number(token)
    if value is None or value > 59:
        return 0, index
    end = index + 1
    if end < len(tokens) and tokens[end].words in {"分", "分钟"}:
        end += 1
    return int(value), end


def of_either_half(moment: Moment) -> bool:
    """Tell whether an hour is said as of both halves of the day: 9:59, not 21:59 nor 晚上9:59."""
    return moment.part is None and 1 <= moment.hour <= 12


def as_time(moment: Moment, *, late_hours: bool) -> time:
    """Return the time of day. An hour up to 12 that belongs to the afternoon is moved there.

    `late_hours`: nobody said which half of the day, and the sentence is about going home, so 6:30 is 18:30.
    """
    hour = moment.hour % 24
    afternoon = moment.part == 12 or (moment.part is None and late_hours and 1 <= hour <= 8)
    if afternoon and hour < 12:
        hour += 12
    if moment.part == 0 and hour == 12:
        hour = 0
    return time(hour, moment.minute)


def read_length(tokens: Sequence[Token], index: int) -> Length | None:
    """Return the length of time written at `index` in whole minutes, or None."""
    token = tokens[index]
    if "fixed_minutes" in token.values:
        return Length(token.values["fixed_minutes"], 1)
    value = number(token)
    if value is None or index + 1 >= len(tokens):
        return None
    half = tokens[index + 1].has("half")
    unit_at = index + 2 if half else index + 1
    if unit_at >= len(tokens) or "minute_unit" not in tokens[unit_at].values:
        return None
    unit = tokens[unit_at].values["minute_unit"]
    taken = unit_at + 1 - index
    if unit == 60 and unit_at + 1 < len(tokens) and tokens[unit_at + 1].has("half"):
        half, taken = True, taken + 1
    return Length(round((value + 0.5 * half) * unit), taken)
