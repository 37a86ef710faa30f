"""The export formats: the contract's columns, and no formulas from people's text."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace

import pytest

from bot.domain.punches import ExportRow
from bot.views.exports import LEDGER, Sheet, cells_of_ledger, json_lines, write_rows, write_xlsx
from tests.builders import SHANGHAI, TUESDAY, local
from tests.tables import cases

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
    job_number="007",
    department="研发部",
    counts="yes",
)
CONTRACT = (
    "punch_id user_id name work_date check_type punched_at received_at site latitude longitude"
    " accuracy_m datum location_source location_result time_result status source message_id note"
    " job_number department counts"
)
SPLIT = "[,;\t\r\n]"  # cell separators of different readers


def as_csv(*rows: ExportRow) -> str:
    written = io.BytesIO()
    cells = [cells_of_ledger(row, SHANGHAI) for row in rows]
    write_rows(Sheet("punches", LEDGER, cells), "csv", written)
    text = written.getvalue().decode()
    assert text.startswith("\ufeff")
    return text[1:]


def test_csv_has_the_contracts_columns_and_times_with_offset() -> None:
    heading, row = csv.reader(io.StringIO(as_csv(ROW)))
    line = dict(zip(heading, row, strict=True))
    assert " ".join(heading) == CONTRACT
    assert line["punched_at"] == "2026-11-24T08:58:00.000+08:00"
    assert line["work_date"] == "2026-11-24"
    assert float(line["longitude"]) == -116.39747


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://x","y")', "+1", "-1+1", "@SUM(1)", "\t1", "\r1", "＝1"]
)
def test_a_name_cannot_become_a_formula(name: str) -> None:
    row = replace(ROW, name=name)
    line = list(csv.reader(io.StringIO(as_csv(row), newline="")))[1]
    assert line[2] == "'" + name
    book = io.BytesIO()
    write_xlsx([Sheet("punches", LEDGER, [cells_of_ledger(row, SHANGHAI)])], book)
    sheet = zipfile.ZipFile(book).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet


@cases
def test_a_note_cannot_hide_a_formula_behind_a_separator(note: str) -> None:
    text = as_csv(replace(ROW, note=note))
    cells = [cell.lstrip('"') for cell in re.split(SPLIT, text)]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "＝", "＋"))]


def test_json_lines_have_numbers_and_nulls() -> None:
    row = cells_of_ledger(replace(ROW, accuracy_m=None), SHANGHAI)
    (line,) = json_lines(LEDGER, [row])
    entry = json.loads(line)
    assert " ".join(entry) == CONTRACT
    assert (entry["latitude"], entry["accuracy_m"]) == (39.908823, None)
