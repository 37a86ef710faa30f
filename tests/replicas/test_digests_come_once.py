"""Daily summaries with two bots on one PostgreSQL: each lead gets one a day."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from bot.app import App
from bot.domain.reminders import ReminderKind, ReminderState
from tests.builders import local
from tests.reminders.stage import RemindingCompany, a_reminding_company

MONDAY = date(2026, 6, 1)
TUESDAY = MONDAY + timedelta(days=1)
LEADS = ("lead01", "lead02")


async def both_look(company: RemindingCompany, bots: list[App], day: date, *moments: str) -> None:
    for at in moments:
        company.sandbox.clock.move_to(local(at, day))
        await asyncio.gather(*(bot.reads.read_if_due() for bot in bots))
        await asyncio.gather(*(bot.remind() for bot in bots))
        await asyncio.gather(*(bot.outbox.settled() for bot in bots))


def told(company: RemindingCompany) -> list[int]:
    """Return how many summaries each lead had."""
    return [sum("自动汇总" in text for text in company.sandbox.replies(lead)) for lead in LEADS]


async def test_each_lead_gets_one_summary_a_day_from_one_of_them(tmp_path: Path, database: str) -> None:
    async with a_reminding_company(tmp_path, local("08:40", MONDAY), store={"url": database}) as company:
        assert company.app is not None
        for lead in LEADS:
            await company.app.store.wishes.change(lead, lambda old: replace(old, digest=True))
        bots = [company.app, await company.another_bot()]
        try:
            await both_look(company, bots, MONDAY, "09:44", "09:45", "09:46", "10:20")
            assert told(company) == [1, 1]
            await both_look(company, bots, TUESDAY, "09:45", "09:46")
            assert told(company) == [2, 2]
        finally:
            await bots[1].stop()
        rows = await company.rows(MONDAY, TUESDAY)
        digests = [row.state for row in rows if row.kind is ReminderKind.DIGEST]
        assert digests == [ReminderState.SENT] * 4
