"""Spreadsheets and CSV of days, read back by other programs."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from bot.domain.day import PersonDay, Standing
from bot.i18n import Texts
from bot.views import sheets
from bot.views.sheets import SheetHead, Who, lines_of, write
from tests.builders import SHANGHAI, TUESDAY, local

MONDAY = TUESDAY - timedelta(days=1)
WANG, EVIL = ("user001", "王小明", "研发部"), ("user002", "=1+1", "@SUM(A1)")
LATE = PersonDay(
    *("user001", MONDAY, Standing.LATE, local("09:12:40", MONDAY), local("00:30", TUESDAY)),
    *(local("09:00", MONDAY), local("18:00", MONDAY), 12),
    worked_minutes=917,
)
ABSENT = PersonDay("user001", TUESDAY, Standing.MISSING, due_at=local("09:00"), ends_at=local("18:00"), missed=1)
LINES = [(WANG, [LATE, ABSENT]), (EVIL, [LATE._replace(user_id="user002")])]


def made(form: Literal["xlsx", "csv"], lines: Sequence[tuple[Who, Sequence[PersonDay]]] = LINES) -> list[bytes]:
    head = SheetHead(form, MONDAY, TUESDAY, Texts("zh", SHANGHAI))
    return write([head, lines_of(head, lines)])


def opened(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_texts_stay_texts_without_signs_that_xml_cannot_hold() -> None:
    odd = ("user003", "a\x00b\x1b<&>\ufffe", " 部 ")
    sheet = opened(made("xlsx", [(EVIL, [LATE]), (odd, [LATE])])[0])["每日明细"]

    assert [(cell.value, cell.data_type) for cell in sheet[2][1:3]] == [("=1+1", "s"), ("@SUM(A1)", "s")]
    assert (sheet["B3"].value, sheet["C3"].value) == ("ab<&>", " 部 ")


@pytest.mark.parametrize("limit", [{"MOST_ROWS": 2}, {"MOST_PEOPLE": 1}], ids=["rows", "people"])
def test_too_much_for_one_file_goes_into_several_of_whole_people(
    monkeypatch: pytest.MonkeyPatch, limit: dict[str, int]
) -> None:
    for name, most in limit.items():
        monkeypatch.setattr(sheets, name, most)
    names = [[cell.value for cell in opened(one)["每日明细"]["B"]][1:] for one in made("xlsx")]
    assert names == [["王小明", "王小明"], ["=1+1"]]


def test_a_csv_is_utf_8_with_a_bom_and_harmless_in_a_zip() -> None:
    (content,) = made("csv")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        (name,) = packed.namelist()
        raw = packed.read(name)
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))

    assert raw.startswith(b"\xef\xbb\xbf") and name == f"{MONDAY}_{TUESDAY}.csv"
    assert rows[1][3:15] == [
        *("2026-11-23", "09:00–18:00", "2026-11-23 09:00", "2026-11-23 09:12", "2026-11-24 00:30"),
        *("1", "12", "", "0", "0", "917", "迟到"),
    ]
    assert rows[3][1:3] == ["'=1+1", "'@SUM(A1)"]
