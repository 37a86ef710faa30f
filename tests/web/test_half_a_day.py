"""A late half day with a break: each door tells the same hours, minutes and lateness."""

import json
from datetime import timedelta
from pathlib import Path

import aiohttp

from tests.builders import TUESDAY
from tests.command_line import bot
from tests.company import Company, morning
from tests.reminders.stage import a_reminding_company
from tests.web.test_board import board
from tests.web.visiting import a_visitor

LEAD, WANG = "lead01", "user001"
HOURS = "09:00–13:00，不在岗 13:00–18:00"
SHOWN = {  # from 09:40 to 13:05, with a break from 12 to 13
    "late_times": 0,
    "serious_late_times": 1,
    "late": 40,
    "worked": 145,
    "breaks": 60,
    "leave": 300,
}
HEADINGS = {
    "迟到（次）": "late_times",
    "严重迟到、旷工迟到（次）": "serious_late_times",
    "迟到（分钟）": "late",
    "工作时长（分钟）": "worked",
    "休息（分钟）": "breaks",
    "不在岗：请假、出差、外出（分钟）": "leave",
}
PROFILE = {"level": "day", "format": "jsonl", "columns": [{name: name} for name in SHOWN]}


async def _sheet(company: Company) -> dict[object, object]:
    """Return the cells of the only day of a spreadsheet by their headings."""
    await company.ask(LEAD, "导出今天的考勤")
    headings, *rows = company.workbook()["每日明细"].values
    (cells,) = [row for row in rows if row[0] == WANG]
    return dict(zip(headings, cells, strict=True))


async def _payroll(company: Company, folder: Path) -> dict[str, object]:
    """Return yesterday's figures of a payroll export."""
    company.sandbox.clock.move_to(morning("08:00") + timedelta(days=1))
    await company.ask(WANG, "我昨天的考勤")
    config, out = folder / "config.yaml", folder / "out.jsonl"
    columns = [{"date": "work_date"}, {"user": "user_id"}, *PROFILE["columns"]]
    exports = {"exports": {"payroll": {**PROFILE, "columns": columns}}}
    config.write_text(f"{config.read_text(encoding='utf-8')}\n{json.dumps(exports)[1:-1]}\n")
    named = ("--profile", "payroll", "--month", "2026-11", "--out", str(out))
    await bot("export", "--config", str(config), *named)
    rows = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    (row,) = [row for row in rows if (row.pop("date"), row.pop("user")) == (str(TUESDAY), WANG)]
    return dict(row)


async def test_each_door_tells_the_same_day(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_reminding_company(tmp_path, at="09:40") as company:
        company.sandbox.page.origin = company.app.web.url
        company.sandbox.absences.add(WANG, morning("13:00"), morning("18:00"))
        await company.events_heard()
        await company.app.reads.read_if_due()
        await company.ask(WANG, "打卡")
        company.at("13:05")
        await company.ask(WANG, "下班打卡")
        cells = await _sheet(company)
        assert cells["班次"] == HOURS
        assert {name: cells[heading] or 0 for heading, name in HEADINGS.items()} == SHOWN
        page, lead = (
            await a_visitor(company, session, WANG),
            await a_visitor(company, session, LEAD),
        )
        status, answer = await page.call("day", headers={"Accept-Language": "zh"})
        assert status == 200
        asked = await company.ask(LEAD, "王小明今天的考勤")
        for told in (answer["today"], await company.ask(WANG, "我今天的考勤"), asked):
            assert HOURS in told and "迟到 40 分钟（严重迟到）" in told
        assert "工时 2 小时 25 分钟" in asked
        history = await company.ask(WANG, "我这周的打卡记录")
        assert "严重迟到 1 次 40 分钟" in history and "2 小时 25 分钟" in history
        people = (await board(lead))["people"]
        (shown,) = [person["text"] for person in people if person["user_id"] == WANG]
        assert "away 13:00–18:00" in shown and "40 min late (seriously late)" in shown
        assert await _payroll(company, tmp_path) == SHOWN
