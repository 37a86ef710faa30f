"""Times of day and lengths of time that a text names."""

import re
from datetime import time

from bot.understanding.numerals import with_digits
from bot.understanding.vocabulary import fold

_MORNING = "上午|早上|早晨|清晨|凌晨|今早|早"
_EVENING = "下午|傍晚|晚上|夜里|今晚|昨晚|晚"
_CLOCK = re.compile(
    rf"(?P<half>{_MORNING}|{_EVENING}|中午)?(?:差(?P<before>\d+|一刻|1刻)分?)?(?<![\d.])(?P<hour>\d{{1,2}})"
    r"(?:点钟?|[:时])(?P<minute>[1一3三]刻|\d{1,2})?分?(?:差(?P<less>\d+)分)? ?(?P<suffix>[ap]\.?m\b)?"
    r"|(?<![\d.:])(?P<bare>\d{1,2})(?:[:.](?P<minutes>\d\d))? ?(?P<ampm>[ap]\.?m\b)"
    r"|(?P<words>half|a quarter|quarter|\d+)(?: minutes?)? (?P<way>past|to) (?P<of>\d{1,2}) ?(?P<part>[ap]\.?m\b)?"
    r"|(?P<oclock>\d{1,2}) o'clock"
    r"|\bat (?P<at>\d{1,2})\b(?![:.\d-]| ?[ap]\.?m| o'| min)|(?P<noon>\bnoon\b|正午)"
)
_LENGTH = re.compile(
    r"(?P<count>(?<![\d.])\d{1,3}(?:\.\d+)?|\.5|半)个? ?(?:more )?"
    r"(?P<unit>小时|hours?\b|hrs?\b|分钟|分(?!部)|min(?:ute)?s?\b|刻钟)"
    r"(?P<half>半| and a half)?|(?P<half_hour>half an hour)|(?P<quarter>quarter of an hour)"
)
_SEVERAL = re.compile(r"改成|改为|不对|或者?|还是|\b(?:or|no wait|make that|instead of)\b")


def read_times(text: str) -> tuple[time, ...]:
    """Return the times of day that a text may mean: one where it is plain, two where the half of the day is open.

    Nothing is returned where no time is named, or several are.
    """
    said = with_digits(fold(text))
    found = {times for match in _CLOCK.finditer(said) if (times := _times(match))}
    return found.pop() if len(found) == 1 and not _SEVERAL.search(said) else ()


def read_minutes(text: str) -> int | None:
    """Return the length of time that a text names, if it names one."""
    said = _CLOCK.sub(" ", with_digits(fold(text)))  # the 10分 of 6点10分 is no length
    found = {_minutes(match) for match in _LENGTH.finditer(said)}
    return found.pop() if len(found) == 1 else None


def _times(match: re.Match[str]) -> tuple[time, ...]:
    said = match.groupdict()
    if said["noon"]:
        return (time(12),)
    hour, minutes = (
        int(said["hour"] or said["bare"] or said["of"] or said["oclock"] or said["at"]),
        _past_the_hour(match),
    )
    total = hour * 60 + minutes
    if not 0 <= total < 24 * 60 or minutes > 59:
        return ()
    hour, minute = divmod(total, 60)
    half = _half(match)
    is_written_out = (said["hour"] or "").startswith("0")  # 08:45
    if hour > 12 or hour == 0 or is_written_out or (half == "am" and hour < 12) or (half == "noon" and hour >= 11):
        return (time(hour, minute),)
    if half in ("pm", "noon") or (hour == 12 and half is None):
        return (time(hour % 12 + 12, minute),) if hour < 12 or "晚" not in (said["half"] or "") else ()
    if half == "am":
        return (time(0, minute),)
    return (time(hour, minute), time(hour + 12, minute))


def _past_the_hour(match: re.Match[str]) -> int:
    """Return the minutes after the hour that is named; they are negative before it."""
    said = match.groupdict()
    if said["way"] is not None:
        minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(said["words"]) or int(said["words"])
        return minutes if said["way"] == "past" else -minutes
    minute = said["minute"] or said["minutes"] or "0"
    minutes = (15 if minute[0] in "1一" else 45) if minute.endswith("刻") else int(minute)
    before = said["before"] or said["less"] or "0"
    return minutes - (15 if before.endswith("刻") else int(before))


def _half(match: re.Match[str]) -> str | None:
    said = match.groupdict()
    suffix = (said["suffix"] or said["ampm"] or said["part"] or "").replace(".", "")
    if suffix or said["half"] is None:
        return suffix or None
    return "noon" if said["half"] == "中午" else "am" if re.fullmatch(_MORNING, said["half"]) else "pm"


def _minutes(match: re.Match[str]) -> int:
    if match["half_hour"] or match["quarter"]:
        return 30 if match["half_hour"] else 15
    unit = 15 if match["unit"] == "刻钟" else 60 if match["unit"][0] in "小h" else 1
    count = 0.5 if match["count"] == "半" else float(match["count"])
    return round(count * unit + (unit / 2 if match["half"] else 0))
