"""One day of twelve people, with the real bot and the pretend DingTalk: who is nudged of what, and who is not."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.due import QUIET_HOURS
from bot.domain.reminders import ReminderKind, ReminderState
from tests.builders import TUESDAY, local
from tests.reminders.stage import (
    AFTER,
    BEFORE,
    DAY_PEOPLE,
    NIGHT_PEOPLE,
    OFF,
    ON,
    RemindingCompany,
    a_reminding_company,
    away,
    noted,
    who_was_told,
)
from tests.waiting import until

NEXT_DAY = TUESDAY + timedelta(days=1)


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


async def test_before_and_after_going_home_exactly_those_without_a_punch_are_told_once(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "17:40") as company:
        company.at("17:46")
        for who in ("user001", "user002"):
            company.sandbox.native_punch(who, local("08:50"))
        await company.ask("user001", "下班打卡")
        await company.events_heard()
        await company.go_on("17:50", "17:51")
        without = sorted(DAY_PEOPLE - {"user001"})
        assert who_was_told(company, OFF, "18:00", BEFORE) == without
        await punch_unheard(company, "user002", local("18:02"))
        await company.go_on("18:05", "18:06")
        assert who_was_told(company, OFF, "18:00", AFTER) == sorted(set(without) - {"user002"})


async def test_a_night_shift_is_reminded_in_the_evening_and_of_the_same_night_in_the_morning(
    tmp_path: Path,
) -> None:
    async with a_reminding_company(tmp_path, "21:40") as company:
        await company.go_on("21:50")
        assert who_was_told(company, ON, "22:00", BEFORE) == sorted(NIGHT_PEOPLE)
        company.sandbox.native_punch("user008", local("21:55"))
        await company.events_heard()
        await company.go_on("22:05")
        assert who_was_told(company, ON, "22:00", AFTER) == ["user009", "user010"]
        await at_next_day(company, "00:10")
        company.sandbox.native_punch("user009", local("05:55", NEXT_DAY))
        await at_next_day(company, "05:49")
        assert who_was_told(company, OFF, "06:00", BEFORE) == []
        await at_next_day(company, "05:50")
        await company.events_heard()
        await at_next_day(company, "06:05")
        assert who_was_told(company, OFF, "06:00", AFTER) == ["user008", "user010"]


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2026, 12, 31), date(2028, 2, 29)])
async def test_a_night_over_the_end_of_a_month_or_year_is_reminded_of_as_any_other(
    tmp_path: Path, day: date
) -> None:
    morning = day + timedelta(days=1)
    async with a_reminding_company(tmp_path, local("21:40", day)) as company:
        for at in (local("21:50", day), local("22:05", day), local("05:50", morning), local("06:05", morning)):
            company.sandbox.clock.move_to(at)
            await company.remind()
        said = [(ON, BEFORE), (ON, AFTER), (OFF, BEFORE), (OFF, AFTER)]
        told = {who: [(one.what, one.tone) for one in nudges] for who, nudges in company.told().items()}
        assert told == dict.fromkeys(NIGHT_PEOPLE, said)


async def at_next_day(company: RemindingCompany, at: str) -> None:
    """Do what the bot does every minute at a local time of the Wednesday."""
    company.sandbox.clock.move_to(local(at, NEXT_DAY))
    await company.remind()


async def test_once_more_is_kept_also_by_somebody_who_wants_no_others(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.go_on("08:39")
        await company.change("user001", "今天别提醒我")
        await company.sandbox.ask("user001", "过10分钟再提醒我")
        await company.go_on("08:50", "09:05")
        assert [one.due for one in company.told()["user001"]] == ["09:00"]


async def test_what_people_wish_in_chat_counts(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.change("user001", "今天别提醒我")
        await company.change("user002", "提前15分钟提醒我")
        await company.change("user003", "关闭提醒")
        await company.change("user004", "每天8:55提醒我上班打卡")
        await company.go_on("08:45")
        assert set(company.told()) == {"user002"}
        await company.go_on("08:50")
        assert set(company.told()) == DAY_PEOPLE - {"user001", "user003", "user004"}
        await company.ask("user005", "过10分钟再提醒我")
        await company.change("user006", "今天别提醒我")
        await company.go_on("08:55", "08:59")
        assert [nudge.at for nudge in company.told()["user004"]] == [local("08:55")]
        await company.go_on("09:00", "09:01")
        assert [nudge.at for nudge in company.told()["user005"]] == [local("08:50"), local("09:00")]
        await company.change("user003", "恢复提醒")
        await company.go_on("09:05")
        once_more = ["user005"]  # what somebody asked for comes on top of what everybody gets
        expected = sorted([*(DAY_PEOPLE - {"user001", "user006"}), *once_more])
        assert who_was_told(company, ON, "09:00", AFTER) == expected


async def test_who_left_and_who_never_signed_in_are_not_told(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        company.at("08:41")
        company.sandbox.world.leave("user001")
        company.sandbox.world.change("user002", active=False)
        await company.events_heard()
        await until(lambda: not active(company, "user002"))
        await company.go_on("08:50")
        assert set(company.told()) == DAY_PEOPLE - {"user001", "user002"}
        assert company.sandbox.replies("user001") == []


def active(company: RemindingCompany, who: str) -> bool:
    assert company.app is not None
    return company.app.directory.is_active(who)


async def test_in_shadow_mode_all_is_written_and_nothing_said(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, reminders={"mode": "shadow"}) as company:
        company.sandbox.native_punch("user001", local("08:45"))
        await company.events_heard()
        await company.go_on("08:50", "09:05", "09:30")
        rows = await company.rows()
        assert {row.state for row in rows} == {ReminderState.SHADOW}
        assert {row.user_id for row in rows if row.which.startswith("before:10")} == DAY_PEOPLE - {"user001"}
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


async def test_nothing_is_said_in_quiet_hours(tmp_path: Path) -> None:
    quiet = {"quiet_hours": ["21:30", "07:00"]}
    async with a_reminding_company(tmp_path, "17:40", reminders=quiet) as company:
        await company.go_on("17:50", "21:50", "22:05", "22:30")
        assert set(company.told()) == DAY_PEOPLE
        await at_next_day(company, "05:50")
        await at_next_day(company, "06:05")
        assert set(company.told()) == DAY_PEOPLE


@pytest.mark.parametrize("mode", ["live", "shadow"])
async def test_what_is_held_up_into_quiet_hours_is_not_said_any_more(tmp_path: Path, mode: str) -> None:
    reminders = {"quiet_hours": ["08:55", "10:00"], "mode": mode}
    async with a_reminding_company(tmp_path, reminders=reminders) as company:
        company.sandbox.faults.set("http_500", {"apis": ["listRecord"]})
        await company.go_on("08:50", "08:54")
        company.sandbox.faults.set("http_500", None)
        await company.go_on("08:55", "08:56", "09:30")
        assert company.told() == {}
        rows = [(row.user_id, row.reason) for row in await company.rows()]
        assert sorted(rows) == [(who, QUIET_HOURS) for who in sorted(DAY_PEOPLE)]


async def test_a_leads_note_that_is_held_up_into_quiet_hours_is_not_said_any_more(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:25", reminders={"quiet_hours": ["09:31", "10:00"]}) as company:
        await company.go_on("09:29")
        await company.stop_bot()
        company.at("09:32")
        await company.start_bot()
        await company.remind()
        assert noted(company.sandbox, "lead01") == {}
        notes = [row for row in await company.rows() if row.kind is ReminderKind.ESCALATION]
        assert {(row.user_id, row.reason) for row in notes} == {("lead01", QUIET_HOURS), ("lead02", QUIET_HOURS)}


async def test_checks_that_can_no_longer_be_made_are_held_for_the_next_clock_in(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "17:40") as company:
        for at in ("08:55", "18:01"):
            company.sandbox.native_punch("user001", local(at))
        company.sandbox.native_punch("user002", local("08:55"))
        away(company, "user003", "00:00", "23:59:59")
        await company.events_heard()
        await company.go_on("18:05", "22:29", "22:31")
        held = [row for row in await company.rows() if row.kind is ReminderKind.MISSED]
        assert {row.state for row in held} <= {ReminderState.HELD, ReminderState.DROPPED}
        found = sorted((row.user_id, row.check_point) for row in held if row.state is ReminderState.HELD)
        both = sorted(DAY_PEOPLE - {"user001", "user002", "user003"})
        expected = [(who, key) for who in both for key in ("OffDuty/0", "OnDuty/0")] + [("user002", "OffDuty/0")]
        assert found == sorted(expected)
