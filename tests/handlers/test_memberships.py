"""People who leave or move belong to the time before."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.months import Month
from bot.domain.slots import Days
from bot.storage import read_days, read_export
from tests.builders import SHANGHAI, TUESDAY
from tests.company import Company, a_company, morning
from tests.waiting import until

LEAD, LEAVER, MOVER, HR = "lead01", "user001", "user003", "user009"
JOINER = "user099"
NAMES = {LEAVER: "王小明", MOVER: "李娜"}
SUPPORT = 102
ROLES = {"admins": ["user010"], "hr": [HR]}
LAST_WEEK = Days(TUESDAY - timedelta(days=8), TUESDAY - timedelta(days=2))


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """A day after somebody left and somebody moved to another lead's department."""
    async with a_company(tmp_path, "09:40", roles=ROLES) as company:
        company.sandbox.live_through_the_past()
        directory = company.app.directory
        await until(lambda: directory.is_read, what="the directory is read")
        await company.ask(HR, "上周全公司考勤")  # from now on these days are stored
        await company.ask(LEAVER, "打卡")
        company.sandbox.world.leave(LEAVER)
        company.sandbox.world.move(MOVER, SUPPORT)

        def is_known() -> bool:
            mover = directory.employee(MOVER)
            assert mover is not None
            gone = directory.employee(LEAVER) is None
            return gone and mover.department_ids == (SUPPORT,) and not directory.is_doubted(MOVER)

        await until(is_known, what="both changes are read")
        await company.app.rosters.read()
        company.sandbox.clock.move_to(morning("09:40") + timedelta(days=1))
        yield company


async def test_a_past_week_has_leavers_in_chat_sheet_and_payroll(company: Company) -> None:
    team = await company.ask(LEAD, "上周团队考勤")
    assert all(name in team for name in NAMES.values()), team
    assert "12 人" in await company.ask(HR, "上周全公司考勤")
    before = len(company.sandbox.replies(HR))
    await company.ask(HR, "导出上周全公司考勤")
    await company.sandbox.wait_for_reply(HR, after=before + 1)
    _, *lines = company.workbook().worksheets[0].values
    in_sheet = {row[0] for row in lines}
    stored = {
        who.user_id: days
        for who, days in read_days(
            company.settings().store.url, LAST_WEEK, SHANGHAI, company.sandbox.clock.now()
        )
    }
    assert len(stored) == 12 and in_sheet == stored.keys()
    rows = read_export(company.settings().store.url, TUESDAY, TUESDAY, SHANGHAI)
    assert [(row.user_id, row.department) for row in rows] == [(LEAVER, "研发部 Engineering")]
    for user_id in NAMES:
        assert sum(day.present for day in stored[user_id]) == 5
    assert "王小明" not in await company.ask(HR, "全公司今天考勤")


async def test_days_before_joining_count_for_nobody(company: Company) -> None:
    company.sandbox.world.join(JOINER)
    await until(lambda: company.app.directory.employee(JOINER) is not None, what="the joiner")
    history = await company.ask(JOINER, "我上周的考勤")
    assert "出勤 0/0 天" in history, history
    (month,) = await company.app.months.of([JOINER], Month(2026, 11))
    by_lead = await company.ask(HR, "新同事上周考勤")
    assert (month.figures.values["days_due"], "### " in by_lead) == (0, False), by_lead
