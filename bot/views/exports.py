"""Exports as CSV, spreadsheet or JSON lines, streamed. Text never becomes a formula."""

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, fields
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import IO, TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.punches import ExportRow
from bot.errors import OperatorError

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

FORMATS = ("csv", "xlsx", "jsonl")
Cell = str | float | int | Decimal | date | None

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


LEDGER = [field.name for field in fields(ExportRow)]  # in the contract's order


class Sheet(NamedTuple):
    """One sheet of a workbook. The columns `two_digits` show two digits."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    two_digits: Collection[int] = ()


def write_rows(
    sheet: Sheet,
    file_format: str,
    target: IO[bytes],
    *,
    encoding: str = "utf-8",
    more: Iterable[Sheet] = (),
) -> None:
    """Write rows as `csv` (with BOM, if UTF-8), `xlsx` or `jsonl`.

    The sheets `more` of a spreadsheet are read after its rows. Raises UnicodeEncodeError.
    """
    if file_format == "xlsx":
        # the target may be a pipe, and a broken pipe must not leave half an archive
        ready = io.BytesIO()
        write_xlsx(chain([sheet], more), ready)
        target.write(ready.getbuffer())
    elif file_format == "csv":
        target.write(BOM.encode() if encoding == "utf-8" else b"")
        for line in csv_lines(sheet.headings, sheet.rows):
            target.write(line.encode(encoding))
    else:
        for line in json_lines(sheet.headings, sheet.rows):
            target.write(line.encode())


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield a CSV by RFC 4180. A quote sign goes before text that looks like a formula.

    All text of a row is quoted: a program that reads quoted cells as text keeps the 0 of 007.
    """
    written = io.StringIO()
    csv.writer(written).writerow(map(harmless, headings))
    yield written.getvalue()
    for row in rows:
        yield ",".join(map(_csv_cell, row)) + "\r\n"


def json_lines(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield a JSON object for each row."""
    for row in rows:
        named = dict(zip(headings, row, strict=True))
        yield json.dumps(named, ensure_ascii=False, default=float) + "\n"


def write_xlsx(sheets: Iterable[Sheet], target: IO[bytes]) -> None:
    """Write a workbook row by row, in bounded memory. Raises OperatorError for too many rows."""
    with new_workbook(target) as book:
        for title, headings, rows, two_digits in sheets:
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            for column in two_digits:
                sheet.set_column(column, column, None, book.add_format({"num_format": "0.00"}))
            last = 0
            write_cells(sheet, 0, headings)
            for last, row in enumerate(rows, start=1):
                if last > MOST_ROWS:  # the library would drop them silently
                    raise OperatorError(
                        f"A spreadsheet holds {MOST_ROWS:,} rows and there are more: export "
                        f"fewer days, or csv."
                    )
                write_cells(sheet, last, row)
            sheet.autofilter(0, 0, last, len(headings) - 1)


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


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return '"' + str(harmless(cell)).replace('"', '""') + '"'
    return "" if cell is None else str(cell)


def cells_of_ledger(row: ExportRow, zone: ZoneInfo) -> list[Cell]:
    """Return the values of a row of the ledger. Moments are ISO 8601 with the offset of `zone`."""
    return [_cell(value, zone) for value in astuple(row)]


def _cell(value: object, zone: ZoneInfo) -> Cell:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="milliseconds")
    return value.isoformat() if isinstance(value, date) else str(value)
