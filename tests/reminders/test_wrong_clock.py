"""A process whose clock is known to be wrong reminds nobody by it: neither is it nine, nor is anybody missing."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.clock import Clock
from bot.services.upkeep import SUBJECT
from tests.builders import local
from tests.reminders.stage import (
    BEFORE,
    CALL_S,
    DAY_PEOPLE,
    ON,
    WAIT_S,
    PromptDingTalk,
    RemindingCompany,
    a_reminding_company,
    noted,
    who_was_told,
)
from tests.waiting import until


class OffClock:
    """Another clock, `off` by so much."""

    def __init__(self, right: Clock, off: timedelta) -> None:
        self._right = right
        self.off = off

    def now(self) -> datetime:
        return self._right.now() + self.off

    def monotonic(self) -> float:
        return self._right.monotonic()


async def a_bot_with(company: RemindingCompany, clock: OffClock) -> App:
    """Start a bot that goes by `clock`. Whoever starts it stops it."""
    settings = company.settings()
    dingtalk = PromptDingTalk(settings, clock, call_s=CALL_S)
    app = App(settings, clock=clock, patience=company.patience, dingtalk=dingtalk)
    before = company.sandbox.connections
    await app.start()
    await company.sandbox.wait_connected(before + 1, timeout=WAIT_S)
    await app.directory.crawl()
    await app.reads.read_if_due()
    await app.remind()
    return app


async def look(company: RemindingCompany, app: App, *moments: str) -> None:
    """Let `app` do at these true local times of the Tuesday what it does every minute."""
    for at in moments:
        company.at(at)
        await app.remind()
        await app.outbox.settled()


@pytest.mark.parametrize("minutes", [15, -15])
async def test_by_a_clock_known_to_be_wrong_nobody_is_reminded_and_the_operators_know(
    tmp_path: Path, minutes: int
) -> None:
    async with a_reminding_company(tmp_path, "08:20") as company:
        await company.stop_bot()
        clock = OffClock(company.sandbox.clock, timedelta(minutes=minutes))
        app = await a_bot_with(company, clock)
        try:
            await look(company, app, "08:35", "08:50", "09:05", "09:15", "09:20")
            assert company.told() == {}
            assert noted(company.sandbox, "lead01") == {}
            await until(lambda: company.sandbox.replies("lead01"), what="the alert")
            (alert,) = company.sandbox.replies("lead01")
            assert f"{minutes * 60} 秒" in alert
            clock.off = timedelta()
            await look(company, app, "09:30")
            assert SUBJECT not in app.operators.troubles
            assert set(noted(company.sandbox, "lead01")) == {local("09:30")}
        finally:
            await app.stop()


async def test_a_clock_that_is_set_wrong_between_two_looks_is_noticed_before_the_second(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:20") as company:
        await company.stop_bot()
        clock = OffClock(company.sandbox.clock, timedelta())
        app = await a_bot_with(company, clock)
        try:
            clock.off = timedelta(minutes=15)
            await look(company, app, "08:36", "08:49")
            assert company.told() == {}
            clock.off = timedelta()
            await look(company, app, "08:50")
            assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        finally:
            await app.stop()


async def test_by_a_wrong_clock_no_lead_has_anybody_nudged(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:50") as company:
        await company.stop_bot()
        app = await a_bot_with(company, OffClock(company.sandbox.clock, timedelta(minutes=15)))
        try:
            await until(lambda: company.sandbox.replies("lead01"), what="the alert")
            assert "没有发送" in await company.ask("lead01", "催 user001")
            assert company.told() == {}
        finally:
            await app.stop()
