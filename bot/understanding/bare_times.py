"""A message that says a time of day and nothing else, as the answer to "at what time was it?". Pure."""

import re
from datetime import time

from bot.domain.shifts import CheckType
from bot.understanding.normalise import has_han, normalise
from bot.understanding.times import as_time, read_moment
from bot.understanding.tokens import tokenise

_ON, _OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
_BEFORE_EN = re.compile(
    r"""(?:(?:it|that)\s+was\s+|it's\s+)?(?:i\s+)?
    (?:(?P<left>left|went\s+home|clocked\s+out)\s+|(?P<came>came(?:\s+in)?|arrived|got\s+(?:in|here)|clocked\s+in)\s+)?
    (?:at\s+)?(?:about\s+|around\s+|roughly\s+|approximately\s+|approx\.?\s+|ish\s+)?(?:at\s+)?""",
    re.VERBOSE,
)
_BEFORE_ZH = re.compile(
    r"""我?(?:是|应该是?)?(?:(?P<left>下班|离开)(?:是|时间)?|(?P<came>上班|到岗|到的?)(?:是|时间)?)?(?:大概|大约|差不多|约)?(?:是|在)?""",
    re.VERBOSE,
)
_AFTER = re.compile(
    r"\s*(?:or so|ish|o'clock|左右|上下|多)?\s*"
    r"(?:(?P<left>走的?|离开的?|下班的?)|(?P<came>到的?|来的?|上班的?))?的?[吧呢]?[.!。！~]?"
)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MINUTES = {"ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty five": 45, "fifty": 50}
_IN_WORDS = re.compile(
    rf"(?P<half>half\s+past\s+)?(?P<hour>{'|'.join(_WORDS)})(?:[\s-]+(?P<minute>{'|'.join(_MINUTES)}))?(?:\s+o'clock)?\b"
)
_BARE_HOUR = re.compile(r"(?P<hour>\d{1,2})(?=$|\s*(?:o'clock|左右|ish|or so))")
_MOST = 40  # characters of such an answer


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
    end = _AFTER.fullmatch(rest[last:])
    if end is None:
        return None
    left, came = (start[word] or end[word] for word in ("left", "came"))
    if (left and direction is not _OFF) or (came and direction is not _ON):
        return None
    return as_time(moment, late_hours=direction is _OFF and not early)


def _in_digits(text: str) -> str:
    """Return a time with an hour in words, or alone, as one that is read: seven → 7:00, half past six → 6:30."""
    words = _IN_WORDS.match(text)
    if words is not None:
        minute = 30 if words["half"] else _MINUTES.get(" ".join(re.split(r"[\s-]+", words["minute"] or "")), 0)
        return f"{_WORDS.index(words['hour']) + 1}:{minute:02}{text[words.end() :]}"
    hour = _BARE_HOUR.match(text)
    return text if hour is None or int(hour["hour"]) > 24 else f"{hour['hour']}:00{text[hour.end() :]}"
