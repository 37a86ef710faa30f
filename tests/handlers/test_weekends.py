"""No reminders for the weekend: the two dates, which the answer names, and nothing beyond them."""

from datetime import date
from pathlib import Path

import pytest

from bot.domain.reminders import Quiet
from tests.company import a_company
from tests.handlers.a_desk import Desk
from tests.languages import theirs

SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 11, 29)


@pytest.mark.parametrize("text", ["turn off reminders for the weekend", "周末别提醒我", "周末打卡别提醒我"])
async def test_the_answer_names_the_dates_that_are_quiet_and_reminders_stay_on(tmp_path: Path, text: str) -> None:
    async with a_company(tmp_path) as company:
        told = await company.ask("user001", text)
        assert "2026-11-28 – 2026-11-29" in told, told
        assert "2026-11-28 – 2026-11-29" in await company.ask("user001", "reminders")
        assert company.app is not None
        wishes = await company.app.store.wishes.get("user001")
        assert (wishes.quiet, wishes.muted) == ((Quiet(SATURDAY, SUNDAY),), frozenset())


@pytest.mark.parametrize(
    "text", ["turn off weekend reminders", "周末都别提醒", "stop reminding me at weekends", "工作日别提醒我"]
)
async def test_every_weekend_is_answered_with_how_to_say_it_by_dates(text: str) -> None:
    desk = Desk()
    told = await desk.say(text)
    assert theirs(text, en="no reminders tomorrow", zh="明天别提醒我") in told
    assert desk.book.writes == 0
