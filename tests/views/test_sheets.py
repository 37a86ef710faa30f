"""Spreadsheets of days, read back by another library."""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook

from bot.domain.day import Check, CheckState, PersonDay, Standing
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, Whereabouts
from bot.views.i18n import Texts
from bot.views.sheets import SheetHead, Who, lines_of, write
from tests.builders import SHANGHAI, TUESDAY, local

MONDAY = TUESDAY - timedelta(days=1)
WANG, EVIL, ODD = (
    ("user001", "王小明", "研发部"),
    ("user002", "=1+1", "@SUM(A1)"),
    ("u3", "a\x00b\x1b<&>\ufffe", " 部 "),
)
OUTSIDE = Whereabouts(LocationResult.OUTSIDE, "HQ", 412.4)
CAME = Check(
    CheckType.ON_DUTY,
    0,
    local("09:00", MONDAY),
    CheckState.LATE,
    local("09:12:40", MONDAY),
    where=OUTSIDE,
)
LATE = PersonDay(
    *("user001", MONDAY, Standing.LATE, local("09:12:40", MONDAY), local("00:30", TUESDAY)),
    *(local("09:00", MONDAY), local("18:00", MONDAY), 12),
    worked_minutes=917,
    checks=(CAME,),
)
ABSENT = PersonDay(
    "user001", TUESDAY, Standing.MISSING, due_at=local("09:00"), ends_at=local("18:00"), missed=1
)
EXCUSED = ABSENT._replace(standing=Standing.EXCUSED, excused=True)


def the_book(*people: tuple[Who, Sequence[PersonDay]]) -> Workbook:
    head = SheetHead(MONDAY, TUESDAY, Texts("zh", SHANGHAI))
    return openpyxl.load_workbook(io.BytesIO(write([head, lines_of(head, people)])))


def rows(book: Workbook, sheet: int) -> list[list[Any]]:
    return [
        [to_the_minute(cell) for cell in row] for row in list(book.worksheets[sheet].values)[1:]
    ]


def to_the_minute(cell: Any) -> Any:
    """Return a datetime as text without seconds, and other values unchanged."""
    if not isinstance(cell, datetime):
        return cell
    return f"{cell + timedelta(seconds=30):%m-%d %H:%M}"


def test_a_sheet_has_days_a_calendar_and_totals() -> None:
    book = the_book((WANG, [LATE, ABSENT]), (EVIL, [EXCUSED]))
    times = ["11-23 00:00", "09:00–18:00", "11-23 09:00", "11-23 09:12", "11-24 00:30"]
    late, absent, excused = rows(book, 0)
    assert late == [
        *WANG,
        *times,
        1,
        12,
        None,
        0,
        0,
        917,
        "迟到",
        None,
        "外勤（HQ）",
        412,
        None,
        None,
    ]
    assert absent[5:] == [
        "11-24 09:00",
        None,
        None,
        None,
        0,
        None,
        0,
        1,
        None,
        "无上班卡",
        *[None] * 5,
    ]
    assert excused[5:] == [
        "11-24 09:00",
        None,
        None,
        None,
        0,
        None,
        0,
        0,
        None,
        "已豁免",
        1,
        *[None] * 4,
    ]
    assert [row[3:] for row in rows(book, 1)] == [["迟到 12", "无上班卡"], [None, "已豁免"]]
    assert [row[3:] for row in rows(book, 2)] == [
        [2, 1, 1, 0, 0, 0.5, 0, 1, 12, 0, 0, 1, 917, 0],
        [1, 0, 0, 0, 1, None, 0, 0, 0, 0, 0, 0, 0, 0],
        [3, 1, 1, 0, 1, 0.5, 0, 1, 12, 0, 0, 1, 917, 0],
    ]
    sheet = book["每日明细"]
    assert (sheet["G1"].value, sheet["J1"].value) == ("上班打卡（Asia/Shanghai）", "迟到（分钟）")
    assert (sheet["G2"].number_format, sheet["D2"].number_format) == ("hh:mm", "yyyy-mm-dd")


def test_text_in_a_sheet_stays_text() -> None:
    sheet = the_book((EVIL, [LATE]), (ODD, [LATE]))["每日明细"]
    assert [(cell.value, cell.data_type) for cell in sheet[2][1:3]] == [
        ("=1+1", "s"),
        ("@SUM(A1)", "s"),
    ]
    assert (sheet["B3"].value, sheet["C3"].value) == ("ab<&>", " 部 ")
