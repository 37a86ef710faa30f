"""Spreadsheets of days, read back by another program."""

import io
from datetime import timedelta

import openpyxl

from bot.domain.day import PersonDay, Standing
from bot.i18n import Texts
from bot.views.sheets import SheetHead, lines_of, write
from tests.builders import SHANGHAI, TUESDAY, local

MONDAY = TUESDAY - timedelta(days=1)
WANG, EVIL = ("user001", "王小明", "研发部"), ("user002", "=1+1", "@SUM(A1)")
LATE = PersonDay(
    *("user001", MONDAY, Standing.LATE, local("09:12:40", MONDAY), local("00:30", TUESDAY)),
    *(local("09:00", MONDAY), local("18:00", MONDAY), 12),
    worked_minutes=917,
)


def test_texts_stay_texts_without_signs_that_xml_cannot_hold() -> None:
    odd = ("user003", "a\x00b\x1b<&>\ufffe", " 部 ")
    head = SheetHead(MONDAY, TUESDAY, Texts("zh", SHANGHAI))
    content = write([head, lines_of(head, [(EVIL, [LATE]), (odd, [LATE])])])
    sheet = openpyxl.load_workbook(io.BytesIO(content))["每日明细"]
    assert [(cell.value, cell.data_type) for cell in sheet[2][1:3]] == [("=1+1", "s"), ("@SUM(A1)", "s")]
    assert (sheet["B3"].value, sheet["C3"].value) == ("ab<&>", " 部 ")
