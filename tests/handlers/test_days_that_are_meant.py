"""Which days a question is about: those of when it was said, and 92 of them at most, both ends counted."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from bot.chat.context import Sight, Sighted
from bot.domain.people import Employee
from bot.domain.spans import MOST_DAYS
from bot.domain.summaries import PersonDay, Standing, TeamDay, TeamRange, team_day, team_range
from tests.builders import TUESDAY, local
from tests.handlers.a_desk import Desk, NothingElse

FIRST = TUESDAY - timedelta(days=MOST_DAYS - 1)
SEEN = Sight(Sighted.SEEN, (Employee("u2", "Li Na"),))


class EverythingSeen:
    """Shows one person to everybody."""

    async def seen_by(self, viewer: str, **asked: object) -> Sight:
        return SEEN

    async def now(self, sight: Sight) -> Sight:
        return sight


@dataclass
class Summaries(NothingElse):
    """Notes which days are asked for; the bot gets round to it after midnight."""

    asked: list[tuple[date, date]] = field(default_factory=list)

    def today(self) -> date:
        return TUESDAY + timedelta(days=1)

    async def day(self, sight: Sight, work_date: date, **which: bool) -> TeamDay:
        self.asked.append((work_date, work_date))
        return team_day([PersonDay("u2", work_date, Standing.OFF)], work_date, local("23:59"))

    async def range(self, sight: Sight, first: date, last: date) -> TeamRange:
        self.asked.append((first, last))
        return team_range({"u2": [PersonDay("u2", first, Standing.OFF)]}, first, last, local("23:59"))

    async def own_range(self, user_id: str, first: date, last: date) -> TeamRange:
        self.asked.append((first, last))
        return team_range({user_id: []}, first, last, local("23:59"))


def a_leads_desk() -> tuple[Desk, Summaries]:
    desk, summaries = Desk("23:59"), Summaries()
    desk.serve(visibility=EverythingSeen(), summaries=summaries, progress_s=60.0)
    return desk, summaries


@pytest.mark.parametrize("text", ["summary", "who has not clocked in", "summary today"])
async def test_a_teams_today_is_the_day_on_which_it_was_said(text: str) -> None:
    desk, summaries = a_leads_desk()
    await desk.say(text)
    assert summaries.asked == [(TUESDAY, TUESDAY)]


async def test_a_day_after_the_one_on_which_it_was_said_is_the_future() -> None:
    desk, summaries = a_leads_desk()
    for text in ("明天考勤", "导出明天考勤"):
        assert await desk.say(text) == "那些日子还没到。"
    assert summaries.asked == []


async def test_of_a_longer_range_the_last_92_days_are_shown_of_oneself_and_of_a_team_alike() -> None:
    desk, summaries = a_leads_desk()
    await desk.say("team attendance from 2026-01-05 to 2026-11-24")
    assert summaries.asked == [(FIRST, TUESDAY)]
    assert f"{FIRST} to {TUESDAY}" in await desk.say("my punches from 2026-01-05 to 2026-11-24")
    assert summaries.asked[1:] == [(FIRST, TUESDAY)]


async def test_a_file_of_more_than_92_days_is_not_made() -> None:
    desk, _ = a_leads_desk()
    before = FIRST - timedelta(days=1)
    assert "92" in await desk.say(f"export from {before} to {TUESDAY}")


async def test_reminders_are_silent_for_92_days_at_most() -> None:
    desk = Desk("08:50")
    last = TUESDAY + timedelta(days=MOST_DAYS - 1)
    assert "92" in await desk.say(f"no reminders from {TUESDAY} to {last + timedelta(days=1)}")
    assert not desk.mine.quiet
    await desk.say(f"no reminders from {TUESDAY} to {last}")
    assert [(one.first, one.last) for one in desk.mine.quiet] == [(TUESDAY, last)]
