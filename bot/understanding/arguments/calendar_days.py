"""Which days of the calendar somebody means by days as they are written, seen from today."""

from datetime import date, timedelta
from functools import lru_cache

from bot.understanding.arguments.dates import WEEKDAYS, Day, Span
from bot.understanding.intents import DateRange


@lru_cache(maxsize=1024)
def resolve(span: Span, today: date, *, forward: bool) -> DateRange | None:
    """Return the days that `span` means; None where there is no such day.

    A day without a year (or a weekday alone) is the nearest past one, with `forward` the nearest coming one.
    A week, month, quarter or year that still runs ends today, or with `forward` at its own end.
    """
    try:
        if span.last is not None and _are_plain(span.first, span.last):
            return _between(span.first, span.last, today, forward)
        first = _range(span.first, today, forward)
        last = _range(span.last, today, forward) if span.last else first
    except (ValueError, OverflowError):
        return None
    if span.onward and not forward and first.first <= today:
        return DateRange(first.first, today)
    if last.last < first.first and span.last is not None and not _has_year(span.first):
        last, first = _put_right(span, first, last, forward)
    if last.last < first.first:
        return None
    return DateRange(first.first, last.last)


def _are_plain(first: Day, last: Day) -> bool:
    """Tell whether both ends of a range are dates of no year: 11月16日到20日, 16-20号."""
    return first.unit == last.unit == "date" and not any(_has_year(day) for day in (first, last))


def _has_year(day: Day) -> bool:
    return day.year is not None or day.years is not None


def _between(first: Day, last: Day, today: date, forward: bool) -> DateRange:
    """Return the range of which the first day is the nearest past one, with `forward` the last the nearest coming.

    The other end is the nearest to that one: said on the 18th, 16-20号 is of this month although it is not over.
    """
    if forward:
        ends = _month_day(last, today, forward=True)
        return DateRange(_month_day(first, ends, forward=False), ends)
    begins = _month_day(first, today, forward=False)
    return DateRange(begins, _month_day(last, begins, forward=True))


def _put_right(span: Span, first: DateRange, last: DateRange, forward: bool) -> tuple[DateRange, DateRange]:
    """Return (last, first) of a range that wraps: Monday to Wednesday said on a Tuesday, December to January."""
    step = timedelta(days=7) if "weekday" in span.first.unit else timedelta(days=365)
    if forward:
        return DateRange(last.first + step, last.last + step), first
    return last, DateRange(first.first - step, first.last - step)


def _range(day: Day, today: date, forward: bool) -> DateRange:
    if day.years is not None:
        day = day._replace(year=today.year + day.years, years=None)
    if day.unit in WEEKDAYS:
        return _one(_weekday(day, today, forward))
    if day.unit == "day":
        return _one(today + timedelta(days=day.number))
    if day.unit == "recent":
        return DateRange(today - timedelta(days=day.number - 1), today)
    if day.unit == "week":
        monday = today + timedelta(days=7 * day.number - today.weekday())
        return _so_far(DateRange(monday, monday + timedelta(days=6)), today, forward)
    if day.unit == "month_day":
        assert day.day is not None
        return _one(_shifted(today.replace(day=1), day.number).replace(day=day.day))
    if day.unit == "date":
        return _one(_month_day(day, today, forward))
    return _so_far(_months(day, today, forward), today, forward)


def _one(day: date) -> DateRange:
    return DateRange(day, day)


def _so_far(days: DateRange, today: date, forward: bool) -> DateRange:
    return DateRange(days.first, today) if days.first <= today < days.last and not forward else days


def _weekday(day: Day, today: date, forward: bool) -> date:
    week = WEEKDAYS[day.unit]
    monday = today - timedelta(days=today.weekday())
    if week is not None:
        return monday + timedelta(days=7 * week + day.number)
    ahead = (day.number - today.weekday()) % 7
    return today + timedelta(days=ahead if forward or ahead == 0 else ahead - 7)


def _month_day(day: Day, today: date, forward: bool) -> date:
    assert day.day is not None
    if day.month is None:
        found = today.replace(day=day.day)
        if forward and found < today:
            return _shifted(today.replace(day=1), 1).replace(day=day.day)
        return found if forward or found <= today else _shifted(today.replace(day=1), -1).replace(day=day.day)
    if day.year is not None:
        return date(day.year, day.month, day.day)
    found = date(today.year, day.month, day.day)
    if forward and found < today:
        return found.replace(year=today.year + 1)
    return found if forward or found <= today else found.replace(year=today.year - 1)


def _months(day: Day, today: date, forward: bool) -> DateRange:
    if day.unit == "month":
        assert day.month is not None
        year = day.year or today.year
        first = date(year, day.month, 1)
        if day.year is None and first > today and not forward:
            first = first.replace(year=year - 1)
        return _whole_months(first, 1)
    if day.unit == "year":
        return _whole_months(date(day.year or today.year, 1, 1), 12)
    if day.unit == "month_period":
        return _whole_months(_shifted(today.replace(day=1), day.number), 1)
    if day.unit == "half_year_period":
        return DateRange(_shifted(today.replace(day=1), -5), today)
    if day.unit == "year_period":
        return _whole_months(date(today.year + day.number, 1, 1), 12)
    if day.unit == "half_year":
        first = _shifted(date(today.year, 1, 1), 6 * (day.number - 1))
        return _whole_months(first if forward or first <= today else first.replace(year=today.year - 1), 6)
    quarter = (today.month - 1) // 3 + day.number if day.unit == "quarter_period" else day.number - 1
    first = _shifted(date(today.year, 1, 1), 3 * quarter)
    if day.unit == "quarter" and first > today and not forward:
        first = first.replace(year=today.year - 1)
    return _whole_months(first, 3)


def _whole_months(first: date, months: int) -> DateRange:
    return DateRange(first, _shifted(first, months) - timedelta(days=1))


def _shifted(first: date, months: int) -> date:
    """Return the first of the month `months` after `first`, itself the first of a month."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
