"""A day of twelve people, with the real bot and the pretend DingTalk."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.reminders import ReminderKind, ReminderState
from tests.builders import TUESDAY, local
from tests.company import a_company
from tests.corrections.stage import taps_in
from tests.reminders.stage import (
    AFTER,
    BEFORE,
    DAY_PEOPLE,
    OFF,
    ON,
    RemindingCompany,
    a_reminding_company,
    away,
    heard,
    noted,
    who_was_told,
)

NEXT_DAY = TUESDAY + timedelta(days=1)
ONE = {"before_minutes": [5], "after_minutes": [1], "most": 1}
SHORT_BREAK = {
    "source": "config",
    "shifts": [{"name": "day", "sections": [["08:30", "12:00"], ["12:15", "18:00"]], "people": "all"}],
}
EARLY = {"source": "config", "shifts": [{"name": "early", "sections": [["00:00", "08:00"]], "people": "all"}]}


async def punch_unheard(company: RemindingCompany, who: str, at: datetime) -> None:
    """Let somebody punch in DingTalk itself, and the event be lost."""
    await company.sandbox.fault("events_lost", {"apis": ["attendance_check_record"]})
    company.sandbox.native_punch(who, at)
    await company.sandbox.fault("events_lost", None)


async def test_before_and_after_a_check_exactly_those_without_a_punch_are_told_once(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        company.at("08:45")
        await company.ask("user001", "上班打卡")
        company.sandbox.native_punch("user002", local("08:46"), "gate")
        await company.events_heard()
        await punch_unheard(company, "user003", local("08:47"))
        await company.go_on("08:49", "08:50", "08:51")
        without = sorted(DAY_PEOPLE - {"user001", "user002", "user003"})
        assert who_was_told(company, ON, "09:00", BEFORE) == without
        company.at("08:58")
        await company.ask("user004", "上班打卡")
        company.sandbox.native_punch("user005", local("09:01"))
        await company.events_heard()
        await company.go_on("09:04", "09:05", "09:06", "09:30", "12:00")
        still = sorted(set(without) - {"user004", "user005"})
        assert who_was_told(company, ON, "09:00", AFTER) == still
        assert set(company.told()) == set(without)
        assert all(len(nudges) <= 2 for nudges in company.told().values())


async def at_next_day(company: RemindingCompany, at: str) -> None:
    """Do what the bot does every minute at a local time of the Wednesday."""
    company.sandbox.clock.move_to(local(at, NEXT_DAY))
    await company.remind()


async def test_in_shadow_mode_all_is_written_and_nothing_said(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, reminders={"mode": "shadow"}) as company:
        company.sandbox.native_punch("user001", local("08:45"))
        await company.events_heard()
        await company.go_on("08:50", "09:05", "09:30")
        rows = await company.rows()
        assert {row.state for row in rows} == {ReminderState.SHADOW}
        assert {row.user_id for row in rows if row.kind is ReminderKind.BEFORE} == DAY_PEOPLE - {"user001"}
        assert sum(row.kind is ReminderKind.ESCALATION for row in rows) == 2
        assert not any(company.sandbox.replies(person.user_id) for person in company.sandbox.world)


async def test_each_lead_gets_one_note_of_their_own_people(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        away(company, "user001", "00:00", "23:59:59")
        for who in ("user002", "user003", "user004", "user007"):
            company.sandbox.native_punch(who, local("08:59"))
        await company.events_heard()
        await company.go_on("09:29", "09:30", "09:31", "09:40")
        notes = {who: [text for text in company.sandbox.replies(who) if "的同事" in text] for who in DAY_PEOPLE}
        assert {who for who, texts in notes.items() if texts} == {"lead01", "lead02"}
        [engineering], [support] = notes["lead01"], notes["lead02"]
        missing, on_leave = engineering.split("王小明")
        assert "赵磊" in missing
        assert "催" in on_leave
        assert "李娜" not in engineering
        assert "周婷" in support
        assert "Tom Baker" not in support


async def test_what_is_held_up_into_quiet_hours_is_not_said_any_more(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, reminders={"quiet_hours": ["08:55", "10:00"]}) as company:
        company.sandbox.faults.set("http_500", {"apis": ["listRecord"]})
        await company.go_on("08:50", "08:54")
        company.sandbox.faults.set("http_500", None)
        await company.go_on("08:55", "08:56", "09:30")
        assert company.told() == {}
        rows = [(row.user_id, row.state) for row in await company.rows()]
        assert sorted(rows) == [(who, ReminderState.DROPPED) for who in sorted(DAY_PEOPLE)]


async def test_in_quiet_hours_nobody_is_nudged_by_their_lead(tmp_path: Path) -> None:
    quiet = {"quiet_hours": ["09:10", "09:20"]}
    async with a_reminding_company(tmp_path, "09:12", reminders=quiet) as company:
        assert "现在不能催" in await company.ask("lead01", "催 李娜")
        company.at("09:20")
        assert "正在请" in await company.ask("lead01", "催 李娜")


async def test_a_lead_who_may_be_none_any_more_gets_no_note(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:20", roles={"admins": []}) as company:
        await company.sandbox.fault("http_500", {"apis": ["user_get"]})
        company.sandbox.clock.advance(1)  # after everybody was read
        company.sandbox.world.change("lead01", lead=False)
        await company.events_heard()
        assert company.app is not None
        assert company.app.directory.employee("lead01").leads != ()  # type: ignore[union-attr]  # all that is known
        await company.go_on("09:30")
        assert noted(company.sandbox, "lead01") == {}
        assert noted(company.sandbox, "lead02") != {}


async def test_the_facts_decide_which_of_two_is_said_and_one_message_says_it(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "12:00", schedule=SHORT_BREAK) as company:
        await company.sandbox.fault("events_lost", {"apis": ["leave_record_change"]})
        company.sandbox.absences.add("user001", local("12:15"), local("18:00"), "leave")
        await company.go_on("12:04", "12:05", "12:06")
        told = {
            who: [(one.what, one.due, one.tone) for one in heard(company.sandbox, who)]
            for who in ("user001", "user002")
        }
        assert told == {"user001": [(OFF, "12:00", AFTER)], "user002": [(ON, "12:15", BEFORE)]}
        at_five = [row for row in await company.rows() if row.moment == local("12:05")]
        states = {(row.user_id, row.check_point): row.state for row in at_five}
        assert states["user001", "OnDuty/1"] is states["user002", "OffDuty/0"] is ReminderState.DROPPED


@pytest.mark.parametrize("back_at", ["09:00", "09:02"])
async def test_of_two_that_an_outage_held_back_one_is_said(tmp_path: Path, back_at: str) -> None:
    async with a_reminding_company(tmp_path, reminders=ONE) as company:
        await company.sandbox.fault("http_500", {"apis": ["listRecord"]})
        for moment in ("08:55", "08:56", "09:00", "09:01", "09:02", "09:03", "09:04"):
            if moment == back_at:
                await company.sandbox.fault("http_500", None)
            await company.go_on(moment)
        both = [*who_was_told(company, ON, "09:00", BEFORE), *who_was_told(company, ON, "09:00", AFTER)]
        assert sorted(both) == sorted(DAY_PEOPLE)


async def test_who_punches_while_the_facts_are_read_is_not_told(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="08:40") as company:
        assert company.app is not None
        await company.app.directory.crawl()
        await company.app.reads.read_if_due()
        await company.remind("08:45")
        await company.sandbox.fault("api_slow_ms", {"value": 4000, "apis": ["listRecord"]})
        looking = asyncio.create_task(company.remind("08:50"))
        async with asyncio.timeout(60):
            while not any(call.api == "listRecord" for call in company.sandbox.requests):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert "08:50" in await company.ask("user001", "上班打卡")
        await looking
        assert len(company.sandbox.replies("user001")) == 1
        assert len(company.sandbox.replies("user002")) == 1


async def test_the_leave_button_of_a_reminder_before_midnight_is_about_its_shift(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "23:40", schedule=EARLY) as company:
        await company.go_on("23:50")
        (says,) = (tap for tap in taps_in(company.sandbox.replies("user001")[-1]) if "请假" in tap)
        assert says == "2026-11-25 请假"
        assert "11-25" in await company.change("user001", says)
        await at_next_day(company, "00:05")
        told = who_was_told(company, ON, "00:00", AFTER)
        assert "user002" in told and "user001" not in told
