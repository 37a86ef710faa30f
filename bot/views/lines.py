"""A worksheet that takes whole rows: the library's way, cell by cell, took minutes for a company's month."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from bot.views.exports import Cell

_NOT_IN_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
_COLUMNS = tuple(xl_col_to_name(column) for column in range(128))


class LineSheet(Worksheet):  # type: ignore[misc]  # the library is not typed
    """A worksheet of a workbook in constant memory, with rows written below those that the library has written."""

    def write_line(self, row: int, cells: Sequence[Cell], formats: Mapping[int, Format]) -> None:
        """Write the `row` counted from 0, which no later one may precede; texts stay texts, None stays empty."""
        if row > self.previous_row:
            self._write_single_row(row)
        self._check_dimensions(row, len(cells) - 1)
        number = str(row + 1)
        styles = {column: _style(one) for column, one in formats.items()}
        written = [
            f'<c r="{_COLUMNS[column]}{number}"{_after_place(cell, styles.get(column, ""))}'
            for column, cell in enumerate(cells)
            if cell is not None
        ]
        self.row_data_fh.write(f'<row r="{number}">{"".join(written)}</row>')


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
