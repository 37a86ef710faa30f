"""The ledger as CSV, spreadsheet or JSON lines, streamed; text can never become a formula."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from datetime import date, datetime
from typing import IO
from zoneinfo import ZoneInfo

import xlsxwriter

from bot.domain.exports import ExportRow

COLUMNS = tuple(field.name for field in fields(ExportRow))
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # OWASP ASVS 5.0, 1.2.10
# Where the list separator is `;`, as in much of Europe, what follows one is a cell of its own. Some readers split
# at tabs too, as LibreOffice does unless told otherwise.
# So is what begins a line: such a reader does not take the quotes around the lines of one cell for quotes.
_STARTS = re.escape("".join(_FORMULA_STARTS))
_FORMULA_WITHIN = re.compile(f'[;\t]"*(?=[{_STARTS}])|[\r\n]"*(?=[{_STARTS}])(?![\r\n])')
MOST_ROWS = 1_048_575  # of a sheet of a workbook, its heading apart
_BOM = "\ufeff"  # Excel reads a CSV as UTF-8 only with it

Cell = str | float | int | None


class TooManyRows(ValueError):
    """There are more rows than a sheet holds; the message says what to do."""


def cells(row: ExportRow, zone: ZoneInfo) -> list[Cell]:
    """Return a row's values in the contract's order; moments as ISO 8601 with the offset of `zone`."""
    return [_cell(value, zone) for value in astuple(row)]


def csv_lines(rows: Iterable[ExportRow], zone: ZoneInfo) -> Iterator[str]:
    """Yield a CSV: BOM, heading, RFC 4180 quoting, text that looks like a formula behind a quote sign."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield _BOM
    for line in _with_heading(rows, zone):
        writer.writerow([harmless(cell) for cell in line])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def json_lines(rows: Iterable[ExportRow], zone: ZoneInfo) -> Iterator[str]:
    """Yield one JSON object a row."""
    for row in rows:
        yield json.dumps(dict(zip(COLUMNS, cells(row, zone), strict=True)), ensure_ascii=False) + "\n"


def write_xlsx(rows: Iterable[ExportRow], zone: ZoneInfo, target: IO[bytes], *, most: int = MOST_ROWS) -> None:
    """Write a workbook row by row in bounded memory; text stays text. Raises TooManyRows beyond `most`."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("punches")
        sheet.freeze_panes(1, 0)
        last = 0
        for index, line in enumerate(_with_heading(rows, zone)):
            if index > most:  # the library would drop them without a word
                raise TooManyRows(
                    f"A spreadsheet holds {most:,} punches and there are more: export fewer days, or csv."
                )
            last = index
            for column, cell in enumerate(line):
                if isinstance(cell, str):
                    sheet.write_string(index, column, cell)
                elif cell is not None:
                    sheet.write_number(index, column, cell)
        sheet.autofilter(0, 0, last, len(COLUMNS) - 1)


def _with_heading(rows: Iterable[ExportRow], zone: ZoneInfo) -> Iterator[list[Cell]]:
    yield list(COLUMNS)
    for row in rows:
        yield cells(row, zone)


def _cell(value: object, zone: ZoneInfo) -> Cell:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def harmless(cell: Cell) -> Cell:
    """Return a cell; text that a spreadsheet would take for a formula behind a quote sign."""
    if not isinstance(cell, str):
        return cell
    within = _FORMULA_WITHIN.sub(r"\g<0>'", cell)
    return "'" + within if cell.startswith(_FORMULA_STARTS) else within
