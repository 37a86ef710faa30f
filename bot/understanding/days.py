"""The days in a Chinese or English text, as one range."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from bot.domain.slots import Days
from bot.understanding.vocabulary import fold, with_digits, word_pattern


class UnclearDays(ValueError):
    """The named days are not one range of the calendar: the bot asks."""


class _Context(NamedTuple):
    """The day of the message, and whether its days lie in the future."""

    today: date
    ahead: bool


_Meaning = Callable[[re.Match[str], _Context], Days]
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH_NAMES = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_WEEKDAYS = {
    "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6,
    "一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6,
    "1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "6": 5,
}  # fmt: skip
_SHIFTS = {
    "上上": -2, "上": -1, "本": 0, "这": 0, "当": 0, "下": 1, "下下": 2,
    "last": -1, "previous": -1, "this": 0, "current": 0, "next": 1, "去": -1, "今": 0,
}  # fmt: skip
_YEARS = {"去年": -1, "今年": 0, "明年": 1}
# by the first sign of the unit
_UNIT_MONTHS = {"月": 1, "m": 1, "季": 3, "q": 3, "年": 12, "y": 12}
_UNIT_DAYS = {
    "天": 1, "日": 1, "d": 1, "周": 7, "星": 7, "礼": 7, "w": 7, "月": 30, "m": 30, "年": 365, "y": 365
}  # fmt: skip
_OFFSETS = {
    "大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3, "day before yesterday": -2,
    "yesterday": -1, "last night": -1, "today": 0, "tonight": 0, "this morning": 0,
    "this afternoon": 0, "this evening": 0, "tomorrow": 1, "day after tomorrow": 2,
}  # fmt: skip
_MONTH = rf"(?!may (?:i|we|be)\b)(?P<month>{_MONTH_NAMES})(?![a-z])\.?"
_MONTH_NO = r"(?P<month>\d{1,2})"
_DAY = r"(?P<day>\d{1,2})"
_LAST_DAY = r"(?P<to>\d{1,2})"
_NUMBER = rf"(?:the )?{_DAY}(?:st|nd|rd|th)?"
_TO = " ?(?:-|~|to|through|until|till) ?"
_TO_NUMBER = rf"(?:the )?{_LAST_DAY}(?:st|nd|rd|th)?"
_WHICH = "(?P<which>上上|上|本|这|当|下下|下)个?"
_WHICH_EN = "(?P<which>last|previous|this|current|next)"
_WEEK = "(?:周|星期|礼拜)"
_YEAR_EN = r"(?: (?P<year>\d{4}))?"
_WEEKDAY_EN = "(?P<weekday>mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday|s|rs?)?"


def read_days(text: str, today: date, *, ahead: bool = False) -> Days | None:
    """Return the days in a text, None without any. Raises UnclearDays.

    With `ahead` days lie in the future, as for leave. Otherwise a bare weekday or month is the last
    that began.
    """
    folded = with_digits(fold(text))
    try:
        stretches, rest = _stretches(folded, _Context(today, ahead))
    except (ValueError, OverflowError) as error:  # a date that does not exist
        raise UnclearDays(text) from error
    if _UNREAD.search(rest) or (stretches and _DOUBT.search(rest)):
        raise UnclearDays(text)
    if not stretches:
        return None
    stretches.sort()
    is_one_range = all(
        after == before or after.first - before.last == timedelta(1)
        for before, after in pairwise(stretches)
    ) and all(stretch.first <= stretch.last for stretch in stretches)
    days = Days(stretches[0].first, max(stretch.last for stretch in stretches))
    if not is_one_range or not 2000 <= days.first.year <= days.last.year <= 2100:
        raise UnclearDays(text)
    return days


def is_days(text: str) -> bool:
    """Return whether a text is only one expression for days, such as 今天 or "last week"."""
    folded = with_digits(fold(text))
    return any(pattern.fullmatch(folded) for pattern, _ in _ATOMS)


def _stretches(folded: str, context: _Context) -> tuple[list[Days], str]:
    """Return the ranges of days in a text, in its order, and the text with a bar in place of each."""
    stretches = list[Days]()
    rest = ""
    at = 0
    cut = 0
    while (begin := _BEGIN.search(folded, at)) is not None:
        start = begin.start()
        atom = _atom(folded, start, context)
        if atom is None:
            at = start + 1
            continue
        days, at = atom
        end = None
        if (joint := _JOINT.match(folded, at)) is not None:
            is_of_today = _OF_TODAY.match(folded, joint.end())  # "to last Friday"
            later = context if is_of_today else _Context(days.first, ahead=True)
            end = _atom(folded, joint.end(), later)
        if end is not None:
            days = Days(days.first, end[0].last)
            at = end[1]
        elif not context.ahead and (
            (onward := _ONWARD.match(folded, at)) or _SINCE.search(folded, 0, start)
        ):
            days = Days(days.first, context.today)
            at = onward.end() if onward else at
        elif context.ahead and (until := _UNTIL.search(folded, cut, start)) is not None:
            days = Days(context.today, days.last)
            start = until.start()
        stretches.append(days)
        rest = f"{rest}{folded[cut:start]}|"
        cut = at
    return stretches, rest + folded[cut:]


def _atom(folded: str, at: int, context: _Context) -> tuple[Days, int] | None:
    """Return the days of the longest expression at this place, and its end."""
    atoms = [
        (match, meaning)
        for pattern, meaning in _ATOMS
        if (match := pattern.match(folded, at)) is not None
    ]
    if not atoms:
        return None
    match, meaning = max(atoms, key=lambda atom: atom[0].end())
    return meaning(match, context), match.end()


def _months(begin: int, count: int) -> Days:
    """Return whole months. `begin` counts the months since the year 0."""
    (year, month), (next_year, next_month) = (divmod(at, 12) for at in (begin, begin + count))
    return Days(date(year, month + 1, 1), date(next_year, next_month + 1, 1) - timedelta(1))


def _around(today: date, days: int) -> Days:
    day = today + timedelta(days)
    return Days(day, day)


def _period(unit: str, today: date, shift: int) -> Days:
    """Return the week, weekend, month, quarter or year that is `shift` of them after the present."""
    if unit[0] in "周星礼w":
        monday = today + timedelta(7 * shift - today.weekday())
        is_weekend = unit.endswith(("末", "end"))
        return Days(monday + timedelta(5 * is_weekend), monday + timedelta(6))
    count = _UNIT_MONTHS[unit[0]]
    present = (today.year * 12 + today.month - 1) // count
    return _months((present + shift) * count, count)


def _nearest(make: Callable[[int], Days], context: _Context) -> Days:
    """Return the last period that began, or with `ahead` the next that has not ended.

    `make` returns the present period for 0, the earlier one for -1.
    """
    days = make(0)
    if context.ahead:
        return days if days.last >= context.today else make(1)
    return days if days.first <= context.today else make(-1)


def _read_date(match: re.Match[str], context: _Context) -> Days:
    """Read a day of a month, or a range of its days, with or without a year."""
    parts = match.groupdict()
    first = int(parts["day"])
    last = int(parts.get("to") or parts["day"])
    month = _month_number(parts["month"])
    return _in_year(
        match, context, lambda year: Days(date(year, month, first), date(year, month, last))
    )


def _in_year(match: re.Match[str], context: _Context, make: Callable[[int], Days]) -> Days:
    """Return the days that `make` has in the named year, or in the nearest one."""
    named = match.groupdict().get("year")
    if named is None:
        return _nearest(lambda shift: make(context.today.year + shift), context)
    return make(context.today.year + _YEARS[named] if named in _YEARS else int(named.rstrip("年")))


def _month_number(name: str) -> int:
    """Return the number of a month. Raises ValueError."""
    number = int(name) if name.isdigit() else _MONTHS.index(name[:3]) + 1
    if number not in range(1, 13):
        raise ValueError(name)
    return number


def _read_months(match: re.Match[str], context: _Context) -> Days:
    """Read a month or a quarter, with or without a year."""
    quarter = match.groupdict().get("quarter")
    count = 3 if quarter else 1
    number = int(quarter) if quarter else _month_number(match["month"])
    return _in_year(match, context, lambda year: _months(12 * year + count * (number - 1), count))


def _day_of_month(match: re.Match[str], context: _Context) -> Days:
    """Read a day without a month or with "last month", or a range of days."""
    parts = match.groupdict()
    first = int(parts["day"])
    last = int(parts.get("to") or parts["day"])
    today = context.today

    def in_month(shift: int) -> Days:
        month = _period("月", today, shift).first
        until = month if first <= last else _period("月", month, 1).first
        return Days(month.replace(day=first), until.replace(day=last))

    return in_month(_SHIFTS[parts["which"]]) if parts.get("which") else _nearest(in_month, context)


def _weekday(match: re.Match[str], context: _Context) -> Days:
    number = _WEEKDAYS[match["weekday"]]
    which = match["which"]
    today = context.today

    def in_week(shift: int) -> Days:
        return _around(_period("周", today, shift).first, number)

    if which == "last":  # "last Friday" on a Saturday is yesterday, not in the week before
        return _around(today, -((today.weekday() - number - 1) % 7 + 1))
    return in_week(_SHIFTS[which]) if which else _nearest(in_week, context)


def _read_period(match: re.Match[str], context: _Context) -> Days:
    """Read a period such as 上周 or "this month"."""
    return _period(match["unit"], context.today, _SHIFTS[match["which"]])


def _last_days(match: re.Match[str], context: _Context) -> Days:
    count = int(match["count"] or 1) * _UNIT_DAYS[match["unit"][0]]
    is_ahead = context.ahead and match[0].startswith("这")
    first = context.today - timedelta(0 if is_ahead else count - 1)
    return Days(first, first + timedelta(count - 1))


def _days_away(match: re.Match[str], context: _Context) -> Days:
    count = int(match["count"]) * _UNIT_DAYS[match["unit"][0]]
    return _around(context.today, count if match["way"] in ("后", "from now") else -count)


def _relative(match: re.Match[str], context: _Context) -> Days:
    word = match[0].removeprefix("the ").rstrip("天日晚早儿个")
    return _around(context.today, _OFFSETS[word])


_EXPRESSIONS: list[tuple[str, _Meaning]] = [
    (rf"(?P<year>\d{{4}})[-/.年]{_MONTH_NO}[-/.月]{_DAY}[日号]?", _read_date),
    (rf"(?P<year>去年|今年|明年)?{_MONTH_NO}月{_DAY}[日号]?", _read_date),
    (r"(?<![\d.:-])(?P<month>[01]\d)-(?P<day>[0-3]\d)(?![\d:-]| ?[点时日号天ap])", _read_date),
    (rf"(?<![\d.]){_MONTH_NO}[./]{_DAY}(?![\d.:%]| ?(?:个?小时|天|h))", _read_date),
    (rf"{_MONTH} {_NUMBER}(?:{_TO}{_TO_NUMBER}|,? (?P<year>\d{{4}}))?\b", _read_date),
    (rf"{_NUMBER}(?:{_TO}{_TO_NUMBER})? (?:of )?{_MONTH}{_YEAR_EN}\b", _read_date),
    (rf"(?P<year>去年|今年|明年|\d{{4}}年)?{_MONTH_NO}月份?", _read_months),
    (rf"(?:in )?{_MONTH}{_YEAR_EN}\b", _read_months),
    (rf"(?P<year>20\d\d)[-/]{_MONTH_NO}(?![-/.:\d])", _read_months),
    (r"第?(?P<quarter>[1-4])季度", _read_months),
    (r"q(?P<quarter>[1-4])(?![a-z0-9])", _read_months),
    (rf"{_WHICH}月{_DAY}[日号]", _day_of_month),
    (rf"(?:{_WHICH}月)?(?<![\d.]){_DAY}[日号]?[-到至~]{_LAST_DAY}[日号]", _day_of_month),
    (rf"(?<![\d.]){_DAY}[日号](?!楼|门|线|店|仓|机)", _day_of_month),
    (rf"(?:the )?{_DAY}(?:st|nd|rd|th)\b", _day_of_month),
    (rf"{_NUMBER}(?:{_TO}{_TO_NUMBER})? of {_WHICH_EN} month", _day_of_month),
    (rf"(?:{_WHICH})?{_WEEK}(?P<weekday>一(?![共直])|[二三四五六日天1-6])", _weekday),
    (rf"(?:{_WHICH_EN} )?{_WEEKDAY_EN}\b", _weekday),
    (rf"{_WHICH}(?P<unit>{_WEEK}末?|月|季度?)", _read_period),
    (rf"{_WHICH_EN} (?P<unit>week(?:end)?|month|quarter|year)(?!\d)", _read_period),
    (r"周末|(?:the )?weekend\b", lambda _, at: _nearest(partial(_period, "周末", at.today), at)),
    (r"(?P<which>[今去])(?P<unit>年)(?!\d)", _read_period),
    (r"(?:最近|过去|近|这)(?P<count>\d+)个?(?P<unit>月|周|星期|礼拜|天|日|年)", _last_days),
    (r"(?:the )?(?:last|past|previous) (?P<count>\d+ )?(?P<unit>day|week|month|year)s", _last_days),
    (r"(?P<count>\d+)个?(?P<unit>天|日|周|星期|礼拜)(?:之|以)?(?P<way>前|后)", _days_away),
    (r"(?P<count>\d+) (?P<unit>day|week)s? (?P<way>ago|from now)", _days_away),
    (r"今明2?天", lambda _, at: Days(at.today, at.today + timedelta(1))),
    (
        r"明后2?天|tomorrow and the day after\b(?! tomorrow)",
        lambda _, at: Days(at.today + timedelta(1), at.today + timedelta(2)),
    ),
    (
        r"(?:大?[前后]|[昨今明])天|[昨今明](?:[日晚早]|儿(?!子|女)个?)"
        r"|(?:the )?day (?:before yesterday|after tomorrow)"
        r"|yesterday|last night|today|tonight|this (?:morning|afternoon|evening)|tomorrow",
        _relative,
    ),
]
_ATOMS = [(word_pattern(pattern), meaning) for pattern, meaning in _EXPRESSIONS]
_BEGIN = re.compile(  # the beginning of every expression
    r"(?<![a-z0-9])(?:\d|the "
    r"|last|past|previous|this|current|next|today|tonight|tomorrow|yesterday|day |in "
    rf"|q[1-4]|weekend|{'|'.join(_MONTHS)}|{'|'.join(_WEEKDAYS)})|[上本这当下去今明昨前后大最近过第周星礼]"
)
_JOINT = re.compile(r" ?(?:到|至|~|—|–|-|to|through|thru|until|till) ?(?:the )?")
_OF_TODAY = re.compile(
    "[上本这当下今昨前明后大]|last|previous|this|current|next|today|yesterday|tonight|tomorrow|day "
)
_ONWARD = word_pattern(r"以来|至今|到现在|起(?!床)|之后| onwards?\b| on\b(?! \S)")
_SINCE = re.compile(r"(?:since|从) ?(?:the )?$")
_UNTIL = re.compile(r"(?:until|till|到|至) ?(?:the )?$")
# Words for days that are left beside the days that were read, such as "until Friday", 周五之前, 明后天.
_UNREAD = word_pattern(
    r"[今明昨]\||今明|\| ?(?:[之以]前|[之以]后|前(?!台)|后(?![台门])|[初底末]|\d{4})|\d年\||[截直]至|截止|为止"
    r"|[到至]\||\d[天周]内|接下来|未来|剩下|半年|季度|月[初底末]|国庆|春节|元旦|节假日"
    r"|\b(?:until|till|through|before|after) \||\|,? ?(?:and|&) ?\d"
    r"|\b(?:rest of|next \d|weekends?|quarters?|half of)\b"
)
_DOUBT = word_pattern(
    r"除了|除外|不算(?![迟早])|不在内|不包括|照常|\|.*(?:或|还是|要么|\bor\b).*\||"
    "之一|改成|改为|改到|不对|每周|每个|[上中下]旬|前半|后半|第.周|"
    r"\b(?:except|excepted|other than|apart from|but not|all but|without|instead|make that|moved to|"
    # "who has not clocked in today", "not coming in" doubt no day
    r"every|first half|second half"
    r"|not(?! (?:yet )?(?:clock|punch|confirm|disturb|com|work|feel|able|in\b|at\b|here)| \d+[:ap])\b)"
)
