"""Days and ranges of days as people write them; `calendar_days.py` tells which those are."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.understanding.words.cues import words_of
from bot.understanding.words.tokens import Token

_MONTH = 30  # days of 近一个月
_MAX_DAYS = 4000  # "last 99999 days" is not a range that anybody asks for


class Day(NamedTuple):
    """One day or period as written. `unit` names how `number` (and year, month, day) are read.

    `years` is the year of a month or date as it is told from today: -1 in 去年9月.
    """

    unit: str
    number: int = 0
    year: int | None = None
    month: int | None = None
    day: int | None = None
    years: int | None = None


class Span(NamedTuple):
    """Days as written, from `first` to `last`, and how many tokens they took.

    `until`: only the end was named; `onward`: only the beginning of what lasts until today, unless it is to come.
    """

    first: Day
    last: Day | None
    taken: int
    until: bool = False
    onward: bool = False


OF_A_MONTH = frozenset({"date", "month_day"})  # the units of days that a number alone goes on from
_TODAY = Day("day", 0)
_ONWARD = words_of("lasts_on")
_RELATIVE = ("day", "week", "recent", "month_period", "quarter_period", "year_period", "half_year_period",
             "quarter", "half_year")  # fmt: skip
WEEKDAYS = {"weekday": None, "weekday_before_last": -2, "last_weekday": -1, "this_weekday": 0, "next_weekday": 1,
            "weekday_after_next": 2}  # fmt: skip
_SATURDAY = 5
_UNITS = (*_RELATIVE, *WEEKDAYS)
_BEFORE_ITS_DAY = frozenset({"的", "on", "the"})  # last month *on the* 15th


def read_span(tokens: Sequence[Token], index: int, before: Day | None = None) -> Span | None:
    """Return the days written at `index`, or None. `A to B` is one span; `before` is a day they go on from."""
    first = _read_day(tokens, index, before)
    if first is None:
        return None
    day, end = first
    if _is_whole_weekend(day, tokens, end):
        return Span(day, day._replace(number=_SATURDAY + 1), end + 1 - index)
    joint = end
    while joint < len(tokens) and tokens[joint].kinds <= {"function"} and tokens[joint].words == "的":
        joint += 1
    if joint < len(tokens) and tokens[joint].has("to"):
        closes = joint + 2 if tokens[joint + 1 : joint + 2] and tokens[joint + 1].words == "the" else joint + 1
        second = _read_day(tokens, closes, day)
        if second is not None and not (tokens[joint].words == "到" and second[0].unit == "count"):
            last = _of_same_week(day, second[0])
            return Span(_of_month_behind(day, last), last, second[1] - index)
        if joint + 1 < len(tokens) and tokens[joint + 1].has("today_word"):
            return Span(day, _TODAY, joint + 2 - index)  # 周一至今, "until now"
    said = [token.words for token in tokens[max(0, index - 2) : index] if token.words != "the"]
    if said and said[-1] in {"since", "自", "自从"}:
        return Span(day, _TODAY, end - index)
    until = index > 0 and _ends_with(tokens[index - 1])
    onward = _goes_onward(tokens[end : end + 2]) or (said[-1:] == ["from"] and _says_on(tokens, end))
    return Span(day, None, end - index, until, onward)


def _of_same_week(first: Day, last: Day) -> Day:
    """Return the last day of a range, of the week that its first one names: 上周一到*周二*."""
    told = last.unit == "weekday" and WEEKDAYS.get(first.unit) is not None and first.number <= last.number
    return last._replace(unit=first.unit) if told else last


def _of_month_behind(first: Day, last: Day) -> Day:
    """Return the first day of a range, of the month that its last one names: *1st* to 15th of October."""
    if first.unit != "date" or first.month is not None or first.day is None or last.day is None:
        return first
    wraps = first.day > last.day
    if last.unit == "month_day":
        return last._replace(number=last.number - wraps, day=first.day)
    if last.unit != "date" or last.month is None:
        return first
    if not wraps:
        return last._replace(day=first.day)
    begins = last.month - 1 or 12
    year = last.year - (begins == 12) if last.year is not None else None
    return Day("date", 0, year, begins, first.day)


def _goes_onward(behind: Sequence[Token]) -> bool:
    """Tell whether the words right behind a day make it the first of several: 周一以来, 11月2日起."""
    words = [token.words for token in behind]
    return "".join(words) in _ONWARD or "".join(words[:1]) in _ONWARD


def _says_on(tokens: Sequence[Token], end: int) -> bool:
    """Tell whether an "on" closes what "from" began: from Monday *on*, not on another day."""
    behind = [token.words for token in tokens[end : end + 2]]
    return behind[:1] == ["on"] and not any(token.values for token in tokens[end + 1 : end + 2])


def _is_whole_weekend(day: Day, tokens: Sequence[Token], end: int) -> bool:
    """Tell whether a Saturday that ends at `end` goes on as both days of its weekend: 周六*日*."""
    if day.unit not in WEEKDAYS or day.number != _SATURDAY or end >= len(tokens):
        return False
    return tokens[end].words == "日" and tokens[end].start == tokens[end - 1].end


def _ends_with(token: Token) -> bool:
    """Tell whether the day behind `token` is the last one of several: until Friday, 到周五."""
    return token.has("to") and not token.has("dash") and token.words != "to"


def _read_day(tokens: Sequence[Token], index: int, before: Day | None = None) -> tuple[Day, int] | None:
    """Return the day at `index` and where it ends; `before` is the first day of the range this one closes."""
    if index >= len(tokens):
        return None
    token = tokens[index]
    if "month_period" in token.values and (of_it := _of_period(tokens, index)) is not None:
        return of_it
    if "year_period" in token.values and (of_it := _of_year(tokens, index)) is not None:
        return of_it
    for unit in _UNITS if token.values else ():
        if unit in token.values:
            return Day(unit, token.values[unit]), index + 1
    if "isodate" in token.kinds:
        year, month, day = (int(part) for part in token.words.replace("/", "-").replace(".", "-").split("-"))
        return Day("date", 0, year, month, day), index + 1
    if "slashdate" in token.kinds:
        month, day = (int(part) for part in token.words.split("/"))
        return Day("date", 0, None, month, day), index + 1
    if "month" in token.values:
        return _after_month_name(tokens, index)
    if "recent_intro" in token.kinds and (count := _count_of_days(tokens, index + 1)):
        return Day("recent", count[0]), count[1]
    if "number" in token.kinds:
        return _after_number(tokens, index, before)
    return None


def _after_number(tokens: Sequence[Token], index: int, before: Day | None) -> tuple[Day, int] | None:
    value = number(tokens[index])
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if value is None:
        return None
    if (dotted := _dotted(tokens, index, before)) is not None:
        return dotted, index + 1
    if following is not None:
        if "ago_unit" in following.values:
            return Day("day", -min(int(value) * following.values["ago_unit"], _MAX_DAYS)), index + 2
        if following.has("year_unit") and 2000 <= value <= 2099:
            return _chinese_month(tokens, index + 2, int(value))
        if following.has("month_unit"):
            return _chinese_month(tokens, index, None)
        if value != int(value):
            return _dotted_date(tokens[index], following, index + 2)
        if following.has("ordinal") or (
            following.words in {"日", "号"} and not _numbers_a_place(tokens, index + 2)
        ):
            return _of_month(tokens, index + 2, int(value), before)
        if "month" in following.values:
            year, end = _year(tokens, index + 2)
            return Day("date", 0, year, following.values["month"], int(value)), end
        if following.has("to") and (closed := _closed_by(tokens, index + 2, int(value))) is not None:
            return closed, index + 1
    if before is not None and before.unit in OF_A_MONTH and 1 <= value <= 31:
        return before._replace(day=int(value)), index + 1
    return None


def _of_year(tokens: Sequence[Token], index: int) -> tuple[Day, int] | None:
    """Return the month or date that stands behind its year at `index`: 去年*12月28日*."""
    at = index + 2 if index + 1 < len(tokens) and tokens[index + 1].words == "的" else index + 1
    found = _read_day(tokens, at) if at < len(tokens) and not tokens[at].has("year_period") else None
    if found is None or found[0].unit not in {"date", "month"} or found[0].month is None or found[0].year:
        return None
    return found[0]._replace(years=tokens[index].values["year_period"]), found[1]


def _of_period(tokens: Sequence[Token], index: int) -> tuple[Day, int] | None:
    """Return the day that stands behind its month at `index`, none where it is the whole one: 上个月*15号*."""
    at = index + 1
    while at < len(tokens) and tokens[at].words in _BEFORE_ITS_DAY:
        at += 1
    found = _after_number(tokens, at, None) if at < len(tokens) and tokens[at].has("number") else None
    if found is None or found[0].unit != "date" or found[0].month is not None:
        return None
    return Day("month_day", tokens[index].values["month_period"], day=found[0].day), found[1]


def _closed_by(tokens: Sequence[Token], index: int, day: int) -> Day | None:
    """Return the day that a number begins a range with whose end, at `index`, says of what: 16-20号."""
    if index + 1 >= len(tokens) or not tokens[index].has("number") or tokens[index + 1].has("to"):
        return None  # what goes on itself is no end: one look ahead, however long a row of numbers is
    end = _after_number(tokens, index, None)
    if end is None or end[0].unit != "date" or end[0].year is not None or not 1 <= day <= 31:
        return None
    return Day("date", 0, None, end[0].month, day)


def _dotted(tokens: Sequence[Token], index: int, before: Day | None) -> Day | None:
    """Return the day of 9.1 in 9.1-9.15, which alone would be a number."""
    month, point, day = tokens[index].words.partition(".")
    follows = index + 2 < len(tokens) and tokens[index + 1].has("to") and "." in tokens[index + 2].words
    if not point or not day or not (follows or before is not None):
        return None
    return Day("date", 0, None, int(month), int(day)) if int(month) <= 12 and int(day) <= 31 else None


def _dotted_date(written: Token, following: Token, end: int) -> tuple[Day, int] | None:
    """Return the day of 11.23号, none of any other number with a point."""
    month, _, day = written.words.partition(".")
    is_one = following.words in {"日", "号"} and int(month) <= 12 and day.isdecimal() and 1 <= int(day) <= 31
    return (Day("date", 0, None, int(month), int(day)), end) if is_one and int(month) else None


def _numbers_a_place(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether 2号 goes on as 2号楼 or 2号门店: a place, not the second of the month."""
    return index < len(tokens) and (
        tokens[index].has("work_place") or tokens[index].words[0] in "楼门店厂库院馆线厅"
    )


def _of_month(tokens: Sequence[Token], index: int, day: int, before: Day | None) -> tuple[Day, int] | None:
    """Return `15日`, `15th`, `15th of September`; without a month that of the day before it, else the nearest."""
    at = index
    if at < len(tokens) and tokens[at].words == "of":
        at += 1
        if at < len(tokens) and "month_period" in tokens[at].values:
            return Day("month_day", tokens[at].values["month_period"], day=day), at + 1
    if at < len(tokens) and "month" in tokens[at].values:
        year, end = _year(tokens, at + 1)
        return Day("date", 0, year, tokens[at].values["month"], day), end
    if before is not None and before.unit in OF_A_MONTH:
        return before._replace(day=day), index
    return Day("date", 0, None, None, day), index


def _chinese_month(tokens: Sequence[Token], index: int, year: int | None) -> tuple[Day, int] | None:
    if index >= len(tokens) or not tokens[index].has("number"):
        return (Day("year", 0, year), index) if year else None
    month = number(tokens[index])
    if month is None or index + 1 >= len(tokens) or not tokens[index + 1].has("month_unit"):
        return None
    end = index + 2
    if end < len(tokens) and tokens[end].has("number"):
        day, after = number(tokens[end]), end + 1
        if day is not None and after < len(tokens) and tokens[after].words in {"日", "号"}:
            return Day("date", 0, year, int(month), int(day)), after + 1
        if day is not None and day == int(day) and (after == len(tokens) or tokens[after].has("to", "sep")):
            return Day("date", 0, year, int(month), int(day)), after
    return Day("month", 0, year, int(month)), end


def _after_month_name(tokens: Sequence[Token], index: int) -> tuple[Day, int] | None:
    month, end = tokens[index].values["month"], index + 1
    if end < len(tokens) and tokens[end].has("number"):
        value = number(tokens[end])
        if value is not None and 1 <= value <= 31:
            end += 1
            if end < len(tokens) and tokens[end].has("ordinal"):
                end += 1
            year, end = _year(tokens, end)
            return Day("date", 0, year, month, int(value)), end
    if tokens[index].words in {"may", "march", "mar"} and not _beside_preposition(tokens, index):
        return None
    year, end = _year(tokens, end)
    return Day("month", 0, year, month), end


def _beside_preposition(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].words in {"in", "for", "of", "from", "to", "since", "during", "last"}


def _year(tokens: Sequence[Token], index: int) -> tuple[int | None, int]:
    at = index + 1 if index < len(tokens) and tokens[index].words == "," else index
    if at < len(tokens) and tokens[at].has("number"):
        value = number(tokens[at])
        if value is not None and 2000 <= value <= 2099:
            return int(value), at + 1
    return None, index


def _count_of_days(tokens: Sequence[Token], index: int) -> tuple[int, int] | None:
    if index + 1 < len(tokens) and tokens[index].words == "一个" and tokens[index + 1].words == "月":
        return _MONTH, index + 2  # the longer reading of 一个月
    if index + 1 < len(tokens) and tokens[index].has("number") and tokens[index + 1].has("unit_day"):
        value = number(tokens[index])
        if value is not None and value > 0:
            days = int(value) * tokens[index + 1].values["unit_day"]
            return min(days, _MAX_DAYS), index + 2
    return None


_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}


def number(token: Token) -> float | None:
    """Return the value of a number in digits or Chinese numerals below a thousand."""
    if "number" not in token.kinds:
        return None
    if token.words[0].isascii():
        return float(token.words) if len(token.words) <= 9 else None
    total, last = 0, 0
    for character in token.words:
        if character in _DIGITS:
            last = _DIGITS[character]
        else:
            total += (last or 1) * (10 if character == "十" else 100)
            last = 0
    return float(total + last)
