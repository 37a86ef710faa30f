"""Spreadsheets of days, read back by another library."""

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from bot.domain.absences import Absence
from bot.domain.day import PersonDay, person_day
from bot.domain.facts import DayFacts, SeenPunch
from bot.domain.shifts import CheckType
from bot.domain.sites import NO_POSITION, LocationResult, Whereabouts
from bot.domain.slots import Days
from bot.domain.summaries import Totals
from bot.views.i18n import Texts
from bot.views.sheets import Line, SheetHead, Who, lines_of, write
from tests.builders import SHANGHAI, TUESDAY, a_plan, local

MONDAY = TUESDAY - timedelta(days=1)
WANG, EVIL, ODD = (
    Who("user001", "王小明", "研发部", "007"),
    Who("user002", "=1+1", "@SUM(A1)"),
    Who("u3", "a\x00b\x1b<&>\ufffe", " 部 "),
)
OUTSIDE = Whereabouts(LocationResult.OUTSIDE, "HQ", 412.4)
LAB = Whereabouts(LocationResult.NORMAL, "Lab", 33.0)
MORNING_OFF = Absence("u3", local("09:00", MONDAY), local("13:00", MONDAY), "morning")
AFTER = local("12:00", TUESDAY + timedelta(days=1))
TEXTS = Texts("zh", SHANGHAI)


def made(key: str, at: datetime, where: Whereabouts = NO_POSITION) -> SeenPunch:
    """Return a punch for a check of Monday."""
    return SeenPunch(at, CheckType(key.partition("/")[0]), None, key, MONDAY, where=where)


def a_day(day: date, *seen: SeenPunch, **facts: Any) -> PersonDay:
    return person_day(DayFacts("user001", day, a_plan(day=day), seen, **facts), AFTER)


LATE = a_day(
    MONDAY,
    made("OnDuty/0", local("09:12:40", MONDAY), OUTSIDE),
    made("OffDuty/0", local("00:30"), LAB),
)
EARLY = a_day(
    MONDAY,
    made("OnDuty/0", local("13:00", MONDAY)),
    made("OffDuty/0", local("17:35", MONDAY)),
    absences=[MORNING_OFF],
)
ABSENT = a_day(TUESDAY)
EXCUSED = a_day(TUESDAY, excused=True)


COLUMNS = {
    "每日明细": (
        *("user_id", "name", "job_number", "department", "work_date", "weekday", "shift", "due"),
        *("arrived", "left", "late_times", "serious_late_times", "late", "early_times", "early"),
        *("missed", "worked", "breaks", "leave_minutes"),
        *("standing", "excused", "site_in", "distance_in", "site_out", "distance_out"),
    ),
    "汇总": (
        *("sum_due", "sum_present", "sum_absent", "sum_unknown", "sum_excused", "sum_rate"),
        *("sum_leave", "sum_leave_minutes", "sum_late", "sum_serious_late", "sum_late_minutes"),
        *("sum_early", "sum_early_minutes", "sum_missed", "sum_worked", "sum_worked_unknown"),
        "sum_breaks",
    ),
}
SUM_OF = {
    "leave_days": "sum_leave",
    "worked_minutes": "sum_worked",
    "breaks_minutes": "sum_breaks",
}


def the_book(*people: tuple[Who, Sequence[PersonDay]]) -> Workbook:
    head = SheetHead(Days(MONDAY, TUESDAY), TEXTS)
    return openpyxl.load_workbook(io.BytesIO(write(head, [lines_of(head, people)])))


def rows(book: Workbook, sheet: str) -> list[dict[Any, Any]]:
    """Return the filled cells of each row by the name of their column."""
    headings, *lines = book[sheet].values
    names = {TEXTS(f"sheet.{name}", zone="Asia/Shanghai"): name for name in COLUMNS[sheet]}
    return [
        {
            names.get(heading, heading): to_the_minute(cell)
            for heading, cell in zip(headings, line, strict=True)
            if cell is not None
        }
        for line in lines
    ]


def to_the_minute(cell: Any) -> Any:
    """Return a datetime as text without seconds, and other values unchanged."""
    if not isinstance(cell, datetime):
        return cell
    return f"{cell + timedelta(seconds=30):%m-%d %H:%M}"


def test_each_value_of_a_day_stands_below_its_heading() -> None:
    book = the_book((WANG, [LATE, ABSENT]), (EVIL, [EARLY, EXCUSED]))
    late, absent, early, excused = rows(book, "每日明细")
    wang = dict(zip(("user_id", "name", "department", "job_number"), WANG, strict=True))
    nothing = {
        "weekday": "周一",
        **dict.fromkeys(
            (
                *("late_times", "serious_late_times", "late", "early_times", "early", "missed"),
                *("breaks", "leave_minutes", "excused"),
            ),
            0,
        ),
    }
    assert late == {
        **wang,
        **nothing,
        "work_date": "11-23 00:00",
        "shift": "09:00–18:00",
        "due": "11-23 09:00",
        "arrived": "11-23 09:12",
        "left": "11-24 00:30",
        "late_times": 1,
        "late": 12,
        "worked": 918,
        "standing": "迟到",
        "site_in": "外勤（HQ）",
        "distance_in": 412,
        "site_out": "Lab",
        "distance_out": 33,
    }
    assert early | {"name": ""} == {
        "user_id": "user002",
        "name": "",
        "department": "@SUM(A1)",
        **nothing,
        "work_date": "11-23 00:00",
        "shift": "13:00–18:00，不在岗 09:00–13:00",
        "due": "11-23 13:00",
        "arrived": "11-23 13:00",
        "left": "11-23 17:35",
        "early_times": 1,
        "early": 25,
        "worked": 275,
        "leave_minutes": 240,
        "standing": "准时",
    }
    assert absent == {
        **wang,
        **nothing,
        "work_date": "11-24 00:00",
        "weekday": "周二",
        "shift": "09:00–18:00",
        "due": "11-24 09:00",
        "missed": 2,
        "worked": 0,
        "standing": "没有上班卡",
    }
    assert (excused["missed"], excused["standing"], excused["excused"]) == (0, "已豁免", 1)
    sheet = book["每日明细"]
    assert [sheet[at].number_format for at in ("E2", "I2", "J2")] == [
        *("yyyy-mm-dd", "hh:mm"),
        'hh:mm" +1"',
    ]


@pytest.mark.parametrize(("is_hr", "cells"), [(True, ["年假, 出差"]), (False, [])])
def test_kinds_of_leave_have_a_column_for_hr_alone(is_hr: bool, cells: list[str]) -> None:
    head = SheetHead(Days(MONDAY, TUESDAY), TEXTS, is_hr)
    day = EARLY._replace(kinds=("年假", "出差"))
    book = openpyxl.load_workbook(io.BytesIO(write(head, [lines_of(head, [(WANG, [day])])])))
    headings, row = book["每日明细"].values
    kinds = zip(headings, row, strict=True)
    assert [cell for heading, cell in kinds if heading == TEXTS("sheet.leave_kinds")] == cells


def test_the_calendar_shows_a_word_for_each_day() -> None:
    by_seconds = a_day(MONDAY, made("OnDuty/0", local("09:00:20", MONDAY)))
    book = the_book((WANG, [LATE, ABSENT]), (EVIL, [by_seconds, EXCUSED]))
    marks = [list(row)[4:] for row in list(book["考勤日历"].values)[1:]]
    assert marks == [["迟到 12", "没有上班卡"], ["迟到不足 1 分钟", "已豁免"]]


def test_each_total_stands_below_its_heading() -> None:
    distinct = Totals(*range(1, len(Totals._fields) + 1))._replace(
        leave_unknown=0, breaks_unknown=0
    )
    head = SheetHead(Days(MONDAY, TUESDAY), TEXTS)
    content = write(head, [[Line(WANG, [], [], distinct), Line(EVIL, [], [], distinct)]])
    wang, evil, total = rows(openpyxl.load_workbook(io.BytesIO(content)), "汇总")
    for row, times in ((wang, 1), (evil, 1), (total, 2)):
        assert row["sum_rate"] == 0.4
        for name, number in distinct._asdict().items():
            if number:
                column = SUM_OF.get(name, f"sum_{name}")
                assert row[column] == number * times, name


def test_text_in_a_sheet_stays_text() -> None:
    sheet = the_book((EVIL, [LATE]), (ODD, [LATE]))["每日明细"]
    assert [(cell.value, cell.data_type) for cell in sheet[2][1:4:2]] == [
        ("=1+1", "s"),
        ("@SUM(A1)", "s"),
    ]
    assert (sheet["B3"].value, sheet["D3"].value) == ("ab<&>", " 部 ")
