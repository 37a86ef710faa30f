"""A clock jumps and is corrected: the same reminders leave, each once, and later reads count."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from tests.builders import TUESDAY
from tests.reminders.stage import RemindingCompany, a_reminding_company, noted
from tests.reminders.test_once import OffClock
from tests.waiting import work_until_idle

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LOOKS = [
    *(f"08:{minute}" for minute in range(46, 60)),
    *(f"09:{minute:02}" for minute in range(36)),
    *(f"{17 + (minute >= 60)}:{minute % 60:02}" for minute in range(46, 70)),
]
# The clock is wrong at these looks: before and while the first reminders become due.
JUMPED, CORRECTED = "08:48", "08:53"
Story = dict[str, list[tuple[str, str, str]]]


def told(company: RemindingCompany) -> Story:
    """Return the reminders of each person: check, due time and tone."""
    return {
        user_id: [(one.what, one.due, one.tone) for one in reminders]
        for user_id, reminders in company.told().items()
    }


def notes(company: RemindingCompany) -> dict[str, list[list[str]]]:
    """Return the missing people in the notes to each lead."""
    return {lead: list(noted(company.sandbox, lead).values()) for lead in ("lead01", "lead02")}


async def look(bots: Sequence[App]) -> None:
    """Let all bots look at the present moment."""
    await asyncio.gather(*(bot.heartbeat.beat() for bot in bots))
    for bot in bots:
        await bot.reads.read_if_due()
        await bot.reminders.tick()
    await asyncio.gather(*(work_until_idle(bot.outbox) for bot in bots))


async def played(
    folder: Path, url: str, jump: timedelta, number: int
) -> tuple[Story, dict[str, list[list[str]]]]:
    """Play a day with `number` bots. The clock of the first one jumps. Return what people heard."""
    async with a_reminding_company(folder, "08:45", store={"url": url}) as company:
        await company.stop_bot()
        clock = company.bots_clock = OffClock(company.sandbox.clock, timedelta())
        bots = [await company.start_bot()]
        company.bots_clock = company.sandbox.clock
        try:
            for _ in range(number - 1):
                bots.append(await company.another_bot())
            for at in LOOKS:
                company.at(at)
                clock.off = jump if JUMPED <= at < CORRECTED else timedelta()
                await look(bots)
        finally:
            for bot in bots[1:]:
                await bot.stop()
        return told(company), notes(company)


@pytest.mark.parametrize("jump", [3 * HOUR, DAY, -3 * HOUR])
async def test_a_jump_of_the_clock_loses_and_repeats_no_reminder(
    tmp_path: Path, jump: timedelta
) -> None:
    usual = await played(tmp_path, f"sqlite:///{tmp_path / 'usual.db'}", timedelta(), number=1)
    assert sum(map(len, usual[0].values())) > 20
    assert all(usual[1].values())
    assert await played(tmp_path, f"sqlite:///{tmp_path / 'jump.db'}", jump, number=1) == usual


@pytest.mark.parametrize("jump", [3 * HOUR, -3 * HOUR])
async def test_a_jump_of_one_clock_stops_no_other_process(
    tmp_path: Path, database: str, jump: timedelta
) -> None:
    usual = await played(tmp_path, f"sqlite:///{tmp_path / 'usual.db'}", timedelta(), number=1)
    assert await played(tmp_path, database, jump, number=2) == usual


@pytest.mark.parametrize("off", [8 * HOUR, DAY, -8 * HOUR])
@pytest.mark.parametrize("is_shared", [False, True])
async def test_reads_after_a_start_with_a_wrong_clock_count(
    tmp_path: Path, database: str, off: timedelta, is_shared: bool
) -> None:
    url = database if is_shared else f"sqlite:///{tmp_path / 'data.db'}"
    async with a_reminding_company(
        tmp_path, "08:20", store={"url": url}, roles={"admins": []}
    ) as company:
        await company.stop_bot()
        clock = company.bots_clock = OffClock(company.sandbox.clock, off)
        app = await company.start_bot()
        assert "您的团队" in await company.ask("lead01", "谁没打卡")
        clock.off = timedelta()
        company.at("08:40")
        await look([app])
        for person in company.sandbox.world:
            company.sandbox.world.own_shifts[person.user_id, TUESDAY] = None
        company.sandbox.world.change("lead01", lead=False)
        await company.events_heard()
        for at in ("08:46", "08:50", "09:05", "09:30"):
            company.at(at)
            await look([app])
        assert company.told() == {}
        assert notes(company) == {"lead01": [], "lead02": []}
        assert "您的团队" not in await company.ask("lead01", "谁没打卡")
