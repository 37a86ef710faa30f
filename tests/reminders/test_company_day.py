"""Reminders in a company of twelve people."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.reminders import ReminderKind, ReminderState
from bot.sandbox.world import DAY, World
from tests.builders import local
from tests.company import a_company
from tests.reminders.stage import (
    AFTER,
    BEFORE,
    DAY_PEOPLE,
    OFF,
    ON,
    a_reminding_company,
    heard,
    noted,
    who_was_told,
)
from tests.waiting import until

ONE = {"before_minutes": [5], "after_minutes": [1], "most": 1}
SHORT_BREAK = {
    "source": "config",
    "shifts": [
        {"name": "day", "sections": [["08:30", "12:00"], ["12:15", "18:00"]], "people": "all"}
    ],
}


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


async def test_a_reminder_delayed_into_quiet_hours_is_dropped(tmp_path: Path) -> None:
    async with a_reminding_company(
        tmp_path, reminders={"quiet_hours": ["08:55", "10:00"]}
    ) as company:
        company.sandbox.faults.set("http_500", {"apis": ["listRecord"]})
        await company.go_on("08:50", "08:54")
        company.sandbox.faults.set("http_500", None)
        await company.go_on("08:55", "08:56", "09:30")
        assert company.told() == {}
        rows = [(row.user_id, row.state) for row in await company.rows()]
        assert sorted(rows) == [(who, ReminderState.DROPPED) for who in sorted(DAY_PEOPLE)]


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


async def test_a_lead_in_doubt_gets_no_note(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:20", roles={"admins": []}) as company:
        await company.sandbox.fault("http_500", {"apis": ["user_get"]})
        company.sandbox.clock.advance(1)  # later than the read of everybody
        company.sandbox.world.change("lead01", lead=False)
        await company.events_heard()
        assert company.app.directory.employee("lead01").leads != ()  # type: ignore[union-attr]
        await company.go_on("09:30")
        assert noted(company.sandbox, "lead01") == {}
        assert noted(company.sandbox, "lead02") != {}


async def test_one_of_two_reminders_goes_by_the_facts(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "12:00", schedule=SHORT_BREAK) as company:
        await company.sandbox.fault("events_lost", {"apis": ["attendance_approve_status_change"]})
        company.sandbox.absences.add("user001", local("12:15"), local("18:00"), "leave")
        await company.go_on("12:04", "12:05", "12:06")
        told = {
            who: [
                (reminder.what, reminder.due, reminder.tone)
                for reminder in heard(company.sandbox, who)
            ]
            for who in ("user001", "user002")
        }
        assert told == {"user001": [(OFF, "12:00", AFTER)], "user002": [(ON, "12:15", BEFORE)]}
        at_five = [row for row in await company.rows() if row.moment == local("12:05")]
        states = {(row.user_id, row.check_point): row.state for row in at_five}
        assert (
            states["user001", "OnDuty/1"] is states["user002", "OffDuty/0"] is ReminderState.DROPPED
        )


@pytest.mark.parametrize("back_at", ["09:00", "09:02"])
async def test_one_of_two_delayed_reminders_goes(tmp_path: Path, back_at: str) -> None:
    async with a_reminding_company(tmp_path, reminders=ONE) as company:
        await company.sandbox.fault("http_500", {"apis": ["listRecord"]})
        for moment in ("08:55", "08:56", "09:00", "09:01", "09:02", "09:03", "09:04"):
            if moment == back_at:
                await company.sandbox.fault("http_500", None)
            await company.go_on(moment)
        both = [
            *who_was_told(company, ON, "09:00", BEFORE),
            *who_was_told(company, ON, "09:00", AFTER),
        ]
        assert sorted(both) == sorted(DAY_PEOPLE)


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
