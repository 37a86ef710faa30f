"""Times of day, hours, parts of a day and durations in a text that `with_digits` has prepared."""

import re
from collections.abc import Sequence
from datetime import time

from bot.domain.quiet import DayPart, Hours
from bot.understanding.vocabulary import word_pattern

_MORNING = "上午|早上|早晨|清晨|凌晨|今早|早"
_EVENING = "下午|傍晚|晚上|夜里|今晚|昨晚|晚"
_CLOCK = word_pattern(
    rf"(?:(?P<half>{_MORNING}|{_EVENING}|中午) ?)?(?:差(?P<before>\d+)分?)?(?<![\d.])"
    rf"(?P<hour>\d{{1,2}})"
    r"(?:点钟?|[:时])(?P<minute>\d{1,2})?分?(?:差(?P<less>\d+)分)? ?(?P<suffix>[ap]\.?m\b)?"
    r"|(?<![\d.:])(?P<bare>\d{1,2})(?:[:.](?P<minutes>\d\d))? ?(?P<ampm>[ap]\.?m\b)"
    r"|(?P<words>half|a quarter|quarter|(?<!\d)\d{1,2})(?: minutes?)? (?P<way>past|to) (?P<of>\d{1,2}) "
    r"?(?P<part>[ap]\.?m\b)?"
    r"|(?P<oclock>\d{1,2}) o'clock"
    r"|\bat (?P<at>\d{1,2})\b(?![:.\d-]| ?[ap]\.?m| o'| min)|(?P<noon>\bnoon\b|正午)"
)
_A_LITTLE = re.compile(r"(?:[晚早快]|late)1点(?![\d:钟半])")  # 晚一点
_LENGTH = word_pattern(
    r"(?P<count>(?<![\d.])\d{1,3}(?:\.\d+)?|\.5|半)个? ?(?:more )?"
    r"(?P<unit>小时|hours?\b|hrs?\b|分钟|分(?!部)|min(?:ute)?s?\b)"
    r"(?P<half>半| and a half)?|(?P<half_hour>half an hour)|(?P<quarter>quarter of an hour)"
)
_JOINT = r" ?(?:[-~—–到至]|to|until|till|and) ?"
_FROM = word_pattern(r"(?:从|自|\b(?:from|after|since|starting)) ?$")
_UNTIL = word_pattern(r"(?:到|至|\b(?:until|till|before|by)) ?$")
_ONWARD = word_pattern(r" ?(?:[之以]?后|起(?!床)|开始|onwards?\b|on\b)")
_BEFORE = re.compile(r" ?[之以]?前")
_A_NUMBER = re.compile(rf"(?<![\d.:])(\d{{1,2}})(?::(\d\d))?(?={_JOINT}$)")
_MORNINGS, _AFTERNOONS = (
    word_pattern(
        rf"{chinese}|\b(?:this|the|today|tomorrow|\w*day|\w*\d\w*) {english}\b"
        rf"|\b{english} (?:off|leave|of)\b"
    )
    for chinese, english in (
        ("上午(?!好)|早上(?!好)|早晨|清晨|[今明后]早", "morning"),
        ("下午(?!好)|午后", "afternoon"),
    )
)
_HALF_DAY = word_pattern(r"半[天日]|\bhalf(?: an?|-)? ?(?:the )?days?\b")
_SEVERAL = word_pattern(r"改成|改为|不对|或者?|还是|\b(?:or|no wait|make that|instead of)\b")


def read_times(folded: str) -> tuple[time, ...]:
    """Return the times of day that a text may mean: two if morning or afternoon is open.

    Return nothing for a text without a time, or with several.
    """
    folded = _A_LITTLE.sub(" ", folded)
    readings = {times for match in _CLOCK.finditer(folded) if (times := _times(match))}
    return readings.pop() if len(readings) == 1 and not _SEVERAL.search(folded) else ()


def read_minutes(folded: str) -> int | None:
    """Return the duration in a text, in minutes, None without a single one."""
    rest = _CLOCK.sub(" ", folded)  # the 10分 of 6点10分 is no duration
    durations = {_minutes(match) for match in _LENGTH.finditer(rest)}
    return durations.pop() if len(durations) == 1 else None


def read_hours(folded: str) -> tuple[Hours, ...]:
    """Return the hours in a text: two readings if morning or afternoon is open.

    Return nothing for a text without hours, or with several.
    """
    matches = _clocks(folded)
    if not matches or len(matches) > 2 or _SEVERAL.search(folded):
        return ()
    if len(matches) == 1 and _is_range(matches[0]):
        end = read_times(f"{matches[0]['of']}{matches[0]['part']}")
        return _spans(_either(int(matches[0]["words"]), 0), end)
    clocks = [_times(match) for match in matches]
    before = folded[: matches[0].start()]
    after = folded[matches[-1].end() :]
    if len(matches) == 2:
        is_range = re.fullmatch(_JOINT, folded[matches[0].end() : matches[1].start()]) is not None
        return _spans(clocks[0], clocks[1]) if is_range else ()
    if (number := _A_NUMBER.search(before)) is not None:  # the 2 of "2 to 4pm"
        return _spans(_either(int(number[1]), int(number[2] or 0)), clocks[0])
    if _FROM.search(before) or _ONWARD.match(after):
        return tuple(Hours(start=at, end=time.min) for at in clocks[0])
    if _UNTIL.search(before) or _BEFORE.match(after):
        return tuple(Hours(start=time.min, end=at) for at in clocks[0])
    return ()


def read_part(folded: str) -> DayPart | None:
    """Return the named part of a day, `OPEN` for half a day or hours without saying which.

    None stands for whole days, and for hours that `read_hours` returns.
    """
    if read_hours(folded):
        return None
    rest = _CLOCK.sub(" ", folded)  # the 下午 of 下午3点 names no half day
    is_of_hours = read_minutes(folded) is not None
    is_morning = _MORNINGS.search(rest) is not None
    is_afternoon = _AFTERNOONS.search(rest) is not None
    if is_morning and is_afternoon:
        return None
    if not is_of_hours and (is_morning or is_afternoon):
        return DayPart.MORNING if is_morning else DayPart.AFTERNOON
    return DayPart.OPEN if is_of_hours or _clocks(folded) or _HALF_DAY.search(rest) else None


def _clocks(folded: str) -> list[re.Match[str]]:
    """Return the times of day in a text. "3 to 5" may be days, unlike "3 to 5pm"."""
    return [match for match in _CLOCK.finditer(folded) if not _is_range(match) or match["part"]]


def _is_range(match: re.Match[str]) -> bool:
    """Return whether "3 to 5pm" stands for hours, not for three minutes before five."""
    return match["way"] == "to" and match["words"].isdigit()


def _spans(starts: Sequence[time], ends: Sequence[time]) -> tuple[Hours, ...]:
    """Return each start with the next end. If one of both is clear, return the shortest time."""
    if not starts or not ends:
        return ()
    spans = [min((Hours(start=start, end=end) for end in ends), key=_length) for start in starts]
    if 1 in (len(starts), len(ends)):
        return (min(spans, key=_length),)
    return tuple(spans)


def _length(hours: Hours) -> int:
    """Return the minutes from the start to the next end, at most a day."""
    between = (hours.end.hour - hours.start.hour) * 60 + hours.end.minute - hours.start.minute
    return between % (24 * 60) or 24 * 60


def _either(hour: int, minute: int) -> tuple[time, ...]:
    """Return the readings of a bare number on the clock."""
    if hour > 23 or minute > 59:
        return ()
    return (time(hour, minute), *([time(hour + 12, minute)] if 0 < hour < 12 else []))


def _times(match: re.Match[str]) -> tuple[time, ...]:
    parts = match.groupdict()
    if parts["noon"]:
        return (time(12),)
    hour = int(parts["hour"] or parts["bare"] or parts["of"] or parts["oclock"] or parts["at"])
    minutes = _past_the_hour(match)
    total = hour * 60 + minutes
    if not 0 <= total < 24 * 60 or minutes > 59:
        return ()
    hour, minute = divmod(total, 60)
    half = _half(match)
    is_written_out = (parts["hour"] or "").startswith("0")  # 08:45
    if hour == 0 or hour > 12 or is_written_out:
        return (time(hour, minute),)
    if hour == 12:
        if half == "am":
            return (time(0, minute),)
        return () if half == "pm" and "晚" in (parts["half"] or "") else (time(12, minute),)
    if half is None:
        return _either(hour, minute)
    is_morning = half == "am" or (half == "noon" and hour == 11)
    return (time(hour if is_morning else hour + 12, minute),)


def _past_the_hour(match: re.Match[str]) -> int:
    """Return the minutes after the named hour, negative before it."""
    parts = match.groupdict()
    if parts["way"] is not None:
        words = parts["words"]
        minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(words) or int(words)
        return minutes if parts["way"] == "past" else -minutes
    minute = parts["minute"] or parts["minutes"] or "0"
    before = parts["before"] or parts["less"] or "0"
    return int(minute) - int(before)


def _half(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    suffix = (parts["suffix"] or parts["ampm"] or parts["part"] or "").replace(".", "")
    if suffix or parts["half"] is None:
        return suffix or None
    if parts["half"] == "中午":
        return "noon"
    return "am" if re.fullmatch(_MORNING, parts["half"]) else "pm"


def _minutes(match: re.Match[str]) -> int:
    if match["half_hour"] or match["quarter"]:
        return 30 if match["half_hour"] else 15
    unit = 60 if match["unit"][0] in "小h" else 1
    count = 0.5 if match["count"] == "半" else float(match["count"])
    return round(count * unit + (unit / 2 if match["half"] else 0))
