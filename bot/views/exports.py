"""The ledger as CSV, spreadsheet or JSON lines, streamed. Text never becomes a formula."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields
from datetime import date, datetime
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.punches import ExportRow
from bot.errors import OperatorError

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

FORMATS = ("csv", "xlsx", "jsonl")
Cell = str | float | int | date | None

MOST_ROWS = 1_048_575  # of a sheet of a workbook, its heading apart
BOM = "\ufeff"  # Excel needs it to read a CSV as UTF-8
# OWASP ASVS 5.0, 1.2.10
_FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\0",
    "＝",
    "＋",
    "－",
    "＠",
)
# Some readers split cells at semicolons and tabs, too, or start a cell at a line break within
# quotes.
_STARTS = re.escape("".join(_FORMULA_STARTS))
_FORMULA_WITHIN = re.compile(f'[;\t]"*(?=[{_STARTS}])|[\r\n]"*(?=[{_STARTS}])(?![\r\n])')
_NOT_IN_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")


_COLUMNS = [field.name for field in fields(ExportRow)]  # in the contract's order


def write_rows(
    rows: Iterable[ExportRow], file_format: str, zone: ZoneInfo, target: IO[bytes]
) -> None:
    """Write the ledger as `csv`, `xlsx` or `jsonl`."""
    if file_format == "xlsx":
        # the target may be a pipe, and a broken pipe must not leave half an archive
        ready = io.BytesIO()
        write_xlsx(rows, zone, ready)
        target.write(ready.getbuffer())
        return
    for line in (csv_lines if file_format == "csv" else json_lines)(rows, zone):
        target.write(line.encode("utf-8"))


def csv_lines(rows: Iterable[ExportRow], zone: ZoneInfo) -> Iterator[str]:
    """Yield a CSV: BOM, heading, RFC 4180 quoting. A quote sign goes before text that looks like a
    formula.
    """
    yield BOM + _csv_line(_COLUMNS)
    for row in rows:
        yield _csv_line(_cells(row, zone))


def json_lines(rows: Iterable[ExportRow], zone: ZoneInfo) -> Iterator[str]:
    """Yield a JSON object for each row."""
    for row in rows:
        yield (
            json.dumps(dict(zip(_COLUMNS, _cells(row, zone), strict=True)), ensure_ascii=False)
            + "\n"
        )


def write_xlsx(rows: Iterable[ExportRow], zone: ZoneInfo, target: IO[bytes]) -> None:
    """Write a workbook row by row, in bounded memory. Raises OperatorError for too many rows."""
    with new_workbook(target) as book:
        sheet = book.add_worksheet("punches")
        sheet.freeze_panes(1, 0)
        last = 0
        write_cells(sheet, 0, _COLUMNS)
        for last, row in enumerate(rows, start=1):
            if last > MOST_ROWS:  # the library would drop them silently
                raise OperatorError(
                    f"A spreadsheet holds {MOST_ROWS:,} punches and there are more: export "
                    f"fewer days, or csv."
                )
            write_cells(sheet, last, _cells(row, zone))
        sheet.autofilter(0, 0, last, len(_COLUMNS) - 1)


def new_workbook(target: IO[bytes]) -> "Workbook":
    """Return a workbook that keeps one row in memory. The library is loaded at the first use."""
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    return Workbook(target, options)


def write_cells(sheet: "Worksheet", row: int, cells: Sequence[Cell]) -> None:
    """Write a row in the formats of its columns.

    Remove characters from texts that XML cannot contain.
    """
    for column, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(row, column, _NOT_IN_XML.sub("", cell))
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell)
        elif cell is not None:
            sheet.write_number(row, column, cell)


def harmless(cell: Cell) -> Cell:
    """Return a cell. A quote sign goes before text that a spreadsheet would take for a formula."""
    if not isinstance(cell, str):
        return cell
    within = _FORMULA_WITHIN.sub(r"\g<0>'", cell)
    return "'" + within if cell.startswith(_FORMULA_STARTS) else within


def _csv_line(cells: Iterable[Cell]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([harmless(cell) for cell in cells])
    return written.getvalue()


def _cells(row: ExportRow, zone: ZoneInfo) -> list[Cell]:
    """Return the values of a row. Moments are ISO 8601 with the offset of `zone`."""
    return [_cell(value, zone) for value in astuple(row)]


def _cell(value: object, zone: ZoneInfo) -> Cell:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="milliseconds")
    return value.isoformat() if isinstance(value, date) else str(value)
