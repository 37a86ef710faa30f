"""People who join do not belong to the time before."""

from pathlib import Path

from bot.domain.months import Month
from tests.company import a_company
from tests.waiting import until

JOINER, HR = "user099", "user009"


async def test_days_before_joining_count_for_nobody(tmp_path: Path) -> None:
    async with a_company(tmp_path, "09:40", roles={"hr": [HR]}) as company:
        company.sandbox.invent_past()
        directory = company.app.directory
        await until(lambda: directory.is_read, what="the directory is read")
        await company.ask(HR, "上周全公司考勤")  # from now on these days are stored
        company.sandbox.world.join(JOINER)
        await until(lambda: directory.employee(JOINER) is not None, what="the joiner")
        history = await company.ask(JOINER, "我上周的考勤")
        assert "出勤 0/0 天" in history, history
        (month,) = await company.app.months.of([JOINER], Month(2026, 11))
        by_lead = await company.ask(HR, "新同事上周考勤")
        assert (month.figures.values["days_due"], "### " in by_lead) == (0, False), by_lead
