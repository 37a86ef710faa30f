"""From days to charts: plain values with all words in the reader's language, ready to be drawn elsewhere."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from bot.domain.day import PersonDay, Standing
from bot.domain.people import Employee
from bot.domain.summaries import TeamDay, TeamRange
from bot.i18n import Texts
from bot.views.formatting import Names

MOST_NAMES = 60  # beyond it a picture counts instead of naming
STEP_MINUTES = 10  # of a histogram
MOST_BINS = 24
_CAME = (Standing.ON_TIME, Standing.OUTSIDE, Standing.UNKNOWN, Standing.LATE)  # from the bottom of a bar upwards
_A_DAY = timedelta(days=1)


class Heading(NamedTuple):
    """What stands above a picture, and the word for each standing that its legend explains."""

    title: str
    subtitle: str
    words: Mapping[Standing, str]


class Arrival(NamedTuple):
    """One person's line. Minutes count from local midnight of the work date; None: no arrival, nothing due."""

    name: str
    standing: Standing
    minute: int | None
    due_minute: int | None
    note: str  # how late it was, or what there is in place of an arrival


class Arrivals(NamedTuple):
    """When each of up to `MOST_NAMES` people came."""

    heading: Heading
    rows: Sequence[Arrival]


class Histogram(NamedTuple):
    """When many people came: counts by the minute a step begins, and lines about those without an arrival."""

    heading: Heading
    step_minutes: int
    bins: Mapping[int, Mapping[Standing, int]]
    due_minutes: Sequence[int]
    absent: Sequence[str]


class Grid(NamedTuple):
    """People by days: a standing each, None for a day that is not shown. `columns` label some of the days."""

    heading: Heading
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Standing | None]]]


class Day(NamedTuple):
    """One day of a calendar: its number, a few words, and a standing or a share (0 to 1) that colours it."""

    number: str
    note: str = ""
    standing: Standing | None = None
    share: float | None = None


class Calendar(NamedTuple):
    """Weeks of seven days, None before the first and after the last. `weekdays` are the seven headings."""

    heading: Heading
    weekdays: Sequence[str]
    weeks: Sequence[Sequence[Day | None]]


Chart = Arrivals | Histogram | Grid | Calendar


def draw(parts: Iterable[Chart]) -> bytes:
    """Return the one chart of `parts` as PNG. Pillow is loaded here, in the process that draws."""
    from bot.views.charts.drawing import picture_of

    (chart,) = parts
    return picture_of(chart)


def of_day(found: TeamDay, people: Sequence[Employee], texts: Texts, *, title: str) -> Chart:
    """Return when people came on a work date: each by name, or counted where there are more than sixty."""
    days = [day for day in found.days if day.standing is not Standing.OFF or day.present]
    dated = f"{found.work_date:%Y-%m-%d} {texts(f'weekday.{found.work_date.weekday()}')}"
    subtitle = texts("report.day_subtitle", at=texts.clock(found.as_of), zone=texts.zone.key, count=len(days))
    heading = Heading(texts("report.day_title", team=title, date=dated), subtitle, _words(days, texts))
    if len(days) > MOST_NAMES:
        return _histogram(heading, days, texts)
    names = Names(people)
    ordered = sorted(days, key=lambda day: (day.arrived_at is None, day.arrived_at or found.as_of, day.user_id))
    return Arrivals(heading, [_arrival(day, names.plain(day.user_id), texts) for day in ordered])


def of_range(found: TeamRange, people: Sequence[Employee], texts: Texts, *, title: str) -> Chart:
    """Return a range: a person's calendar, people by days, or by day how many of very many came."""
    title = f"{title} · {_range(found.first, found.last, texts)}"
    rate, late = found.totals.attendance_rate, found.totals.late
    sums = [texts("report.rate", rate=f"{rate:.1%}")] if rate is not None else []
    sums.append(texts("report.sum_late", count=late, minutes=found.totals.late_minutes))
    days, subtitle = [day for person in found.people for day in person.days], " · ".join(sums)
    heading = Heading(title, subtitle, _words(days, texts))
    if len(found.people) == 1:
        own = {
            day.work_date: Day(
                str(day.work_date.day),
                _lateness(day, texts) or (texts.clock(day.arrived_at) if day.arrived_at is not None else ""),
                day.standing,
            )
            for day in days
        }
        return _calendar(heading, found, own, texts)
    if len(found.people) > MOST_NAMES or (found.last - found.first).days > 30:
        plain = Heading(title, f"{subtitle} · {texts('report.shares')}", {})
        return _calendar(plain, found, _shares(days), texts)
    names, dates = Names(people), _dates(found.first, found.last)
    standings = {one.user_id: {day.work_date: day.standing for day in one.days} for one in found.people}
    rows = [(names.plain(user_id), [own.get(at) for at in dates]) for user_id, own in standings.items()]
    return Grid(heading, [str(at.day) if at.weekday() == 0 or len(dates) <= 15 else "" for at in dates], rows)


def _arrival(day: PersonDay, name: str, texts: Texts) -> Arrival:
    words = texts(f"mark.{day.standing}")
    if day.standing is Standing.NOT_YET_DUE and day.due_at is not None:
        # No due time: that of a night shift would squeeze the morning.
        return Arrival(name, day.standing, None, None, f"{words} {texts.clock(day.due_at)}")
    arrived, due = (_minute(moment, day.work_date, texts) for moment in (day.arrived_at, day.due_at))
    return Arrival(name, day.standing, arrived, due, words if arrived is None else _lateness(day, texts))


def _histogram(heading: Heading, days: Sequence[PersonDay], texts: Texts) -> Histogram:
    minutes = [(_minute(day.arrived_at, day.work_date, texts), day.standing) for day in days]
    came = [minute for minute, _ in minutes if minute is not None]
    first, last, step = min(came, default=0), max(came, default=-1), STEP_MINUTES
    while (last - first) // step >= MOST_BINS:
        step *= 2
    counted = Counter(
        (minute if minute is None else minute // step * step, standing) for minute, standing in minutes
    )
    bins = {
        start: {standing: counted[start, standing] for standing in _CAME if counted[start, standing]}
        for start in range(first // step * step, last + 1, step)
    }
    absent = [
        texts("report.counted", what=texts(f"mark.{standing}"), count=counted[None, standing])
        for standing in Standing
        if counted[None, standing]
    ]
    dues = Counter(_minute(day.due_at, day.work_date, texts) for day in days if day.due_at is not None)
    return Histogram(heading, step, bins, sorted(due for due, _ in dues.most_common(4) if due is not None), absent)


def _shares(days: Sequence[PersonDay]) -> dict[date, Day]:
    """Return the attendance rate of each work date; none while somebody still may come."""
    counted = Counter((day.work_date, day.attended) for day in days)
    running = {day.work_date for day in days if day.still_open}
    found = {}
    for at in {at for at, attended in counted if attended is not None} - running:
        share = counted[at, True] / (counted[at, True] + counted[at, False])
        found[at] = Day(str(at.day), f"{share:.0%}", share=share)
    return found


def _calendar(heading: Heading, found: TeamRange, days: Mapping[date, Day], texts: Texts) -> Calendar:
    begins = found.first - _A_DAY * found.first.weekday()
    ends = found.last + _A_DAY * (6 - found.last.weekday())
    cells = [
        days.get(at, Day(str(at.day))) if found.first <= at <= found.last else None for at in _dates(begins, ends)
    ]
    weeks = [cells[begin : begin + 7] for begin in range(0, len(cells), 7)]
    return Calendar(heading, [texts(f"weekday.{number}") for number in range(7)], weeks)


def _words(days: Iterable[PersonDay], texts: Texts) -> dict[Standing, str]:
    return {standing: texts(f"mark.{standing}") for standing in {day.standing for day in days}}


def _lateness(day: PersonDay, texts: Texts) -> str:
    return texts("report.late", minutes=day.late_minutes) if day.late_minutes else ""


def _dates(first: date, last: date) -> list[date]:
    return [first + _A_DAY * offset for offset in range((last - first).days + 1)]


def _range(first: date, last: date, texts: Texts) -> str:
    after = last + _A_DAY
    if first.day == after.day == 1 and (last - first).days < 31:
        return texts("report.month", year=first.year, month=first.month)
    return texts("report.days", first=f"{first:%Y-%m-%d}", last=f"{last:%m-%d}")


def _minute(moment: datetime | None, day: date, texts: Texts) -> int | None:
    """Return minutes since local midnight of the work date, more than 1440 on the day after."""
    if moment is None:
        return None
    return int((moment - datetime.combine(day, time(), texts.zone)).total_seconds() // 60)
