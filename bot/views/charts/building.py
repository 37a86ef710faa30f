"""Make charts from days: plain values with all words in the reader's language. `drawing.py` draws
them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from bot.domain.day import PersonDay, Standing
from bot.domain.people import Employee
from bot.domain.slots import A_DAY, Days
from bot.domain.summaries import TeamDay, TeamRange
from bot.views.i18n import WEEKDAYS, Texts
from bot.views.keys import STANDINGS
from bot.views.sentences import Names
from bot.views.team import lateness_in_words

MOST_PEOPLE = 60  # in one picture
MOST_DAYS = 31  # of several people
_MOST_LABELS = 12  # columns with room for a weekday and a day of the month


class Heading(NamedTuple):
    """The title and subtitle of a picture, and the labels of its legend."""

    title: str
    subtitle: str
    labels: Mapping[Standing, str]


class Arrival(NamedTuple):
    """One person's line.

    Minutes count from local midnight of the work date, None without arrival or due time.
    """

    name: str
    standing: Standing
    minute: int | None
    due_minute: int | None
    note: str  # the lateness, or the standing without an arrival


class Arrivals(NamedTuple):
    """The arrivals of up to `MOST_PEOPLE` people."""

    heading: Heading
    rows: Sequence[Arrival]


class Cell(NamedTuple):
    """A day in a grid, with lines below its mark."""

    standing: Standing
    lines: Sequence[str]


class Grid(NamedTuple):
    """People by days, or the weeks of a person by weekdays. `columns` are weekday and day of the
    month. None is an empty cell.
    """

    heading: Heading
    columns: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[Cell | None]]]


Chart = Arrivals | Grid


def is_too_large(people: int, days: Days) -> bool:
    """Return whether one picture has no room for so many people or days."""
    return people > MOST_PEOPLE or (people > 1 and days.count > MOST_DAYS)


def draw(parts: Iterable[Chart]) -> bytes:
    """Return the one chart of `parts` as PNG. Pillow is loaded here, in the process that draws."""
    from bot.views.charts.drawing import picture_of

    (chart,) = parts
    return picture_of(chart)


def of_day(team: TeamDay, people: Sequence[Employee], texts: Texts, *, title: str) -> Chart:
    """Return the arrivals on a work date."""
    days = [day for day in team.days if day.standing is not Standing.OFF or day.present]
    dated = f"{team.work_date:%Y-%m-%d} {texts.weekday(team.work_date)}"
    subtitle = texts("report.day_subtitle", at=team.as_of, zone=texts.zone.key, count=len(days))
    heading = Heading(
        texts("report.day_title", team=title, date=dated), subtitle, _labels(days, texts)
    )
    names = Names(people)
    ordered = sorted(
        days, key=lambda day: (day.arrived_at is None, day.arrived_at or team.as_of, day.user_id)
    )
    return Arrivals(heading, [_arrival(day, names.plain(day.user_id), texts) for day in ordered])


def of_range(team: TeamRange, people: Sequence[Employee], texts: Texts, *, title: str) -> Chart:
    """Return a person's calendar, or people by day."""
    shown = texts(
        "report.days", first=f"{team.days.first:%Y-%m-%d}", last=f"{team.days.last:%m-%d}"
    )
    title = f"{title} · {shown}"
    rate = team.totals.attendance_rate
    sums = [texts("report.rate", rate=f"{rate:.1%}")] if rate is not None else []
    sums += lateness_in_words(team.totals, texts)
    days = [day for person in team.people for day in person.days]
    subtitle = " · ".join(sums)
    heading = Heading(title, subtitle, _labels(days, texts))
    dates = list(team.days)
    if len(team.people) == 1:
        own = {
            day.work_date: Cell(
                day.standing, [f"{day.work_date:%d}", *_times(day, texts), *_lateness(day, texts)]
            )
            for day in days
        }
        first = team.days.first
        monday = first - A_DAY * first.weekday()
        weeks = [
            (f"{begin:%m-%d}", [own.get(begin + A_DAY * number) for number in range(7)])
            for begin in list(Days(monday, team.days.last))[::7]
        ]
        return Grid(heading, [(texts(key), "") for key in WEEKDAYS], weeks)
    names = Names(people)
    rows = []
    for person in team.people:
        cells = {
            day.work_date: Cell(day.standing, [str(day.late_minutes)] if day.late_minutes else [])
            for day in person.days
        }
        rows.append((names.plain(person.user_id), [cells.get(day) for day in dates]))
    return Grid(heading, [_column(day, len(dates), texts) for day in dates], rows)


def _column(day: date, count: int, texts: Texts) -> tuple[str, str]:
    """Return weekday and day of one of `count` columns. Narrow columns have room on Mondays."""
    has_room = day.weekday() == 0 or count <= _MOST_LABELS
    return (texts.weekday(day), str(day.day)) if has_room else ("", "")


def _times(day: PersonDay, texts: Texts) -> list[str]:
    """Return arrival and departure, with ? for an unknown one before a known one."""
    if day.left_at is None:
        return [] if day.arrived_at is None else [texts.clock(day.arrived_at)]
    return [texts.clock(at) if at else "?" for at in (day.arrived_at, day.left_at)]


def _arrival(day: PersonDay, name: str, texts: Texts) -> Arrival:
    if day.arrived_at is None:  # no due time: that of a night shift would squeeze the morning
        return Arrival(name, day.standing, None, None, texts(STANDINGS[day.standing]))
    arrived, due = (
        _minute(moment, day.work_date, texts) for moment in (day.arrived_at, day.due_at)
    )
    return Arrival(name, day.standing, arrived, due, "".join(_lateness(day, texts)))


def _labels(days: Iterable[PersonDay], texts: Texts) -> dict[Standing, str]:
    return {standing: texts(STANDINGS[standing]) for standing in {day.standing for day in days}}


def _lateness(day: PersonDay, texts: Texts) -> list[str]:
    return [texts("report.late", minutes=day.late_minutes)] if day.late_minutes else []


def _minute(moment: datetime | None, day: date, texts: Texts) -> int | None:
    """Return minutes since local midnight of the work date, above 1440 on the next day."""
    if moment is None:
        return None
    return int((moment - datetime.combine(day, time(), texts.zone)).total_seconds() // 60)
