"""People's days as a spreadsheet, in bounded memory.

`views/workshop.py` runs this in its own process.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from bot.domain.day import PersonDay, Standing
from bot.domain.shifts import CheckType, dates_of
from bot.domain.sites import LocationResult, Whereabouts
from bot.domain.summaries import Totals, sum_of, totals_of
from bot.views.exports import Cell, new_workbook, write_cells
from bot.views.i18n import Texts
from bot.views.shifts import hours_of

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 150_000  # keeps a file below DingTalk's 20 MB: a day has about 70 bytes
_WHO = ("user_id", "name", "department")
_COLUMNS = (
    *(*_WHO, "work_date", "shift", "due", "arrived", "left"),
    *("late_times", "late", "early_times", "early", "missed", "worked"),
    *("leave_minutes", "standing", "excused"),
    *("site_in", "distance_in", "site_out", "distance_out"),
)
_SUMS = (
    *(
        "sum_due",
        "sum_present",
        "sum_absent",
        "sum_unknown",
        "sum_excused",
        "sum_rate",
        "sum_leave",
        "sum_leave_minutes",
        "sum_late",
    ),
    *(
        "sum_late_minutes",
        "sum_early",
        "sum_early_minutes",
        "sum_missed",
        "sum_worked",
        "sum_worked_unknown",
    ),
)
_RATE = _SUMS.index("sum_rate")
_WIDTHS = {"user_id": 12, "name": 14, "department": 20, "work_date": 12, "shift": 24}
_FORMATS = {
    "work_date": {"num_format": "yyyy-mm-dd"},
    **{name: {"num_format": "hh:mm"} for name in ("due", "arrived", "left")},
    **{
        name: {"indent": 1} for name in ("shift", "standing", "site_in", "site_out")
    },  # they follow a number
    "sum_rate": {"num_format": "0.0%"},
}
_A4 = 9  # as spreadsheets number kinds of paper
_TINTS = {
    Standing.LATE: "#fde3d3",
    Standing.MISSING: "#f8d7d7",
    Standing.UNKNOWN: "#e9ecef",
    Standing.OUTSIDE: "#eae2f5",
    Standing.EXCUSED: "#d9f0e3",
    Standing.ON_LEAVE: "#d9f0e3",
}


Who = tuple[str, str, str]  # user id, name, departments


class SheetHead(NamedTuple):
    """The days of a report, and the reader's language."""

    first: date
    last: date
    texts: Texts

    def headings(self, columns: Sequence[str]) -> list[str]:
        """Return the headings of columns."""
        return [self.texts(f"sheet.{column}", zone=self.texts.zone.key) for column in columns]


class Line(NamedTuple):
    """One person's days as plain cells, which are sent to another process much faster than days."""

    who: Who
    rows: Sequence[Sequence[Cell]]
    # days after the first, standing, text in the calendar
    marks: Sequence[tuple[int, Standing, str]]
    totals: Totals


def lines_of(head: SheetHead, people: Iterable[tuple[Who, Sequence[PersonDay]]]) -> list[Line]:
    """Return people's days as the sheets of `head` show them."""
    return [
        Line(
            who,
            [[*who, *_day_cells(day, head.texts)] for day in days],
            [
                ((day.work_date - head.first).days, day.standing, _mark(day, head.texts))
                for day in days
            ],
            totals_of(days),
        )
        for who, days in people
    ]


def write(parts: Iterable[SheetHead | Sequence[Line]]) -> bytes:
    """Write a head and the batches of people after it. Return the file."""
    given = iter(parts)
    head = next(given)
    assert isinstance(head, SheetHead), "the head comes first"
    target = io.BytesIO()
    with new_workbook(target) as book:
        days = _sheet(book, head, "days", _COLUMNS)
        calendar = _sheet(book, head, "calendar", _WHO, dates_of(head.first, head.last))
        totals = _sheet(book, head, "totals", (*_WHO, *_SUMS))
        tints = {
            standing: book.add_format({"bg_color": colour}) for standing, colour in _TINTS.items()
        }
        row = 0
        number = 0
        sums = []
        for number, line in enumerate((line for batch in given for line in batch), start=1):
            assert isinstance(line, Line), "people follow the head"
            for cells in line.rows:
                row += 1
                write_cells(days, row, cells)
            write_cells(calendar, number, line.who)
            for offset, standing, words in line.marks:
                calendar.write_string(number, len(_WHO) + offset, words, tints.get(standing))
            write_cells(totals, number, [*line.who, *_sum_cells(line.totals)])
            sums.append(line.totals)
        write_cells(
            totals, number + 1, [head.texts("sheet.total"), None, None, *_sum_cells(sum_of(sums))]
        )
        for sheet, last in ((days, row), (calendar, number), (totals, number)):
            sheet.autofilter(0, 0, last, sheet.dim_colmax)
    return target.getvalue()


def _sheet(
    book: "Workbook",
    head: SheetHead,
    name: str,
    columns: Sequence[str],
    dates: Sequence[date] = (),
) -> "Worksheet":
    """Return a new sheet with its headings and print settings."""
    sheet = book.add_worksheet(head.texts(f"sheet.{name}"))
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_row(0, 48)  # three lines, for a heading that names the zone
    for place, column in enumerate(columns):
        form = book.add_format(_FORMATS[column]) if column in _FORMATS else None
        sheet.set_column(place, place, _WIDTHS.get(column, 11), form)
    if dates:
        sheet.set_column(len(columns), len(columns) + len(dates) - 1, 9)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    for place, words in enumerate([*head.headings(columns), *(f"{day:%m-%d}" for day in dates)]):
        sheet.write_string(0, place, words, bold)
    return sheet


def _day_cells(day: PersonDay, texts: Texts) -> list[Cell]:
    """Return the cells of one day from `work_date` on.

    Excused days count as zero, as in `Totals`.
    """
    counts = not day.excused
    due = _local(day.due_at, texts)
    return [
        day.work_date,
        hours_of(day, texts) or None,
        due,
        _local(day.arrived_at, texts),
        _local(day.left_at, texts),
        1 if counts and day.came_late else None,
        day.late_minutes if counts else 0,
        1 if counts and day.left_early else None,
        day.early_minutes if counts else 0,
        day.missed if counts else 0,
        day.worked_minutes,
        day.leave_minutes,
        _word(texts, day.standing),
        1 if day.excused else None,
        *_place(day, CheckType.ON_DUTY, texts),
        *_place(day, CheckType.OFF_DUTY, texts),
    ]


def _sum_cells(totals: Totals) -> list[Cell]:
    """Return the cells of totals, in the order of `_SUMS`."""
    return [*totals[:_RATE], totals.attendance_rate, *totals[_RATE:]]


def _mark(day: PersonDay, texts: Texts) -> str:
    mark = _word(texts, day.standing) + (
        f" {day.late_minutes}" if day.late_minutes and not day.excused else ""
    )
    told = not day.excused or day.standing is Standing.EXCUSED
    return mark if told else texts("sheet.excused_too", what=mark)


def _place(day: PersonDay, check_type: CheckType, texts: Texts) -> tuple[Cell, Cell]:
    """Return site and distance of the first clock-in or last clock-out. Outside this is the nearest
    site.

    The sheet never contains a position.
    """
    made: list[Whereabouts] = [
        one.where for one in day.checks if one.punched_at and one.check_type is check_type
    ]
    if not made:
        return None, None
    where = made[0 if check_type is CheckType.ON_DUTY else -1]
    distance = None if where.distance_m is None else round(where.distance_m)
    if where.result is not LocationResult.OUTSIDE:
        return where.site, distance
    outside = (
        texts("sheet.outside") if where.site is None else texts("sheet.outside_of", site=where.site)
    )
    return outside, distance


def _local(moment: datetime | None, texts: Texts) -> datetime | None:
    """Return a moment in local time to the minute, without a zone: spreadsheets have no zones."""
    return moment and moment.astimezone(texts.zone).replace(tzinfo=None, second=0, microsecond=0)


@cache
def _word(texts: Texts, standing: Standing) -> str:
    return texts(f"mark.{standing}")
