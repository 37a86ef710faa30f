"""From days to pictures: which chart shows them, and its words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from bot.domain.people import Employee
from bot.domain.summaries import PersonDay, PersonRange, Standing, TeamDay, TeamRange, Totals
from bot.i18n import Texts
from bot.views.charts.values import (
    MOST_NAMES,
    Arrival,
    Arrivals,
    Bin,
    Calendar,
    Chart,
    Day,
    Grid,
    Heading,
    Histogram,
    Mark,
)
from bot.views.people_names import Names

STEP_MINUTES = 10  # of a histogram
MOST_BINS = 24
_CAME = (Mark.ON_TIME, Mark.OUTSIDE, Mark.UNKNOWN, Mark.LATE)  # from the bottom of a bar upwards
_A_DAY = timedelta(days=1)


def of_day(found: TeamDay, people: Sequence[Employee], texts: Texts, *, title: str) -> Chart:
    """Return when people came on a work date: each by name, or counted where there are more than sixty."""
    days = [day for day in found.days if day.standing is not Standing.OFF or day.present]
    heading = _heading(
        texts("report.day_title", team=title, date=_dated(found.work_date, texts)),
        texts("report.day_subtitle", at=texts.clock(found.as_of), zone=texts.zone.key, count=len(days)),
        days,
        texts,
    )
    if len(days) > MOST_NAMES:
        return _histogram(heading, days, texts)
    names = Names(people)
    ordered = sorted(days, key=lambda day: (day.arrived_at is None, day.arrived_at or found.as_of, day.user_id))
    return Arrivals(heading, [_arrival(day, names.plain(day.user_id), texts) for day in ordered])


def of_range(found: TeamRange, people: Sequence[Employee], texts: Texts, *, title: str) -> Chart:
    """Return a range: a person's calendar, people by days, or by day how many of very many came."""
    words = _days(found.first, found.last, texts)
    days = [day for person in found.people for day in person.days]
    heading = _heading(f"{title} · {words}", _sums(found.totals, texts), days, texts)
    if len(found.people) == 1:
        own = {day.work_date: _own_day(day, texts) for day in found.people[0].days}
        return _calendar(heading, found, own, texts)
    if len(found.people) > MOST_NAMES or (found.last - found.first).days > 30:
        plain = Heading(heading.title, f"{heading.subtitle} · {texts('report.shares')}", {})
        return _calendar(plain, found, _shares(found.people), texts)
    names, dates = Names(people), _dates(found.first, found.last)
    marks = {one.user_id: {day.work_date: Mark(day.standing) for day in one.days} for one in found.people}
    rows = [(names.plain(one.user_id), [marks[one.user_id].get(at) for at in dates]) for one in found.people]
    columns = [str(at.day) if at.weekday() == 0 or len(dates) <= 15 else "" for at in dates]
    return Grid(heading, columns, rows)


def _arrival(day: PersonDay, name: str, texts: Texts) -> Arrival:
    mark = Mark(day.standing)
    due = _minute(day.due_at, day.work_date, texts)
    if mark is Mark.NOT_YET_DUE and day.due_at is not None:  # a night shift's start would squeeze the morning
        return Arrival(name, mark, None, None, f"{texts(f'mark.{mark}')} {texts.clock(day.due_at)}")
    if day.arrived_at is None:
        return Arrival(name, mark, None, due, texts(f"mark.{mark}"))
    note = texts("report.late", minutes=day.late_minutes) if day.late_minutes else ""
    return Arrival(name, mark, _minute(day.arrived_at, day.work_date, texts), due, note)


def _histogram(heading: Heading, days: Sequence[PersonDay], texts: Texts) -> Histogram:
    came = [
        (_minute(day.arrived_at, day.work_date, texts) or 0, Mark(day.standing))
        for day in days
        if day.arrived_at is not None
    ]
    minutes = [minute for minute, _ in came]
    step = STEP_MINUTES
    while minutes and (max(minutes) - min(minutes)) // step >= MOST_BINS:
        step *= 2
    counted = Counter((minute // step * step, mark) for minute, mark in came)
    starts = range(min(minutes) // step * step, max(minutes) + 1, step) if minutes else range(0)
    bins = [Bin(start, {mark: counted[start, mark] for mark in _CAME if counted[start, mark]}) for start in starts]
    absent = Counter(Mark(day.standing) for day in days if day.arrived_at is None)
    lines = [
        texts("report.counted", what=texts(f"mark.{mark}"), count=absent[mark]) for mark in Mark if absent[mark]
    ]
    dues = Counter(_minute(day.due_at, day.work_date, texts) for day in days if day.due_at is not None)
    return Histogram(heading, step, bins, sorted(due for due, _ in dues.most_common(4) if due is not None), lines)


def _own_day(day: PersonDay, texts: Texts) -> Day:
    if day.late_minutes:
        note = texts("report.late", minutes=day.late_minutes)
    else:
        note = texts.clock(day.arrived_at) if day.arrived_at is not None else ""
    return Day(str(day.work_date.day), note, Mark(day.standing))


def _shares(people: Iterable[PersonRange]) -> dict[date, Day]:
    """Return, by work date, the attendance rate as it is told in words; none while somebody still may come."""
    days = [day for person in people for day in person.days]
    counted = Counter((day.work_date, day.attended) for day in days)
    running = {day.work_date for day in days if day.still_open}
    dates = {at for at, attended in counted if attended is not None} - running
    known = {at: counted[at, True] + counted[at, False] for at in dates}
    shares = {at: counted[at, True] / count for at, count in known.items()}
    return {at: Day(str(at.day), f"{share:.0%}", share=share) for at, share in shares.items()}


def _calendar(heading: Heading, found: TeamRange, days: Mapping[date, Day], texts: Texts) -> Calendar:
    begins = found.first - _A_DAY * found.first.weekday()
    ends = found.last + _A_DAY * (6 - found.last.weekday())
    cells = [
        days.get(at, Day(str(at.day))) if found.first <= at <= found.last else None for at in _dates(begins, ends)
    ]
    weeks = [cells[begin : begin + 7] for begin in range(0, len(cells), 7)]
    return Calendar(heading, [texts(f"weekday.{number}") for number in range(7)], weeks)


def _heading(title: str, subtitle: str, days: Iterable[PersonDay], texts: Texts) -> Heading:
    used = {Mark(day.standing) for day in days}
    return Heading(title, subtitle, {mark: texts(f"mark.{mark}") for mark in Mark if mark in used})


def _sums(totals: Totals, texts: Texts) -> str:
    rate = totals.attendance_rate
    parts = [texts("report.rate", rate=f"{rate:.1%}")] if rate is not None else []
    parts.append(texts("report.sum_late", count=totals.late, minutes=totals.late_minutes))
    return " · ".join(parts)


def _dates(first: date, last: date) -> list[date]:
    return [first + _A_DAY * offset for offset in range((last - first).days + 1)]


def _days(first: date, last: date, texts: Texts) -> str:
    if first.day == 1 and last == _end_of_month(first):
        return texts("report.month", year=first.year, month=first.month)
    return texts("report.days", first=f"{first:%Y-%m-%d}", last=f"{last:%m-%d}")


def _end_of_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - _A_DAY


def _dated(day: date, texts: Texts) -> str:
    return f"{day:%Y-%m-%d} {texts(f'weekday.{day.weekday()}')}"


def _minute(moment: datetime | None, day: date, texts: Texts) -> int | None:
    """Return minutes since local midnight of the work date, more than 1440 on the day after."""
    if moment is None:
        return None
    midnight = datetime.combine(day, time(), texts.zone)
    return int((moment - midnight).total_seconds() // 60)
