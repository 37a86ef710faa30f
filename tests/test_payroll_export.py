"""`export --profile`: a month for payroll, read back as another program reads it."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from bot.domain.closing import MonthStep, StepKind, to_json
from bot.domain.months import Month, figures_of
from bot.domain.people import Department, Employee
from bot.domain.punches import Accepted
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from bot.domain.slots import Days, Whom
from bot.domain.summaries import totals_of
from bot.errors import ConfigError
from bot.sandbox.clock import PretendClock
from bot.settings import parse
from bot.storage import Store, read_days
from tests.builders import SHANGHAI, TUESDAY, a_plan, local
from tests.changing_company import World
from tests.command_line import Outcome, bot, configuration, outcome_of
from tests.golden.playing import PlayedCompany
from tests.pretend_dingtalk import Sandbox
from tests.reminders.stage import a_reminding_company
from tests.storage.stage import SqliteStage, a_wish, record
from tests.tables import cases

FIRST, LAST = date(2025, 10, 1), date(2025, 10, 31)
WORKED = (date(2025, 10, 9), date(2025, 10, 10))
WANG, LI, ZHANG = "user001", "user002", "user003"
COLUMNS = {
    "工号": "job_number",
    "姓名": "name",
    "部门": "department",
    "月份": "month",
    "应出勤": "days_due",
    "实出勤": "days_present",
    "未知": "days_unknown",
    "迟到": "late",
    "工时": "worked",
    "调整": "adjusted",
}


def config(folder: Path, dingtalk: str = "", **profile: Any) -> str:
    """Write a configuration with the profile `payroll`. Return its path.

    `dingtalk` is the address of a sandbox.
    """
    path = Path(configuration(folder))
    text = path.read_text()
    if dingtalk:
        text = text.replace("http://127.0.0.1:1", dingtalk)
        text = text.replace(
            "client_id: a, client_secret: bbbbbbb", "client_id: sandbox, client_secret: sandbox"
        )
    columns = profile.pop("columns", COLUMNS)
    made = {**profile, "columns": [{heading: name} for heading, name in columns.items()]}
    exports = yaml.safe_dump({"exports": {"payroll": made}}, allow_unicode=True)
    path.write_text(f"{text}\n{exports}", encoding="utf-8")
    return str(path)


async def export(path: str, out: Path, *more: str) -> Outcome:
    named = ("--profile", "payroll", "--month", "2025-10", "--out", str(out))
    return await bot("export", "--config", path, *named, *more)


def rows_in(out: Path, encoding: str = "utf-8-sig") -> list[dict[str, Any]]:
    if out.suffix == ".jsonl":
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    if out.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(out.read_bytes().decode(encoding))))
    headings, *lines = openpyxl.load_workbook(out).active.values
    return [dict(zip(headings, line, strict=True)) for line in lines]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    stage = SqliteStage(tmp_path)
    yield await stage.open()
    await stage.close()


@pytest.fixture
async def ledger(tmp_path: Path, store: Store) -> Path:
    """Give a folder with the ledger of three people who work on two days of October.

    Wang comes 15 minutes late and leaves at 18:30, and forgets the last clock-out. Zhang came on the
    first day, and nobody read the days of Zhang to their end.
    """
    people = [
        Employee(WANG, "王小明", department_ids=(7,), job_number="007"),
        Employee(LI, "=1+1", department_ids=(7,)),
        Employee(ZHANG, "张𠮷", department_ids=(7,), job_number="009"),
    ]
    await store.people.replace(people, [Department(7, "研发部")], local("12:00", FIRST))
    around = Days(FIRST, LAST).with_neighbours
    plans = [a_plan(day=day) if day in WORKED else DayPlan(day) for day in around]
    ids = [person.user_id for person in people]
    await store.plans.store(dict.fromkeys(ids, plans), local("12:00"))
    for number, (who, day, at, check_type) in enumerate(
        [
            (WANG, WORKED[0], "09:15", CheckType.ON_DUTY),
            (WANG, WORKED[0], "18:30", CheckType.OFF_DUTY),
            (WANG, WORKED[1], "08:50", CheckType.ON_DUTY),
            (ZHANG, WORKED[0], "08:50", CheckType.ON_DUTY),
        ]
    ):
        wish = replace(a_wish(f"m{number}", who, at=local(at, day)), direction=check_type)
        await record(
            store, wish, Accepted(day, check_type, f"{check_type}/0", TimeResult.NORMAL, 0, "")
        )
    over = datetime(2025, 11, 3, tzinfo=SHANGHAI)
    await store.days.note_read([WANG, LI], Days(FIRST, LAST), over)
    await store.days.note_read([ZHANG], Days(FIRST, WORKED[0]), local("12:00", WORKED[0]))
    return tmp_path


@pytest.mark.parametrize("file_format", ["xlsx", "csv", "jsonl"])
@pytest.mark.parametrize(
    ("durations", "late", "worked"),
    [("minutes", 15, 555), ("decimal", 0.25, 9.25), ("h:mm", "0:15", "9:15")],
)
async def test_a_month_has_one_row_a_person(
    ledger: Path, file_format: str, durations: str, late: object, worked: object
) -> None:
    out = ledger / f"october.{file_format}"
    done = await export(config(ledger, format=file_format, durations=durations), out)
    wang, li, zhang = rows_in(out)
    counts = [2, 2, 0]
    if file_format == "csv":
        cells = ["007", "王小明", "研发部", "2025-10", *counts, late, worked, ""]
        assert list(wang.values()) == [
            f"{c:.2f}" if isinstance(c, float) else str(c) for c in cells
        ]
    else:
        cells = ["007", "王小明", "研发部", "2025-10", *counts, late, worked, None]
        assert list(wang.values()) == cells
    assert (str(li["实出勤"]), str(zhang["未知"])) == ("0", "1")
    assert li["姓名"] == ("'=1+1" if file_format == "csv" else "=1+1")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Without an employee number (1): =1+1 ({LI})",
        f"With unknown days (1): 张𠮷 ({ZHANG})",
    ]


async def test_a_locked_month_has_a_sheet_of_the_figures_that_moved(
    ledger: Path, store: Store
) -> None:
    path, out = config(ledger, durations="h:mm"), ledger / "october.xlsx"
    await export(path, out)
    assert openpyxl.load_workbook(out).sheetnames == ["payroll"]
    month = Month.of(FIRST)
    span = Days(FIRST, LAST)
    days = {
        who.user_id: of
        for who, of in read_days(SqliteStage(ledger).url, span, SHANGHAI, local("12:00"))
    }
    live = figures_of(WANG, month, days[WANG])
    moved = {"days_present": 1, "late": 0, "worked": live.values["worked"] + 65}
    steps = [
        MonthStep(
            user_id=figures.user_id,
            month=FIRST,
            kind=StepKind.LOCKED,
            actor="hr",
            taken_at=local("12:00"),
            seen=figures.digest(),
            figures=to_json(figures),
        )
        for figures in (
            replace(live, values={**live.values, **moved}),
            figures_of(LI, month, days[LI]),
        )
    ]
    await store.months.add(steps)
    await export(path, out)
    book = openpyxl.load_workbook(out)
    second = book["adjustments"]
    assert (book.sheetnames[0], rows_in(out)[0]["调整"]) == ("payroll", "-1:05")
    who = WANG, "007", "王小明"
    assert list(second.values) == [
        ("user_id", "job_number", "name", "field", "locked", "live", "difference"),
        (*who, "days_present", 1, 2, 1),
        (*who, "late", "0:00", "0:15", "0:15"),
        (*who, "worked", "10:20", "9:15", "-1:05"),
    ]


async def test_a_day_level_has_one_row_a_work_date_and_nothing_unknown_is_0(ledger: Path) -> None:
    columns = {"编号": "user_id", "日期": "work_date", "迟到": "late", "工时": "worked"}
    out = ledger / "days.jsonl"
    await export(config(ledger, level="day", format="jsonl", columns=columns), out)
    rows = {(row["编号"], row["日期"]): (row["迟到"], row["工时"]) for row in rows_in(out)}
    assert len(rows) == 3 * 31
    first, second = (day.isoformat() for day in WORKED)
    assert (rows[WANG, first], rows[WANG, second]) == ((15, 555), (0, None))
    assert (rows[LI, second], rows[ZHANG, first]) == ((0, 0), (None, None))
    assert rows[ZHANG, second] == (None, None)


async def test_each_day_has_the_department_of_its_date(ledger: Path, store: Store) -> None:
    wang = Employee(WANG, "王小明", department_ids=(8,))
    departments = [Department(7, "研发部"), Department(8, "客服部")]
    await store.people.replace([wang], departments, local("06:00", WORKED[1]))
    columns = {"日期": "work_date", "部门": "department"}
    out = ledger / "days.jsonl"
    path = config(ledger, level="day", format="jsonl", columns=columns)
    await export(path, out)
    rows = {row["日期"]: row["部门"] for row in rows_in(out)[:31]}
    assert [rows[day.isoformat()] for day in WORKED] == ["研发部", "客服部"]


async def test_gbk_shows_and_names_the_letters_that_it_lacks(ledger: Path) -> None:
    out = ledger / "october.csv"
    columns = {"姓名": "name", "工号": "job_number"}
    done = await export(config(ledger, format="csv", encoding="gbk", columns=columns), out)
    assert [row["姓名"] for row in rows_in(out, "gbk")] == ["王小明", "'=1+1", "张〓"]
    assert [row["工号"] for row in rows_in(out, "gbk")] == ["007", "", "009"]
    assert f"With letters that GBK lacks, written as 〓 (1): 张𠮷 ({ZHANG})" in done.stderr


@cases
def test_a_profile_that_cannot_be_written_is_an_error(
    columns: list[dict[str, str]], more: dict[str, str], error: str
) -> None:
    raw = {"dingtalk": {"client_id": "a", "client_secret": "b"}}
    exports = {"exports": {"payroll": {"columns": columns, **more}}}
    with pytest.raises(ConfigError, match=re.escape(error)):
        parse(yaml.safe_dump(raw | exports), "test")


@cases
def test_a_wrong_call_is_refused(tmp_path: Path, arguments: tuple[str, ...], error: str) -> None:
    done = outcome_of("export", "--config", config(tmp_path), *arguments)
    assert (done.returncode, error in done.stderr) == (2, True)


async def test_columns_of_dingtalks_report_take_two_calls_a_person(ledger: Path) -> None:
    names = ["工作日加班", "overtime_rest_day", "年假", "工作日家班"]
    columns = {name: f"dingtalk:{name}" for name in names}
    out = ledger / "report.jsonl"
    async with Sandbox(world=World(12), clock=PretendClock()) as sandbox:
        path = config(ledger, sandbox.url, format="jsonl", columns=columns)
        thursday, saturday = WORKED[0], WORKED[1] + timedelta(days=1)
        for day, until, kind in (
            (thursday, "20:30", "overtime"),
            (saturday, "22:00", "overtime"),
            (thursday, "20:00", "leave"),
        ):
            sandbox.absences.add(WANG, local("18:00", day), local(until, day), kind)
        done = await export(path, out)
        calls = [
            request.path.rpartition("/")[2]
            for request in sandbox.requests
            if "attendance" in request.path
        ]
        assert sorted(calls) == [
            "getattcolumns",
            *["getcolumnval"] * 3,
            *["getleavetimebynames"] * 3,
        ]
        assert [list(row.values()) for row in rows_in(out)] == [
            [2.5, 4.0, 2.0, None],
            [0.0, 0.0, 0.0, None],
            [0.0, 0.0, 0.0, None],
        ]
        assert "did you mean 工作日加班?" in done.stderr
        await sandbox.fault("http_500", {"apis": ["getleavetimebynames"]})
        done = await export(path, out)
        assert list(rows_in(out)[0].values()) == [2.5, 4.0, None, None]
        assert f"{WANG}: " in done.stderr


async def test_stored_days_are_those_that_a_lead_sees_also_of_a_leaver(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:40", kind=PlayedCompany) as company:
        month = Days(TUESDAY.replace(day=1), TUESDAY - timedelta(days=1))
        base, admin = company.app, company.settings().roles.admins[0]
        sight = await company.app.visibility.read_sight(admin, Whom(company=True))
        seen = await company.app.summaries.of(sight.user_ids, month)
        company.sandbox.world.leave(WANG)
        await company.events_heard()
        await base.directory.crawl()
        url, now = base.settings.store.url, base.clock.now()
        stored = {who.user_id: days for who, days in read_days(url, month, SHANGHAI, now)}
        assert stored == seen
        assert totals_of(days for of in stored.values() for days in of).present > 50
