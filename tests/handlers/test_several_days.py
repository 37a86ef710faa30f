"""Nothing is done with one of several days that somebody names."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.reminders import Quiet
from tests.builders import TUESDAY
from tests.handlers.a_desk import Desk
from tests.handlers.test_days_that_are_meant import a_leads_desk

DAY = timedelta(days=1)


class NobodyExcused:
    """Excuses that nobody may be given."""

    async def excuse(self, *_: Any) -> None:
        raise AssertionError("somebody is excused")

    take_back = excuse


@pytest.mark.parametrize("text", ["no reminders today and tomorrow", "今天和明天别提醒我", "周二、周三别提醒我"])
async def test_two_days_that_follow_each_other_are_both_quiet(text: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert desk.mine.quiet == (Quiet(TUESDAY, TUESDAY + DAY),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no reminders Dec 1 and Dec 3", "one at a time"),
        ("12月1日和12月3日别提醒我", "一天一天地说"),
        ("no reminders tomorrow and on monday", "one at a time"),
        ("no reminders today or tomorrow", "one at a time"),
        ("别提醒我，周五除外", "一天一天地说"),
        ("stop reminders all week but Friday", "one at a time"),
        ("sick today and tomorrow", "one at a time"),
        ("明天请假，改成后天", "一天一天地说"),
    ],
)
async def test_of_days_apart_none_becomes_quiet(text: str, told: str) -> None:
    desk = Desk()
    assert told in await desk.say(text)
    assert desk.book.writes == 0


@pytest.mark.parametrize(
    "text",
    [
        "excuse Alice today and tomorrow: doctor",
        "今天和明天 Alice 免考勤：看病",
        "unexcuse Alice today and tomorrow",
        "excuse Alice Monday and Friday: doctor",
        "excuse Alice one of Monday and Tuesday: doctor",
    ],
)
async def test_nobody_is_excused_for_one_of_two_days(text: str) -> None:
    desk = Desk()
    desk.serve(excuses=NobodyExcused())
    assert await desk.say(text)


async def test_a_team_is_summed_up_over_both_days_or_not_at_all() -> None:
    desk, summaries = a_leads_desk()
    await desk.say("summary yesterday and today")
    assert summaries.asked == [(TUESDAY - DAY, TUESDAY)]
    assert "one at a time" in await desk.say("summary last monday and last friday")
    assert len(summaries.asked) == 1
