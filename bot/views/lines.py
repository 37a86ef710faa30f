"""Whole rows for a worksheet: the library's way, cell by cell, took minutes for a company's month."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Protocol, TextIO

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from bot.views.exports import Cell

_NOT_IN_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
_COLUMNS = tuple(xl_col_to_name(column) for column in range(128))


class Sheet(Protocol):
    """What is needed of the library's worksheet, which is not typed, in a workbook in constant memory."""

    previous_row: int
    row_data_fh: TextIO

    def _write_single_row(self, current_row: int) -> None:
        """Write down the row that the library has in hand."""

    def _check_dimensions(self, row: int, col: int) -> bool:
        """Note that the sheet reaches so far."""


def write_line(sheet: Sheet, row: int, cells: Sequence[Cell], formats: Mapping[int, Format]) -> None:
    """Write the `row` counted from 0 below those that the library has written; no later one may precede it.

    Texts stay texts, None stays empty.
    """
    if row > sheet.previous_row:
        sheet._write_single_row(row)
    sheet._check_dimensions(row, len(cells) - 1)
    number = str(row + 1)
    styles = {column: _style(one) for column, one in formats.items()}
    written = [
        f'<c r="{_COLUMNS[column]}{number}"{_after_place(cell, styles.get(column, ""))}'
        for column, cell in enumerate(cells)
        if cell is not None
    ]
    sheet.row_data_fh.write(f'<row r="{number}">{"".join(written)}</row>')


@lru_cache(maxsize=256)
def _style(one: Format) -> str:
    return f' s="{one._get_xf_index()}"'


@lru_cache(maxsize=65_536)  # the same names, minutes and times of day come again and again
def _after_place(cell: str | float, style: str) -> str:
    if isinstance(cell, str):
        return f'{style} t="inlineStr">{_text(cell)}</c>'
    return f"{style}><v>{cell!r}</v></c>"


def _text(words: str) -> str:
    """Return a text as XML, without the control characters that XML cannot hold."""
    shown = _NOT_IN_XML.sub("", words)
    return f'<is><t xml:space="preserve">{escape(shown, quote=False)}</t></is>'
