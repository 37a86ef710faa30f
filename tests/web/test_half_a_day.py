"""A day with half a day of leave: sheet, page and board tell the hours of the dialogue."""

import io
from pathlib import Path

import aiohttp
import openpyxl

from tests.company import Company, morning
from tests.reminders.stage import a_reminding_company
from tests.web.test_board import board
from tests.web.visiting import a_visitor

LEAD, WANG = "lead01", "user001"
HOURS = "09:00–13:00，不在岗 13:00–18:00"


async def _sheet(company: Company) -> dict[object, object]:
    """Return the cells of the only day of a spreadsheet by their headings."""
    await company.ask(LEAD, "导出今天的考勤")
    (file,) = company.sandbox.state.uploads.values()
    headings, *rows = openpyxl.load_workbook(io.BytesIO(file.content))["每日明细"].values
    (cells,) = [row for row in rows if row[0] == WANG]
    return dict(zip(headings, cells, strict=True))


async def test_sheet_page_and_board_tell_the_same_hours(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_reminding_company(tmp_path, at="08:55") as company:
        company.sandbox.page.origin = company.app.web.url
        company.sandbox.absences.add(WANG, morning("13:00"), morning("18:00"))
        await company.events_heard()
        await company.app.reads.read_if_due()
        await company.ask(WANG, "打卡")
        company.at("11:00")
        cells = await _sheet(company)
        assert (cells["班次"], cells["不在岗：请假、出差、外出（分钟）"]) == (HOURS, 300)
        page, lead = (
            await a_visitor(company, session, WANG),
            await a_visitor(company, session, LEAD),
        )
        status, answer = await page.call("day", headers={"Accept-Language": "zh"})
        assert (status, HOURS in answer["today"]) == (200, True)
        people = (await board(lead))["people"]
        (shown,) = [person["text"] for person in people if person["user_id"] == WANG]
        assert "away 13:00–18:00" in shown
