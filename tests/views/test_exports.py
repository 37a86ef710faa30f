"""The export formats: the contract's columns, and no formula from anybody's text."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.exports import ExportRow
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.views.exports import (
    COLUMNS,
    REMINDER_COLUMNS,
    TooManyRows,
    csv_lines,
    json_lines,
    reminder_csv_lines,
    reminder_json_lines,
    write_xlsx,
)
from tests.builders import SHANGHAI, TUESDAY, local

ROW = ExportRow(
    punch_id="p1",
    user_id="u1",
    name="王小明",
    work_date=TUESDAY,
    check_type="OnDuty",
    punched_at=local("08:58"),
    received_at=local("08:58:01"),
    site="HQ",
    latitude=39.908823,
    longitude=-116.39747,
    accuracy_m=20.0,
    datum="gcj02",
    location_source="typed",
    location_result="Normal",
    time_result="Normal",
    status="sent",
    source="chat",
    message_id="m1",
    note="",
)
CONTRACT = [
    *("punch_id", "user_id", "name", "work_date", "check_type", "punched_at", "received_at", "site", "latitude"),
    *("longitude", "accuracy_m", "datum", "location_source", "location_result", "time_result", "status", "source"),
    *("message_id", "note"),
]


def test_the_columns_are_the_contracts_in_its_order() -> None:
    assert list(COLUMNS) == CONTRACT


def test_csv_has_a_bom_a_heading_and_times_with_offset() -> None:
    text = "".join(csv_lines([ROW], SHANGHAI))
    assert text.startswith("\ufeffpunch_id,")
    line = dict(zip(COLUMNS, list(csv.reader(io.StringIO(text[1:])))[1], strict=True))
    assert line["punched_at"] == "2026-11-24T08:58:00.000+08:00"
    assert line["work_date"] == "2026-11-24"
    assert float(line["longitude"]) == -116.39747


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "+1", "-1+1", "@SUM(1)", "\t1", "\r1", "＝1"])
def test_a_name_cannot_become_a_formula(name: str) -> None:
    rows = [replace(ROW, name=name)]
    line = list(csv.reader(io.StringIO("".join(csv_lines(rows, SHANGHAI))[1:], newline="")))[1]
    assert line[2] == "'" + name
    book = io.BytesIO()
    write_xlsx(rows, SHANGHAI, book)
    sheet = zipfile.ZipFile(book).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet


@pytest.mark.parametrize("name", ["a\t=1+1", 'a\t"=1+1', "x;\t=1", "\t=1", "\t\t@SUM(1)", 'a,\t"";＝1'])
def test_a_name_cannot_begin_a_formula_where_cells_end_at_tabs_too(name: str) -> None:
    text = "".join(csv_lines([replace(ROW, name=name), replace(ROW, name="a\tb")], SHANGHAI))
    cut = [cell.lstrip('"') for line in text.splitlines() for cell in re.split("[,;\t]", line)]
    assert not [cell for cell in cut if cell.startswith(("=", "+", "@", "＝"))]
    assert "a\tb" in text


@pytest.mark.parametrize("note", ["late;=1+1", "late;@SUM(1)", ";＋1", 'late;"=1+1'])
def test_a_note_cannot_begin_a_formula_where_cells_end_at_semicolons(note: str) -> None:
    text = "".join(csv_lines([replace(ROW, note=note), replace(ROW, note="late; -5 °C outside")], SHANGHAI))
    cut = [cell for line in text.splitlines() for cell in line.split(";")]
    assert not [cell for cell in cut if cell.startswith(("=", "+", "-", "@", "＋"))]
    assert "late; -5 °C outside" in text


@pytest.mark.parametrize(
    "note", ["late\n=1+1;", "late\r\n@SUM(1);x", "\r=1", 'late\n"=1+1;', "late;\n＝1", "\n\n-1;"]
)
def test_a_line_of_a_note_cannot_begin_a_formula_where_cells_end_at_semicolons(note: str) -> None:
    """Such a reader sees no quote at the start of the cell, so each line of the note begins a cell for it."""
    text = "".join(csv_lines([replace(ROW, note=note), replace(ROW, note="first\nsecond")], SHANGHAI))
    cells = [cell.lstrip('"') for line in re.split("[\r\n]+", text) for cell in line.split(";")]

    assert not any(cell.startswith(("=", "+", "-", "@", "＝")) for cell in cells), cells
    assert "first\nsecond" in text


def test_a_workbook_that_cannot_hold_all_punches_is_refused_rather_than_cut_short() -> None:
    write_xlsx([ROW] * 3, SHANGHAI, io.BytesIO(), most=3)
    with pytest.raises(TooManyRows, match="export fewer days, or csv"):
        write_xlsx([ROW] * 4, SHANGHAI, io.BytesIO(), most=3)


def test_quotes_commas_and_line_breaks_stay_in_their_cell() -> None:
    rows = [replace(ROW, note='late, "sorry"\nreally')]
    assert list(csv.reader(io.StringIO("".join(csv_lines(rows, SHANGHAI))[1:])))[1][-1] == 'late, "sorry"\nreally'


def test_json_lines_carry_numbers_as_numbers_and_nothing_as_null() -> None:
    (line,) = json_lines([replace(ROW, accuracy_m=None)], SHANGHAI)
    entry = json.loads(line)
    assert list(entry) == CONTRACT
    assert (entry["latitude"], entry["accuracy_m"]) == (39.908823, None)


DUE = local("09:00")
TOLD = Reminder("user001", TUESDAY, "OnDuty/0", "before:10", ReminderKind.BEFORE, DUE - timedelta(minutes=10), DUE)
NOT_TOLD = Reminder(
    "=cmd",
    TUESDAY,
    "OnDuty/0",
    "after:5",
    ReminderKind.AFTER,
    DUE,
    DUE,
    ReminderState.DROPPED,
    "punched, at the gate",
)


def test_each_reminder_is_a_line_with_local_times() -> None:
    heading, first, second = csv.reader(reminder_csv_lines([TOLD, NOT_TOLD], SHANGHAI))
    assert tuple(heading) == REMINDER_COLUMNS
    assert first[5:] == ["2026-11-24T08:50:00+08:00", "2026-11-24T09:00:00+08:00", "claimed", ""]
    assert second[7:] == ["dropped", "punched, at the gate"]


def test_no_text_of_a_reminder_becomes_a_formula() -> None:
    assert next(iter(csv.reader(list(reminder_csv_lines([NOT_TOLD], SHANGHAI))[1:])))[0] == "'=cmd"


def test_json_lines_of_reminders_carry_the_same() -> None:
    (line,) = reminder_json_lines([TOLD], SHANGHAI)
    assert tuple(json.loads(line)) == REMINDER_COLUMNS
