"""Days of people as spreadsheets or as zipped CSV, in bounded memory; to be run in a process of its own."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from bot.domain.day import Check, PersonDay, Standing
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult
from bot.domain.summaries import Totals, sum_of, totals_of
from bot.views.exports import Cell, harmless
from bot.views.lines import write_line

# What a file holds, so that it stays below DingTalk's 20 MB: a day comes to about 70 bytes, and names, which stand
# in three sheets, hardly get smaller.
MOST_ROWS = 150_000
MOST_NAMES_BYTES = 2_500_000
_A4 = 9  # as spreadsheets number kinds of paper
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets count local days from here
_DAY = timedelta(days=1)
_TINTS = {
    Standing.LATE: "#fde3d3",
    Standing.MISSING: "#f8d7d7",
    Standing.UNKNOWN: "#e9ecef",
    Standing.OUTSIDE: "#eae2f5",
    Standing.EXCUSED: "#d9f0e3",
    Standing.ON_LEAVE: "#d9f0e3",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Whose days a line is about."""

    user_id: str
    name: str
    department: str


@dataclass(frozen=True, slots=True)
class SheetHead:
    """What a report is called and which words it uses; `columns` and `sums` are headings in the cells' order.

    `sheets` names the three sheets: days, calendar, totals. `total` heads the line that sums up.
    """

    form: Literal["xlsx", "csv"]
    first: date
    last: date
    zone: ZoneInfo
    sheets: tuple[str, str, str]
    columns: tuple[str, ...]
    sums: tuple[str, ...]
    words: Mapping[Standing, str]
    total: str
    outside: str
    outside_of: str  # `{site}` is the nearest one
    excused_too: str  # `{what}` is how an excused day stands nevertheless
    most_rows: int = MOST_ROWS
    most_names_bytes: int = MOST_NAMES_BYTES


@dataclass(frozen=True, slots=True)
class Line:
    """One person's days as plain cells, which travel to another process many times faster than days would."""

    who: tuple[str, str, str]
    rows: Sequence[Sequence[Cell]]
    marks: Sequence[tuple[int, Standing, str]]  # days after the first, standing, what the calendar shows
    totals: Totals


def line_of(head: SheetHead, person: Person, days: Sequence[PersonDay]) -> Line:
    """Return one person's days as the sheets of `head` show them."""
    cells = day_cells if head.form == "xlsx" else _csv_cells
    return Line(
        (person.user_id, person.name, person.department),
        [cells(head, person, day) for day in days],
        [((day.work_date - head.first).days, day.standing, _mark(day, head)) for day in days],
        totals_of(days),
    )


def write(parts: Iterable[SheetHead | Sequence[Line]]) -> list[bytes]:
    """Write a head and the batches of people that follow it; return the files.

    There are several where one would be too large. A file holds whole people, in the order in which they came.
    """
    given = iter(parts)
    head = next(given)
    if not isinstance(head, SheetHead):
        raise TypeError("the head comes first")
    lines = chain.from_iterable(batch for batch in given if not isinstance(batch, SheetHead))
    write_file = _xlsx if head.form == "xlsx" else _zipped_csv
    files = []
    with tempfile.TemporaryDirectory(prefix="clock-in-bot-") as folder:
        while some := next(lines, None):
            files.append(write_file(head, _of_one_file(head, some, lines), folder))
        return files or [write_file(head, iter(()), folder)]


def _of_one_file(head: SheetHead, first: Line, others: Iterator[Line]) -> Iterator[Line]:
    """Yield `first` and as many of the `others` as one file takes."""
    days = (head.last - head.first).days + 1
    rows, names, line = 0, 0, first
    while True:
        yield line
        rows, names = rows + days, names + sum(len(text.encode(errors="replace")) for text in line.who)
        if rows + days > head.most_rows or names > head.most_names_bytes:
            return
        following = next(others, None)
        if following is None:
            return
        line = following


def day_cells(head: SheetHead, person: Person, day: PersonDay) -> list[Cell]:
    """Return the cells of one day, in the order of `head.columns`; dates and times as day numbers."""
    counts = day.counts  # as in `Totals`, so that the columns add up to them
    return [
        person.user_id,
        person.name,
        person.department,
        _serial_day(day.work_date),
        _shift(day.due_at, day.ends_at, head.zone),
        _serial(day.due_at, head.zone),
        _serial(day.arrived_at, head.zone),
        _serial(day.left_at, head.zone),
        1 if counts and day.came_late else None,
        day.late_minutes if counts else 0,
        1 if counts and day.left_early else None,
        day.early_minutes if counts else 0,
        day.missed if counts else 0,
        day.worked_minutes,
        head.words[day.standing],
        1 if day.excused else None,
        *_place(_punch(day.checks, CheckType.ON_DUTY), head),
        *_place(_punch(reversed(day.checks), CheckType.OFF_DUTY), head),
    ]


def sum_cells(totals: Totals) -> list[Cell]:
    """Return the cells of a line of totals, after name, id and department."""
    return [
        totals.due,
        totals.present,
        totals.absent,
        totals.unknown,
        totals.excused,
        totals.attendance_rate,
        totals.leave_days,
        totals.late,
        totals.late_minutes,
        totals.early,
        totals.early_minutes,
        totals.missed,
        totals.worked_minutes,
        totals.worked_unknown,
    ]


_DATE, _TIME = 3, (5, 6, 7)  # columns of a day
_AFTER_NUMBERS = (4, 14, 16, 18)  # texts that would touch the number before them
_RATE = 8  # column of a line of totals


def _xlsx(head: SheetHead, lines: Iterator[Line], folder: str) -> bytes:
    target = Path(folder) / "book.xlsx"
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {
            _DATE: book.add_format({"num_format": "yyyy-mm-dd"}),
            **dict.fromkeys(_TIME, book.add_format({"num_format": "hh:mm"})),
            **dict.fromkeys(_AFTER_NUMBERS, book.add_format({"indent": 1})),
        }
        percent = {_RATE: book.add_format({"num_format": "0.0%"})}
        tints = {standing: book.add_format({"bg_color": colour}) for standing, colour in _TINTS.items()}
        days, calendar, totals = (book.add_worksheet(name) for name in head.sheets)
        dates = [head.first + _DAY * offset for offset in range((head.last - head.first).days + 1)]
        _head(days, head.columns, bold, frozen=2, widths=(12, 14, 20, 12, 14, *[11] * 15))
        short = [f"{one:%m-%d}" for one in dates]
        _head(calendar, [*head.columns[:3], *short], bold, frozen=2, widths=(12, 14, 20, *[9] * len(dates)))
        _head(totals, [*head.columns[:3], *head.sums], bold, frozen=2, widths=(12, 14, 20, *[11] * len(head.sums)))
        row, parts, number = 0, [], 0
        for number, line in enumerate(lines, start=1):
            for cells in line.rows:
                row += 1
                write_line(days, row, cells, formats)
            shown: list[Cell] = [None] * len(dates)
            coloured = {}
            for at, standing, words in line.marks:
                shown[at] = words
                if standing in tints:
                    coloured[3 + at] = tints[standing]
            write_line(calendar, number, [*line.who, *shown], coloured)
            parts.append(line.totals)
            write_line(totals, number, [*line.who, *sum_cells(line.totals)], percent)
        write_line(totals, number + 1, [head.total, None, None, *sum_cells(sum_of(parts))], percent)
        days.autofilter(0, 0, row, len(head.columns) - 1)
        calendar.autofilter(0, 0, number, len(dates) + 2)
        totals.autofilter(0, 0, number, len(head.sums) + 2)
    return target.read_bytes()


def _head(sheet: Worksheet, words: Sequence[str], bold: object, *, frozen: int, widths: Sequence[int]) -> None:
    sheet.freeze_panes(1, frozen)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 48)  # three lines, for a heading that names the zone
    for column, word in enumerate(words):
        sheet.write_string(0, column, word, bold)


def _mark(day: PersonDay, head: SheetHead) -> str:
    mark = head.words[day.standing] + (f" {day.late_minutes}" if day.late_minutes else "")
    return head.excused_too.format(what=mark) if day.excused and day.standing is not Standing.EXCUSED else mark


def _zipped_csv(head: SheetHead, lines: Iterator[Line], folder: str) -> bytes:
    """Write a CSV with a BOM, by which spreadsheets know its UTF-8; texts that look like formulas are quoted."""
    target = Path(folder) / "book.zip"
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open(f"{head.first}_{head.last}.csv", "w", force_zip64=True) as raw,
        io.TextIOWrapper(raw, "utf-8-sig", newline="") as text,
    ):
        writer = csv.writer(text)
        writer.writerow([harmless(word) for word in head.columns])
        for line in lines:
            writer.writerows([harmless(cell) for cell in row] for row in line.rows)
    return target.read_bytes()


def _csv_cells(head: SheetHead, person: Person, day: PersonDay) -> list[Cell]:
    cells = day_cells(head, person, day)
    cells[_DATE] = day.work_date.isoformat()
    for column, moment in zip(_TIME, (day.due_at, day.arrived_at, day.left_at), strict=True):
        cells[column] = None if moment is None else f"{moment.astimezone(head.zone):%Y-%m-%d %H:%M}"
    return cells


def _punch(checks: Iterable[Check], check_type: CheckType) -> Check | None:
    """Return the first of `checks` of a type that was made."""
    return next((check for check in checks if check.punched_at and check.check_type is check_type), None)


def _place(check: Check | None, head: SheetHead) -> tuple[Cell, Cell]:
    """Return site and distance of a punch; a position itself is never shown. Outside, the site is the nearest."""
    if check is None:
        return None, None
    where = check.where
    distance = None if where.distance_m is None else round(where.distance_m)
    if where.result is not LocationResult.OUTSIDE:
        return where.site, distance
    return (head.outside if where.site is None else head.outside_of.format(site=where.site)), distance


@lru_cache(maxsize=1024)
def _shift(due_at: datetime | None, ends_at: datetime | None, zone: ZoneInfo) -> str | None:
    if due_at is None or ends_at is None:
        return None
    return f"{due_at.astimezone(zone):%H:%M}–{ends_at.astimezone(zone):%H:%M}"


@lru_cache(maxsize=4096)
def _serial(moment: datetime | None, zone: ZoneInfo) -> float | None:
    """Return a local moment as days since 1899-12-30, to the minute, as spreadsheets hold date and time."""
    if moment is None:
        return None
    local = moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    return (local - _EPOCH) / _DAY


def _serial_day(day: date) -> int:
    return (day - _EPOCH.date()).days
