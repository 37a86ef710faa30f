"""Of two reminders of one person in the same minute the facts decide which is said, and one message says it."""

from pathlib import Path

from bot.domain.reminders import ReminderState
from bot.services.reminding.sending import SAID_ANOTHER
from tests.builders import local
from tests.reminders.stage import AFTER, BEFORE, OFF, ON, a_reminding_company, heard

SHORT_BREAK = {
    "source": "config",
    "shifts": [{"name": "day", "sections": [["08:30", "12:00"], ["12:15", "18:00"]], "people": "all"}],
}


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
        rows = {(row.user_id, row.check_point): row for row in at_five}
        assert rows["user001", "OnDuty/1"].reason == "on leave"
        assert rows["user002", "OffDuty/0"].state is ReminderState.DROPPED
        assert rows["user002", "OffDuty/0"].reason == SAID_ANOTHER


async def test_after_a_while_away_one_message_is_said_of_a_check(tmp_path: Path) -> None:
    often = {"before_minutes": [10, 5], "most": 5}
    async with a_reminding_company(tmp_path, "08:45", reminders=often) as company:
        await company.go_on("08:56")
        assert [(one.tone, one.at) for one in heard(company.sandbox, "user001")] == [(BEFORE, local("08:56"))]
        states = [row.state for row in await company.rows() if row.user_id == "user001"]
        assert sorted(states) == [ReminderState.DROPPED, ReminderState.SENT]
