"""Summaries by themselves with two bots on one PostgreSQL: each once for a lead and a period."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from bot.app import App
from bot.domain.reminders import ReminderKind, ReminderState
from tests.builders import local
from tests.reminders.stage import RemindingCompany, a_reminding_company

FIRST = date(2026, 6, 1)  # a Monday: day, week and month are told
NEXT = FIRST + timedelta(days=1)
PERIODS = ("05-25–05-31", "05-01–05-31", "06-02", "06-01")  # week, month, and the days, which others name, too


async def both_look(company: RemindingCompany, bots: list[App], day: date, *moments: str) -> None:
    for at in moments:
        company.sandbox.clock.move_to(local(at, day))
        await asyncio.gather(*(bot.reads.read_if_due() for bot in bots))
        await asyncio.gather(*(bot.remind() for bot in bots))
        await asyncio.gather(*(bot.outbox.settled() for bot in bots))


def told(company: RemindingCompany, lead: str) -> Counter[str]:
    """Return how often a lead was told of each period."""
    texts = [text for text in company.sandbox.replies(lead) if "自动汇总" in text]
    return Counter(next((name for name in PERIODS if name in text), text) for text in texts)


async def test_each_lead_is_told_of_each_period_once_by_one_of_them(tmp_path: Path, database: str) -> None:
    changes = {"store": {"url": database}, "summaries": {"digests": {"default": ["daily", "weekly", "monthly"]}}}
    async with a_reminding_company(tmp_path, local("08:40", FIRST), **changes) as company:
        assert company.app is not None
        bots = [company.app, await company.another_bot()]
        try:
            await both_look(company, bots, FIRST, "09:29", "09:30", "09:31", "09:45", "09:46", "10:20")
            assert told(company, "lead01") == Counter({*PERIODS} - {"06-02"})
            await both_look(company, bots, NEXT, "09:29", "09:30", "09:31", "09:45", "09:46")
            assert told(company, "lead01") == Counter(PERIODS)
            assert told(company, "lead02") == Counter(PERIODS[:2])  # whose people start later on these days
        finally:
            await bots[1].stop()
        rows = [
            (row.user_id, row.which, row.work_date, row.state)
            for row in await company.rows(FIRST - timedelta(days=62), NEXT)
            if row.kind is ReminderKind.DIGEST
        ]
    assert [row[3] for row in rows].count(ReminderState.SENT) == len(PERIODS) + 2
    assert {row[3] for row in rows} <= {
        ReminderState.SENT,
        ReminderState.DROPPED,
    }  # what is an hour late is dropped
