"""What a stand-in decides is stored with the lead."""

import asyncio
from pathlib import Path

from bot.domain.months import Month
from bot.storage.audit import audit_ledger
from tests.company import a_company
from tests.waiting import until


async def test_a_month_that_a_stand_in_approves_keeps_the_lead(tmp_path: Path) -> None:
    async with a_company(tmp_path, months={"enabled": True}) as company:
        await until(lambda: company.app.directory.is_read)
        await company.change("lead01", "李娜 11月24日到27日代我审批")
        await company.sandbox.wait_for_reply("user003", after=0)  # the note
        await company.change("user003", "批准团队10月考勤")
        states = await company.app.store.months.states(Month(2026, 10), ["user001"])
        approved = states["user001"].approved
        assert approved is not None
        assert (approved.actor, approved.stood_in_for) == ("user003", ("lead01",))
        audit = await asyncio.to_thread(audit_ledger, company.settings().store.url)
        assert audit.broken is None
