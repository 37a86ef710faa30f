"""Days of people as spreadsheets or as zipped CSV, in bounded memory; to be run in a process of its own."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from html import escape
from itertools import chain, islice
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from bot.domain.day import Check, PersonDay, Standing
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult
from bot.domain.summaries import Totals, sum_of, totals_of
from bot.i18n import Texts
from bot.views.exports import NOT_IN_XML, WORKBOOK, Cell, harmless, write_cells

# What a file holds, so that it stays below DingTalk's 20 MB: a day comes to about 70 bytes, and names, which stand
# in three sheets, hardly get smaller.
MOST_ROWS = 150_000
MOST_PEOPLE = 20_000
COLUMNS = (
    *("user_id", "name", "department", "work_date", "shift", "due", "arrived", "left"),
    *("late_times", "late", "early_times", "early", "missed", "worked", "standing", "excused"),
    *("site_in", "distance_in", "site_out", "distance_out"),
)
SUMS = (
    *("due", "present", "absent", "unknown", "excused", "rate", "leave", "late", "late_minutes"),
    *("early", "early_minutes", "missed", "worked", "worked_unknown"),
)
_DATE, _TIMES = 3, (5, 6, 7)  # columns of a day
_AFTER_NUMBERS = (4, 14, 16, 18)  # texts that would touch the number before them
_LETTERS = tuple(map(xl_col_to_name, range(128)))
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
    """The form and the days of a report, and the reader's language."""

    form: Literal["sheet", "csv"]
    first: date
    last: date
    texts: Texts
    most_rows: int = MOST_ROWS

    @property
    def dates(self) -> list[date]:
        """Return the days."""
        return [self.first + _DAY * offset for offset in range((self.last - self.first).days + 1)]

    @property
    def columns(self) -> list[str]:
        """Return the headings of a day's cells."""
        return [self.texts(f"sheet.{name}", zone=self.texts.zone.key) for name in COLUMNS]


@dataclass(frozen=True, slots=True)
class Line:
    """One person's days as plain cells, which travel to another process many times faster than days would."""

    who: tuple[str, str, str]
    rows: Sequence[Sequence[Cell]]
    marks: Sequence[tuple[int, Standing, str]]  # days after the first, standing, what the calendar shows
    totals: Totals


def line_of(head: SheetHead, person: Person, days: Sequence[PersonDay]) -> Line:
    """Return one person's days as the sheets of `head` show them."""
    return Line(
        (person.user_id, person.name, person.department),
        [_day_cells(head, person, day) for day in days],
        [((day.work_date - head.first).days, day.standing, _mark(day, head.texts)) for day in days],
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
    write_file = _xlsx if head.form == "sheet" else _zipped_csv
    most = max(1, min(MOST_PEOPLE, head.most_rows // len(head.dates)))
    files = []
    with tempfile.TemporaryDirectory(prefix="clock-in-bot-") as folder:
        while first := next(lines, None):
            files.append(write_file(head, chain([first], islice(lines, most - 1)), folder))
        return files or [write_file(head, iter(()), folder)]


def _day_cells(head: SheetHead, person: Person, day: PersonDay) -> list[Cell]:
    """Return the cells of one day, in the order of `COLUMNS`; in a spreadsheet dates and times are day numbers."""
    counts, zone = day.counts, head.texts.zone  # as in `Totals`, so that the columns add up to them
    moments = (day.due_at, day.arrived_at, day.left_at)
    if head.form == "csv":
        dated: Cell = day.work_date.isoformat()
        times: list[Cell] = [f"{one.astimezone(zone):%Y-%m-%d %H:%M}" if one else None for one in moments]
    else:
        dated = (day.work_date - _EPOCH.date()).days
        times = [_serial(one, zone) for one in moments]
    return [
        person.user_id,
        person.name,
        person.department,
        dated,
        _shift(day.due_at, day.ends_at, zone),
        *times,
        1 if counts and day.came_late else None,
        day.late_minutes if counts else 0,
        1 if counts and day.left_early else None,
        day.early_minutes if counts else 0,
        day.missed if counts else 0,
        day.worked_minutes,
        _word(head.texts, day.standing),
        1 if day.excused else None,
        *_place(_punch(day.checks, CheckType.ON_DUTY), head.texts),
        *_place(_punch(reversed(day.checks), CheckType.OFF_DUTY), head.texts),
    ]


def _sum_cells(totals: Totals) -> list[Cell]:
    """Return the cells of a line of totals, in the order of `SUMS`."""
    sums = astuple(totals)
    rate = SUMS.index("rate")
    return [*sums[:rate], totals.attendance_rate, *sums[rate:]]


def _xlsx(head: SheetHead, lines: Iterator[Line], folder: str) -> bytes:
    target, texts, dates = Path(folder) / "book.xlsx", head.texts, head.dates
    with xlsxwriter.Workbook(target, {**WORKBOOK, "tmpdir": folder}) as book:
        formats = {
            _DATE: book.add_format({"num_format": "yyyy-mm-dd"}),
            **dict.fromkeys(_TIMES, book.add_format({"num_format": "hh:mm"})),
            **dict.fromkeys(_AFTER_NUMBERS, book.add_format({"indent": 1})),
        }
        percent = {3 + SUMS.index("rate"): book.add_format({"num_format": "0.0%"})}
        tints = {standing: book.add_format({"bg_color": colour}) for standing, colour in _TINTS.items()}
        days, calendar, totals = (
            book.add_worksheet(texts(f"sheet.{name}")) for name in ("days", "calendar", "totals")
        )
        who, bold = head.columns[:3], book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        _head(days, head.columns, bold, widths=(12, 14, 20, 12, 14, *[11] * 15))
        _head(calendar, [*who, *(f"{one:%m-%d}" for one in dates)], bold, widths=(12, 14, 20, *[9] * len(dates)))
        sums = [texts(f"sheet.sum_{name}") for name in SUMS]
        _head(totals, [*who, *sums], bold, widths=(12, 14, 20, *[11] * len(sums)))
        row, number, parts = 0, 0, []
        for number, line in enumerate(lines, start=1):
            for cells in line.rows:
                row += 1
                _write_line(days, row, cells, formats)
            shown = {3 + at: words for at, _, words in line.marks}
            tinted = {3 + at: tints[standing] for at, standing, _ in line.marks if standing in tints}
            marks = [shown.get(column) for column in range(3, 3 + len(dates))]
            _write_line(calendar, number, [*line.who, *marks], tinted)
            _write_line(totals, number, [*line.who, *_sum_cells(line.totals)], percent)
            parts.append(line.totals)
        total = [texts("sheet.total"), None, None, *_sum_cells(sum_of(parts))]
        _write_line(totals, number + 1, total, percent)
        days.autofilter(0, 0, row, len(COLUMNS) - 1)
        calendar.autofilter(0, 0, number, len(dates) + 2)
        totals.autofilter(0, 0, number, len(sums) + 2)
    return target.read_bytes()


def _head(sheet: Worksheet, words: Sequence[str], bold: object, *, widths: Sequence[int]) -> None:
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 48)  # three lines, for a heading that names the zone
    write_cells(sheet, 0, words, dict.fromkeys(range(len(words)), bold))


def _write_line(sheet: Worksheet, row: int, cells: Sequence[Cell], formats: Mapping[int, Format]) -> None:
    """Write a row as XML, below those already written. Cell by cell the library takes five times as long."""
    if row > sheet.previous_row:
        sheet._write_single_row(row)
    sheet._check_dimensions(row, len(cells) - 1)
    written = [
        f'<c r="{_LETTERS[column]}{row + 1}"{_cell(cell, formats.get(column))}'
        for column, cell in enumerate(cells)
        if cell is not None
    ]
    sheet.row_data_fh.write(f'<row r="{row + 1}">{"".join(written)}</row>')


@lru_cache(maxsize=65_536)  # the same names, minutes and times of day come again and again
def _cell(cell: str | float, styled: Format | None) -> str:
    style = f' s="{styled._get_xf_index()}"' if styled is not None else ""
    if not isinstance(cell, str):
        return f"{style}><v>{cell!r}</v></c>"
    text = escape(NOT_IN_XML.sub("", cell), quote=False)
    return f'{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _zipped_csv(head: SheetHead, lines: Iterator[Line], folder: str) -> bytes:
    """Write a CSV with a BOM, by which spreadsheets know its UTF-8; texts that look like formulas are quoted."""
    target = Path(folder) / "book.zip"
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open(f"{head.first}_{head.last}.csv", "w", force_zip64=True) as raw,
        io.TextIOWrapper(raw, "utf-8-sig", newline="") as text,
    ):
        rows = chain([head.columns], chain.from_iterable(line.rows for line in lines))
        csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return target.read_bytes()


def _mark(day: PersonDay, texts: Texts) -> str:
    mark = _word(texts, day.standing) + (f" {day.late_minutes}" if day.late_minutes else "")
    told = not day.excused or day.standing is Standing.EXCUSED
    return mark if told else texts("sheet.excused_too", what=mark)


def _punch(checks: Iterable[Check], check_type: CheckType) -> Check | None:
    """Return the first of `checks` of a type that was made."""
    return next((check for check in checks if check.punched_at and check.check_type is check_type), None)


def _place(check: Check | None, texts: Texts) -> tuple[Cell, Cell]:
    """Return site and distance of a punch; a position itself is never shown. Outside, the site is the nearest."""
    if check is None:
        return None, None
    where = check.where
    distance = None if where.distance_m is None else round(where.distance_m)
    if where.result is not LocationResult.OUTSIDE:
        return where.site, distance
    outside = texts("sheet.outside") if where.site is None else texts("sheet.outside_of", site=where.site)
    return outside, distance


@cache
def _word(texts: Texts, standing: Standing) -> str:
    return texts(f"mark.{standing}")


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
