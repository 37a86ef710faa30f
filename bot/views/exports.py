"""The ledger and the reminders as CSV, spreadsheet or JSON lines, streamed; text can never become a formula."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import IO
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from bot.domain.exports import ExportRow
from bot.domain.reminders import Reminder

COLUMNS = tuple(field.name for field in fields(ExportRow))
REMINDER_COLUMNS = (
    *("user_id", "work_date", "check_point", "which", "kind", "moment", "due_at", "state", "reason"),
)
MOST_ROWS = 1_048_575  # of a sheet of a workbook, its heading apart
WORKBOOK = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
BOM = "\ufeff"  # Excel reads a CSV as UTF-8 only with it
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # OWASP ASVS 5.0, 1.2.10
# Where the list separator is `;`, as in much of Europe, what follows one is a cell of its own. Some readers split
# at tabs too, as LibreOffice does unless told otherwise. A line within a cell begins one as well: such a reader
# does not take the quotes around it for quotes.
_STARTS = re.escape("".join(_FORMULA_STARTS))
_FORMULA_WITHIN = re.compile(f'[;\t]"*(?=[{_STARTS}])|[\r\n]"*(?=[{_STARTS}])(?![\r\n])')
NOT_IN_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")

Cell = str | float | int | None


class TooManyRows(ValueError):
    """There are more rows than a sheet holds; the message says what to do."""


def csv_lines(rows: Iterable[ExportRow], zone: ZoneInfo) -> Iterator[str]:
    """Yield a CSV: BOM, heading, RFC 4180 quoting, text that looks like a formula behind a quote sign."""
    yield BOM
    yield from _csv(_with_heading(rows, zone))


def json_lines(rows: Iterable[ExportRow], zone: ZoneInfo) -> Iterator[str]:
    """Yield one JSON object a row."""
    return _json(COLUMNS, (_cells(row, zone) for row in rows))


def write_xlsx(rows: Iterable[ExportRow], zone: ZoneInfo, target: IO[bytes], *, most: int = MOST_ROWS) -> None:
    """Write a workbook row by row in bounded memory; text stays text. Raises TooManyRows beyond `most`."""
    with xlsxwriter.Workbook(target, WORKBOOK) as book:
        sheet = book.add_worksheet("punches")
        sheet.freeze_panes(1, 0)
        last = 0
        for last, line in enumerate(_with_heading(rows, zone)):
            if last > most:  # the library would drop them without a word
                raise TooManyRows(
                    f"A spreadsheet holds {most:,} punches and there are more: export fewer days, or csv."
                )
            write_cells(sheet, last, line)
        sheet.autofilter(0, 0, last, len(COLUMNS) - 1)


def write_cells(
    sheet: Worksheet, row: int, cells: Sequence[Cell], formats: Mapping[int, object] = MappingProxyType({})
) -> None:
    """Write a row; texts stay texts, without the characters that XML cannot hold. `formats` are by column."""
    for column, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(row, column, NOT_IN_XML.sub("", cell), formats.get(column))
        elif cell is not None:
            sheet.write_number(row, column, cell, formats.get(column))


def reminder_csv_lines(reminders: Iterable[Reminder], zone: ZoneInfo) -> Iterator[str]:
    """Yield the heading and a line for each reminder."""
    return _csv([REMINDER_COLUMNS, *(_reminder(one, zone) for one in reminders)])


def reminder_json_lines(reminders: Iterable[Reminder], zone: ZoneInfo) -> Iterator[str]:
    """Yield one JSON object a reminder."""
    return _json(REMINDER_COLUMNS, (_reminder(one, zone) for one in reminders))


def harmless(cell: Cell) -> Cell:
    """Return a cell; text that a spreadsheet would take for a formula behind a quote sign."""
    if not isinstance(cell, str):
        return cell
    within = _FORMULA_WITHIN.sub(r"\g<0>'", cell)
    return "'" + within if cell.startswith(_FORMULA_STARTS) else within


def _csv(lines: Iterable[Sequence[Cell]]) -> Iterator[str]:
    for line in lines:
        written = io.StringIO()
        csv.writer(written).writerow([harmless(cell) for cell in line])
        yield written.getvalue()


def _json(columns: Sequence[str], lines: Iterable[Sequence[Cell]]) -> Iterator[str]:
    for line in lines:
        yield json.dumps(dict(zip(columns, line, strict=True)), ensure_ascii=False) + "\n"


def _with_heading(rows: Iterable[ExportRow], zone: ZoneInfo) -> Iterator[Sequence[Cell]]:
    yield COLUMNS
    for row in rows:
        yield _cells(row, zone)


def _cells(row: ExportRow, zone: ZoneInfo) -> list[Cell]:
    """Return a row's values in the contract's order; moments as ISO 8601 with the offset of `zone`."""
    return [_cell(value, zone) for value in astuple(row)]


def _cell(value: object, zone: ZoneInfo) -> Cell:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="milliseconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _reminder(one: Reminder, zone: ZoneInfo) -> list[Cell]:
    moments = [moment.astimezone(zone).isoformat() for moment in (one.moment, one.due_at)]
    check = [one.user_id, one.work_date.isoformat(), one.check_point, one.which, one.kind.value]
    return [*check, *moments, one.state.value, one.reason]
