"""Reminders in a company of twelve people."""

import asyncio
from pathlib import Path

from bot.domain.reminders import ReminderKind, ReminderState
from bot.sandbox.world import DAY
from tests.builders import local
from tests.changing_company import World
from tests.company import a_company
from tests.reminders.stage import (
    AFTER,
    BEFORE,
    DAY_PEOPLE,
    OFF,
    ON,
    a_reminding_company,
    noted,
    who_was_told,
)
from tests.waiting import until


async def test_shadow_mode_stores_reminders_and_sends_none(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, reminders={"mode": "shadow"}) as company:
        company.sandbox.native_punch("user001", local("08:45"))
        await company.events_heard()
        await company.go_on("08:50", "09:05", "09:30")
        rows = await company.rows()
        assert {row.state for row in rows} == {ReminderState.SHADOW}
        assert {row.user_id for row in rows if row.kind is ReminderKind.BEFORE} == DAY_PEOPLE - {
            "user001"
        }
        assert sum(row.kind is ReminderKind.ESCALATION for row in rows) == 2
        assert not any(company.sandbox.replies(person.user_id) for person in company.sandbox.world)


async def test_a_check_that_nobody_has_to_punch_reminds_and_misses_nobody(tmp_path: Path) -> None:
    world = World(12)
    world.free_checks = {(DAY.id, "OnDuty")}
    async with a_reminding_company(tmp_path, "08:40", world=world) as company:
        await company.go_on("08:50", "09:05", "09:30")
        assert who_was_told(company, ON, "09:00", BEFORE) == []
        assert who_was_told(company, ON, "09:00", AFTER) == []
        assert noted(company.sandbox, "lead01") == {}
        company.at("09:40")
        summary = await company.ask("lead01", "今天考勤")
        assert "没有打卡" not in summary and "缺卡" not in summary
        assert "正常" in await company.ask("user001", "上班打卡")
        await company.go_on("17:50")
        assert "user001" in who_was_told(company, OFF, "18:00", BEFORE)


async def test_a_punch_during_the_last_look_stops_the_reminder(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="08:40") as company:
        await company.app.directory.crawl()
        await company.app.reads.read_if_due()
        await company.remind("08:45")
        await company.sandbox.fault("api_slow_ms", {"value": 4000, "apis": ["listRecord"]})
        looking = asyncio.create_task(company.remind("08:50"))
        calls = company.sandbox.requests
        await until(lambda: any(call.api == "listRecord" for call in calls), what="the read")
        assert "08:50" in await company.ask("user001", "上班打卡")
        await looking
        assert len(company.sandbox.replies("user001")) == 1
        assert len(company.sandbox.replies("user002")) == 1
