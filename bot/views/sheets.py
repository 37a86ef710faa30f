"""People's days as a spreadsheet, in bounded memory.

`views/workshop.py` runs this in its own process.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from bot.domain.day import PersonDay, Standing
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, Whereabouts
from bot.domain.slots import Days
from bot.domain.summaries import Totals, sum_of, totals_of
from bot.views.days import hours_of
from bot.views.exports import Cell, new_workbook, write_cells
from bot.views.i18n import Texts
from bot.views.keys import STANDINGS

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 150_000  # keeps a file below DingTalk's 20 MB: a day has about 70 bytes
_A4 = 9  # as spreadsheets number kinds of paper
_TINTS = {
    Standing.LATE: "#fde3d3",
    Standing.MISSING: "#f8d7d7",
    Standing.UNKNOWN: "#e9ecef",
    Standing.OUTSIDE: "#eae2f5",
    Standing.EXCUSED: "#d9f0e3",
    Standing.ON_LEAVE: "#d9f0e3",
}


class Who(NamedTuple):
    """The cells that name a person in each sheet."""

    user_id: str
    name: str
    departments: str
    job_number: str = ""


F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class SheetColumn(Generic[F]):
    """One column: the key of its heading, and its cell, a field of the row's facts or a function.

    `width` is in characters.
    """

    key: str
    cell: str | Callable[[F, Texts], Cell]
    width: int = 11
    format: Mapping[str, object] | None = None


def _standing(day: PersonDay, texts: Texts) -> str:
    """Return the standing in a word. Of a late day without a full minute it says so."""
    is_by_seconds = day.standing is Standing.LATE and day.checks and not day.late_minutes
    return texts("standing.late_by_seconds" if is_by_seconds else STANDINGS[day.standing])


_DATE = {"num_format": "yyyy-mm-dd"}
_TIME = {"num_format": "hh:mm"}
_PERCENT = {"num_format": "0.0%"}
_WHO: Sequence[SheetColumn[Who]] = (
    SheetColumn("sheet.user_id", "user_id", width=12),
    SheetColumn("sheet.name", "name", width=14),
    SheetColumn("sheet.job_number", lambda who, _: who.job_number or None, width=12),
    SheetColumn("sheet.department", "departments", width=20),
)
_DAY: Sequence[SheetColumn[PersonDay]] = (
    SheetColumn("sheet.work_date", "work_date", width=12, format=_DATE),
    SheetColumn("sheet.weekday", lambda day, texts: texts.weekday(day.work_date)),
    SheetColumn(
        "sheet.shift",
        lambda day, texts: hours_of(day, texts) or None,
        width=24,
    ),
    SheetColumn("sheet.due", lambda day, texts: _local(day.due_at, texts), format=_TIME),
    SheetColumn("sheet.arrived", lambda day, texts: _local(day.arrived_at, texts), format=_TIME),
    SheetColumn("sheet.left", lambda day, texts: _local(day.left_at, texts), format=_TIME),
)
_FIGURES: Sequence[SheetColumn[Totals]] = (  # of one day
    SheetColumn("sheet.late_times", "late"),
    SheetColumn("sheet.serious_late_times", "serious_late"),
    SheetColumn("sheet.late", "late_minutes"),
    SheetColumn("sheet.early_times", "early"),
    SheetColumn("sheet.early", "early_minutes"),
    SheetColumn("sheet.missed", "missed"),
)
_REST_OF_DAY: Sequence[SheetColumn[PersonDay]] = (
    SheetColumn("sheet.worked", "worked_minutes"),
    SheetColumn("sheet.breaks", "breaks_minutes"),
    SheetColumn("sheet.leave_minutes", "leave_minutes"),
    SheetColumn("sheet.standing", _standing, width=18),
    SheetColumn("sheet.excused", "excused"),
    SheetColumn(
        "sheet.site_in",
        lambda day, texts: _site(_place(day, CheckType.ON_DUTY), texts),
    ),
    SheetColumn("sheet.distance_in", lambda day, _: _distance(_place(day, CheckType.ON_DUTY))),
    SheetColumn(
        "sheet.site_out",
        lambda day, texts: _site(_place(day, CheckType.OFF_DUTY), texts),
    ),
    SheetColumn("sheet.distance_out", lambda day, _: _distance(_place(day, CheckType.OFF_DUTY))),
)
_KINDS: SheetColumn[PersonDay] = SheetColumn(
    "sheet.leave_kinds", lambda day, _: ", ".join(day.kinds) or None, width=16
)
_KEYS = [*(column.key for column in _WHO), *(column.key for column in _DAY)]
_WORK_DATE = _KEYS.index("sheet.work_date")
_TIMES = [_KEYS.index(f"sheet.{name}") for name in ("due", "arrived", "left")]
_SUMS: Sequence[SheetColumn[Totals]] = (
    SheetColumn("sheet.sum_due", "due"),
    SheetColumn("sheet.sum_present", "present"),
    SheetColumn("sheet.sum_absent", "absent"),
    SheetColumn("sheet.sum_unknown", "unknown"),
    SheetColumn("sheet.sum_excused", "excused"),
    SheetColumn("sheet.sum_rate", "attendance_rate", format=_PERCENT),
    SheetColumn("sheet.sum_leave", "leave_days"),
    SheetColumn(
        "sheet.sum_leave_minutes",
        lambda totals, _: None if totals.leave_unknown else totals.leave_minutes,
    ),
    SheetColumn("sheet.sum_late", "late"),
    SheetColumn("sheet.sum_serious_late", "serious_late"),
    SheetColumn("sheet.sum_late_minutes", "late_minutes"),
    SheetColumn("sheet.sum_early", "early"),
    SheetColumn("sheet.sum_early_minutes", "early_minutes"),
    SheetColumn("sheet.sum_missed", "missed"),
    SheetColumn("sheet.sum_worked", "worked_minutes"),
    SheetColumn("sheet.sum_worked_unknown", "worked_unknown"),
    SheetColumn(
        "sheet.sum_breaks",
        lambda totals, _: None if totals.breaks_unknown else totals.breaks_minutes,
    ),
)


class SheetHead(NamedTuple):
    """The days of a report, the reader's language, and whether the reader sees kinds of leave."""

    days: Days
    texts: Texts
    shows_kinds: bool = False

    @property
    def rest_of_day(self) -> Sequence[SheetColumn[PersonDay]]:
        return (*_REST_OF_DAY, _KINDS) if self.shows_kinds else _REST_OF_DAY


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
            [
                [
                    *_cells(_WHO, who, head.texts),
                    *_cells(_DAY, day, head.texts),
                    *_cells(_FIGURES, totals_of([day]), head.texts),
                    *_cells(head.rest_of_day, day, head.texts),
                ]
                for day in days
            ],
            [
                ((day.work_date - head.days.first).days, day.standing, _mark(day, head.texts))
                for day in days
            ],
            totals_of(days),
        )
        for who, days in people
    ]


def write(head: SheetHead, batches: Iterable[Sequence[Line]]) -> bytes:
    """Write batches of people. Return the file."""
    target = io.BytesIO()
    with new_workbook(target) as book:
        days = _sheet(book, head, "sheet.days", [*_WHO, *_DAY, *_FIGURES, *head.rest_of_day])
        calendar = _sheet(book, head, "sheet.calendar", _WHO, list(head.days))
        totals = _sheet(book, head, "sheet.totals", [*_WHO, *_SUMS])
        tints = {
            standing: book.add_format({"bg_color": colour}) for standing, colour in _TINTS.items()
        }
        formats: dict[int, Format] = {}  # of times, by days after the work date
        row = 0
        number = 0
        sums = []
        for number, line in enumerate(chain.from_iterable(batches), start=1):
            for cells in line.rows:
                row += 1
                write_cells(days, row, cells)
                for column in _TIMES:
                    moment = cells[column]
                    if isinstance(moment, datetime) and (apart := _days_apart(moment, cells)):
                        if apart not in formats:
                            formats[apart] = book.add_format({"num_format": f'hh:mm" {apart:+d}"'})
                        days.write_datetime(row, column, moment, formats[apart])
            who = _cells(_WHO, line.who, head.texts)
            write_cells(calendar, number, who)
            for offset, standing, words in line.marks:
                calendar.write_string(number, len(_WHO) + offset, words, tints.get(standing))
            write_cells(totals, number, [*who, *_cells(_SUMS, line.totals, head.texts)])
            sums.append(line.totals)
        nobody: list[Cell] = [None for _ in _WHO[1:]]
        all_sums = _cells(_SUMS, sum_of(sums), head.texts)
        write_cells(totals, number + 1, [head.texts("sheet.total"), *nobody, *all_sums])
        for sheet, last in ((days, row), (calendar, number), (totals, number)):
            sheet.autofilter(0, 0, last, sheet.dim_colmax)
    return target.getvalue()


def _sheet(
    book: "Workbook",
    head: SheetHead,
    key: str,
    columns: Sequence[SheetColumn[Any]],
    dates: Sequence[date] = (),
) -> "Worksheet":
    """Return a new sheet with its headings and print settings. `key` names its sentence."""
    sheet = book.add_worksheet(head.texts(key))
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_row(0, 48)  # three lines, for a heading that names the zone
    for number, column in enumerate(columns):
        cell_format = None if column.format is None else book.add_format(column.format)
        sheet.set_column(number, number, column.width, cell_format)
    if dates:
        sheet.set_column(len(columns), len(columns) + len(dates) - 1, 9)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    headings = [head.texts(column.key, zone=head.texts.zone.key) for column in columns]
    for number, heading in enumerate([*headings, *(f"{day:%m-%d}" for day in dates)]):
        sheet.write_string(0, number, heading, bold)
    return sheet


def _cells(columns: Sequence[SheetColumn[F]], facts: F, texts: Texts) -> list[Cell]:
    """Return the cells of a row, in the order of its columns."""
    return [
        getattr(facts, column.cell) if isinstance(column.cell, str) else column.cell(facts, texts)
        for column in columns
    ]


def _mark(day: PersonDay, texts: Texts) -> str:
    standing = _standing(day, texts)
    if not day.excused:
        return f"{standing} {day.late_minutes}" if day.late_minutes else standing
    if day.standing is Standing.EXCUSED:
        return standing
    return texts("sheet.excused_too", what=standing)


def _place(day: PersonDay, check_type: CheckType) -> Whereabouts | None:
    """Return where the first clock-in or the last clock-out was made, None without one."""
    places = [
        check.where for check in day.checks if check.punched_at and check.check_type is check_type
    ]
    if not places:
        return None
    return places[0 if check_type is CheckType.ON_DUTY else -1]


def _site(where: Whereabouts | None, texts: Texts) -> Cell:
    """Return the site of a punch; outside this is the nearest one.

    The sheet never contains a position.
    """
    if where is None or where.result is not LocationResult.OUTSIDE:
        return where and where.site
    if where.site is None:
        return texts("sheet.outside")
    return texts("sheet.outside_of", site=where.site)


def _distance(where: Whereabouts | None) -> Cell:
    return None if where is None or where.distance_m is None else round(where.distance_m)


def _days_apart(moment: datetime, cells: Sequence[Cell]) -> int:
    """Return the local days from the work date of a row to a moment."""
    work_date = cells[_WORK_DATE]
    assert isinstance(work_date, date), "each day has its date"
    return (moment.date() - work_date).days


def _local(moment: datetime | None, texts: Texts) -> datetime | None:
    """Return a moment in local time to the minute, without a zone: spreadsheets have no zones."""
    return moment and moment.astimezone(texts.zone).replace(tzinfo=None, second=0, microsecond=0)
