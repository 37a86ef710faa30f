"""Each reminder goes once: over restarts, beside another process, and on a wrong clock."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import Clock
from tests.builders import local
from tests.reminders.stage import (
    AFTER,
    BEFORE,
    DAY_PEOPLE,
    ON,
    RemindingCompany,
    a_reminding_company,
    noted,
    who_was_told,
)
from tests.waiting import until, work_until_idle

A_MINUTE = timedelta(minutes=1)


async def test_twenty_restarts_repeat_and_skip_no_reminder(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:45") as company:
        for minute in range(20):
            await company.stop_bot()
            company.sandbox.clock.move_to(local("08:46") + minute * A_MINUTE)
            await company.start_bot()
            await company.remind()
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE)


async def test_old_reminders_are_dropped_after_a_long_stop(company: RemindingCompany) -> None:
    await company.stop_bot()
    company.at("09:01")
    await company.start_bot()
    await company.go_on("09:01")
    assert company.told() == {}


async def test_two_bots_remind_everybody_once(tmp_path: Path, database: str) -> None:
    async with a_reminding_company(tmp_path, store={"url": database}) as company:
        bots = [company.app, await company.another_bot()]
        try:
            for at in ("08:50", "08:51", "09:05"):
                company.at(at)
                await asyncio.gather(
                    *(bot.heartbeat.beat() for bot in bots)
                )  # moving the clock ended their claims
                await asyncio.gather(*(bot.reminders.tick() for bot in bots))
                await asyncio.gather(*(work_until_idle(bot.outbox) for bot in bots))
        finally:
            await bots[1].stop()
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE)


class OffClock:
    """A clock that is wrong by `off`."""

    def __init__(self, right: Clock, off: timedelta) -> None:
        self._right = right
        self.off = off

    def now(self) -> datetime:
        return self._right.now() + self.off

    def monotonic(self) -> float:
        return self._right.monotonic()


async def test_a_wrong_clock_reminds_and_nudges_nobody(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:20") as company:
        await company.stop_bot()
        clock = company.bots_clock = OffClock(company.sandbox.clock, timedelta(minutes=15))
        app = await company.start_bot()
        await company.go_on("08:35", "08:50", "09:05", "09:15", "09:20")
        assert company.told() == {}
        assert noted(company.sandbox, "lead01") == {}
        await until(lambda: company.sandbox.replies("lead01"), what="the alert")
        (alert,) = company.sandbox.replies("lead01")
        assert "900 秒" in alert
        assert "没有发送" in await company.ask("lead01", "催 user001")
        assert company.told() == {}
        clock.off = timedelta()
        await company.go_on("09:30")
        assert not app.operators.troubles
        assert set(noted(company.sandbox, "lead01")) == {local("09:30")}
