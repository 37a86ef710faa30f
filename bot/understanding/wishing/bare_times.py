"""A message that says a time of day, perhaps the day and a reason too, to answer "at what time was it?". Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import NamedTuple

from bot.domain.shifts import CheckType
from bot.understanding.arguments.dates import read_span
from bot.understanding.arguments.times import as_time, read_moment
from bot.understanding.words.normalise import has_han, normalise
from bot.understanding.words.tokens import COMMANDS, FIGURES, kinds_of, tokenise
from bot.understanding.words.vocabulary import table

_ON, _OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
_WAYS = ("left", "came")
_TABLE = table("bare_times")


def _either(words: Iterable[str], space: str = r"\s+") -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(space.join(map(re.escape, word.split())) for word in longest_first)


def _in_order(steps: Iterable[Mapping[str, Sequence[str]]], gap: str) -> str:
    """Return a pattern of steps, each of which may be left out, with `gap` behind each; a way is a group."""
    return "".join(f"(?:(?:{'|'.join(map(_choice, row.keys(), row.values()))}){gap})?" for row in steps)


def _choice(name: str, words: Sequence[str]) -> str:
    return f"(?P<{name}>{_either(words)})" if name in _WAYS else _either(words)


def _figures(unit: str) -> dict[str, int]:
    return {word: int(figure) for figure, words in _TABLE[unit].items() for word in words}


_BEFORE_EN = re.compile(_in_order(_TABLE["before"]["en"], r"\s+"))
_BEFORE_ZH = re.compile(_in_order(_TABLE["before"]["zh"], ""))
_BEHIND = re.compile(r"\s*" + _in_order(_TABLE["behind"], r"\s*"))
_HOURS, _MINUTES = _figures("hours"), _figures("minutes")
_BETWEEN = r"[\s-]+"  # an hour and its minutes
_IN_WORDS = re.compile(
    rf"(?:(?P<half>{_either(_TABLE['half_past'])})\s+)?(?P<hour>{_either(_HOURS)})"
    rf"(?:{_BETWEEN}(?P<minute>{_either(_MINUTES, _BETWEEN)}))?\b"
)
_DOTTED = re.compile(r"(?P<hour>[01]?\d|2[0-3])[.h](?P<minute>[0-5]\d)(?![\d.:])")  # 18.40, 18h40
_BARE_HOUR = re.compile(rf"(?P<hour>\d{{1,2}})(?=$|\s*(?:{_either(_TABLE['behind_an_hour'])}))")
_AROUND = r"[\s,，.。!！~]*"
_WAY = re.compile(
    rf"{_AROUND}(?:(?:{_either(_TABLE['way']['before'])})\s*)?"
    rf"(?:(?P<left>{_either(_TABLE['way']['left'])})|(?P<came>{_either(_TABLE['way']['came'])}))"
    rf"(?:\s*(?:{_either(_TABLE['way']['behind'])}))?{_AROUND}"
)
_COMMAND = re.compile(
    rf"{_AROUND}(?:(?:{_either(_TABLE['command']['before'])})\s*)?(?:{_either(_TABLE['command']['says'])})"
    rf"(?:\s*(?:{_either(_TABLE['command']['behind'])}))?{_AROUND}"
)
_MOST = 40  # characters of such an answer, but for its reason
_LONE_NUMBER = re.compile(rf"(?:\d{{1,4}}|{_either(_HOURS)}|[一二两三四五六七八九十]{{1,3}})[.!。！~]?")
_BEFORE_A_REASON = re.compile(r"[,;。，；\n]|\bbecause\b|因为")
_BEFORE_A_DAY = re.compile(r"\b(?:on|the)\s*$")
_PARTS = {0: ("早上", "morning"), 12: ("晚上", "evening")}  # a half of the day, as it is said without the day


class ToldTime(NamedTuple):
    """A time of day, and the reason that is said behind it, as written; empty where none is."""

    at: time
    reason: str


def told_time(text: str, direction: CheckType, *, early: bool = False) -> ToldTime | None:
    """Return the time of day that a message says, perhaps of a day and with a reason; None for any other message.

    `early` and `direction` are those of `bare_time`. A reason that names another time is none.
    """
    whole = normalise(text)
    pause = _BEFORE_A_REASON.search(whole.folded)
    head, tail = (
        (whole.folded, "") if pause is None else (whole.folded[: pause.start()], whole.folded[pause.end() :])
    )
    moment = _without_day(head)
    at = None if is_lone_number(moment) else bare_time(moment, direction, early=early)
    if at is None or tells_of_a_time(tail):
        return None
    return ToldTime(at, whole.shown[pause.end() :].strip() if pause is not None else "")


def bare_way(text: str) -> CheckType | None:
    """Return the direction that is all a message says, perhaps with a day; None for any other message."""
    if len(text) > _MOST:
        return None
    said = " ".join(_without_day(normalise(text).folded).split())
    found = _WAY.fullmatch(said)
    if found is None:
        return None
    return _OFF if found["left"] else _ON


def is_command(text: str) -> bool:
    """Tell whether a message commands a punch, as the tap beside a reminder does, and so may be one of now.

    Neither a direction alone (下班, 下班卡) nor what names which of two is meant ("the clock-out one") does.
    """
    folded = normalise(text).folded
    if bare_way(text) is not None:
        return _COMMAND.fullmatch(" ".join(folded.split())) is not None
    return not kinds_of(tokenise(folded)).isdisjoint(COMMANDS)


def is_lone_number(text: str) -> bool:
    """Tell whether a message is a number that may be any hour, or none at all: 2, "two", 1840."""
    return _LONE_NUMBER.fullmatch(normalise(text).folded.strip()) is not None


def _without_day(folded: str) -> str:
    """Return a text without the first day that it names; a half of the day that is said with it stays."""
    tokens = tokenise(folded)
    for place, token in enumerate(tokens):
        span = read_span(tokens, place) if token.values or token.kinds & FIGURES else None
        if span is None:
            continue
        part = _PARTS.get(token.values.get("day_part", -1), ("", ""))[token.words.isascii()]
        before = _BEFORE_A_DAY.sub("", folded[: token.start])
        return f"{before}{part}{folded[tokens[place + span.taken - 1].end :]}"
    return folded


def tells_of_a_time(folded: str) -> bool:
    """Tell whether a folded text has a number, or a time of day in words."""
    tokens = tokenise(folded)
    return any(token.kinds & FIGURES or read_moment(tokens, place) for place, token in enumerate(tokens))


def bare_time(text: str, direction: CheckType, *, early: bool = False) -> time | None:
    """Return the time of day that is all a message says, None for any other message.

    An hour up to eight of going home is of the evening unless `early`. A message that says the other direction is
    no answer.
    """
    folded = normalise(text).folded.strip() if len(text) <= _MOST else ""
    start = (_BEFORE_ZH if has_han(folded) else _BEFORE_EN).match(folded)
    if not folded or start is None:
        return None
    rest = _in_digits(folded[start.end() :])
    tokens = tokenise(rest)
    moment = read_moment(tokens, 0) if tokens else None
    if moment is None:
        return None
    last = tokens[moment.taken - 1].end
    end = _BEHIND.fullmatch(rest[last:])
    if end is None:
        return None
    left, came = (start[word] or end[word] for word in _WAYS)
    if (left and direction is not _OFF) or (came and direction is not _ON):
        return None
    return as_time(moment, late_hours=direction is _OFF and not early)


def _in_digits(text: str) -> str:
    """Return a time with an hour in words, or alone, as one that is read: seven → 7:00, 18.40 → 18:40."""
    words = _IN_WORDS.match(text)
    if words is not None:
        minute = 30 if words["half"] else _MINUTES.get(" ".join(re.split(_BETWEEN, words["minute"] or "")), 0)
        return f"{_HOURS[words['hour']]}:{minute:02}{text[words.end() :]}"
    dotted = _DOTTED.match(text)
    if dotted is not None:
        return f"{dotted['hour']}:{dotted['minute']}{text[dotted.end() :]}"
    hour = _BARE_HOUR.match(text)
    return text if hour is None or int(hour["hour"]) > 24 else f"{hour['hour']}:00{text[hour.end() :]}"
