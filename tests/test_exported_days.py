"""The export beside a running bot: its verdicts are those that people were told."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.command_line import outcome_of
from tests.company import morning
from tests.reminders.stage import RemindingCompany, a_reminding_company
from tests.waiting import work_until_idle

LEAD, WANG = "lead01", "user001"
SPAN = ("--from", "2026-11-24", "--to", "2026-11-24")


def _rows(folder: Path, file_format: str) -> list[dict[str, Any]]:
    """Export the day and return its rows by column."""
    out = folder / f"day.{file_format}"
    command = ("export", "--config", str(folder / "config.yaml"), *SPAN, "--out", str(out))
    done = outcome_of(*command)
    assert done.returncode == 0, done.stderr
    if file_format == "jsonl":
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    if file_format == "csv":
        return list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    headings, *lines = openpyxl.load_workbook(out).active.values
    return [dict(zip(headings, line, strict=True)) for line in lines]


async def _half_a_day(company: RemindingCompany) -> None:
    """Clock in late and out at 13:05. Then a make-up punch and leave are approved."""
    company.at("09:20")
    await company.ask(WANG, "打卡")
    company.at("13:05")
    await company.ask(WANG, "下班打卡")
    await company.change(WANG, "早上忘打上班卡了，8点55到的，原因：手机没电")
    await work_until_idle(company.app.outbox)
    (approve,) = (label for label in company.buttons(LEAD) if label.startswith("批准"))
    await company.press(LEAD, approve)
    await company.press(LEAD, company.buttons(LEAD)[0])
    company.sandbox.absences.add(WANG, morning("13:00"), morning("18:00"))
    await company.events_heard()
    await company.app.reads.read_if_due()
    await work_until_idle(company.app.outbox)


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "jsonl"])
async def test_an_export_tells_what_the_person_was_told(tmp_path: Path, file_format: str) -> None:
    async with a_reminding_company(tmp_path) as company:
        await _half_a_day(company)
        status = await company.ask(WANG, "我今天的考勤")
        assert "13:05 · 下班卡 · 正常" in status
        calls = len(company.sandbox.requests)
        rows = _rows(tmp_path, file_format)
        assert len(company.sandbox.requests) == calls, "an export needs no call"
        assert list(rows[0])[-4:] == ["note", "job_number", "department", "counts"]
        # 王小明 is number 3 of the company
        assert {(row["job_number"], row["department"]) for row in rows} == {
            ("003", "研发部 Engineering")
        }
        assert [(row["source"], row["time_result"], row["counts"]) for row in rows] == [
            ("correction", "Normal", "yes"),
            ("chat", "Late", "replaced"),
            ("chat", "Normal", "yes"),
        ]
