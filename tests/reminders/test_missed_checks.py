"""Missed checks: told once at the start of the next shift, and only after DingTalk was read."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.domain.absences import Excuse
from bot.domain.quiet import quiet_days
from bot.domain.slots import Days
from tests.builders import TUESDAY, local
from tests.reminders.stage import DAY_PEOPLE, RemindingCompany, a_reminding_company
from tests.waiting import work_until_idle

WEDNESDAY = TUESDAY + timedelta(days=1)
THURSDAY = TUESDAY + timedelta(days=2)
ONCE = Counter(dict.fromkeys(DAY_PEOPLE, 1))


def told_of(company: RemindingCompany, day: date = TUESDAY) -> Counter[str]:
    """Return how often each person heard that they missed a check of `day`."""
    title = f"### {day:%m-%d} 缺卡"
    everybody = (person.user_id for person in company.sandbox.world)
    counts = {
        who: sum(text.startswith(title) for text in company.sandbox.replies(who))
        for who in everybody
    }
    return Counter({who: count for who, count in counts.items() if count})


async def go_on(company: RemindingCompany, *moments: str, day: date = WEDNESDAY) -> None:
    for moment in moments:
        company.sandbox.clock.move_to(local(moment, day))
        await company.remind()


async def test_two_bots_and_a_restart_tell_everybody_once(tmp_path: Path, database: str) -> None:
    async with a_reminding_company(tmp_path, store={"url": database}) as company:
        bots = [company.app, await company.another_bot()]
        try:
            for at in ("08:59", "09:00", "09:01"):
                company.sandbox.clock.move_to(local(at, WEDNESDAY))
                await asyncio.gather(*(bot.heartbeat.beat() for bot in bots))
                await asyncio.gather(*(bot.reminders.tick() for bot in bots))
                await asyncio.gather(*(work_until_idle(bot.outbox) for bot in bots))
        finally:
            await bots[1].stop()
        await company.stop_bot()
        await company.start_bot()
        await go_on(company, "09:02")
        assert told_of(company) == ONCE


@pytest.mark.parametrize("change", ["excused", "muted", "half of it punched"])
async def test_a_change_after_the_proof_stops_the_word(
    company: RemindingCompany, change: str
) -> None:
    who = "user004"
    store = company.app.store
    quiet = quiet_days(Days(WEDNESDAY, WEDNESDAY))  # so that their Tuesday is proved first
    await store.wishes.change(who, lambda old: replace(old, quiet=(quiet,)))
    await go_on(company, "08:59", day=THURSDAY)

    async def make() -> None:
        match change:
            case "excused":
                at = local("09:00", THURSDAY)
                await store.excuses.store(Excuse(who, TUESDAY, "lead01", "", at, excused=True))
            case "muted":
                await store.wishes.change(who, lambda old: replace(old, is_muted=True))
            case _:
                company.sandbox.native_punch(who, local("18:10"))
                await company.events_heard()

    company.sandbox.meanwhile("/attendance/listRecord", make, calls=2)
    await go_on(company, "09:00", day=THURSDAY)
    assert company.sandbox.all_changes_made()
    assert told_of(company) == {}
    assert told_of(company, WEDNESDAY) == Counter(dict.fromkeys(DAY_PEOPLE - {who}, 1))
