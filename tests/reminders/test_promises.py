"""What docs/reminders.md promises beside the daily round."""

from datetime import timedelta
from pathlib import Path

from bot.domain.due import LATE
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from tests.builders import TUESDAY, local
from tests.reminders.stage import RemindingCompany, a_reminding_company, noted
from tests.waiting import until

NEXT_DAY = TUESDAY + timedelta(days=1)


async def of_kind(company: RemindingCompany, kind: ReminderKind) -> list[Reminder]:
    """Return the Tuesday's rows of one kind."""
    return [row for row in await company.rows() if row.kind is kind]


async def away_until(company: RemindingCompany, at: str) -> None:
    """Let the bot be down until a local time of the Wednesday, then look."""
    await company.stop_bot()
    company.sandbox.clock.move_to(local(at, NEXT_DAY))
    await company.start_bot()


async def test_after_less_than_a_day_away_what_was_missed_is_told_with_the_next_clock_in(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "22:00") as company:
        await away_until(company, "08:40")
        await company.remind()
        assert {row.state for row in await of_kind(company, ReminderKind.MISSED)} == {ReminderState.HELD}


async def test_after_more_than_a_day_away_nobody_is_told_what_they_missed(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "22:00") as company:
        await away_until(company, "23:00")
        await company.remind()
        told = [row for row in await of_kind(company, ReminderKind.MISSED) if row.due_at <= local("18:00")]
        assert told == []


async def test_of_people_told_in_one_minute_each_reads_their_own_language(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.ask("user002", "help")
        await company.go_on("08:50")
        assert "Clock-in" in company.sandbox.replies("user002")[-1]
        assert "上班卡" in company.sandbox.replies("user001")[-1]


async def test_a_leads_note_that_is_too_late_is_dropped_and_counted(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:25") as company:
        await company.stop_bot()
        company.at("09:41")
        await company.start_bot()
        await company.remind()
        assert noted(company.sandbox, "lead01") == {}
        notes = await of_kind(company, ReminderKind.ESCALATION)
        assert {(row.user_id, row.state, row.reason) for row in notes} == {
            ("lead01", ReminderState.DROPPED, LATE),
            ("lead02", ReminderState.DROPPED, LATE),
        }


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


async def test_who_is_no_longer_a_lead_gets_no_note_and_nudges_nobody_from_the_event_on(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:20", roles={"admins": []}) as company:
        app = company.app
        assert app is not None
        assert "正在请" in await company.ask("lead01", "催 Alice Johnson")
        company.sandbox.world.change("lead01", lead=False)
        await company.events_heard()
        await until(lambda: app.directory.employee("lead01").leads == ())  # type: ignore[union-attr]
        assert "自己带的人" in await company.ask("lead01", "催 李娜")
        await company.go_on("09:30")
        assert noted(company.sandbox, "lead01") == {}
