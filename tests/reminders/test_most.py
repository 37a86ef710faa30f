"""At most `most` for one check: what was never said does not count."""

from pathlib import Path

import pytest

from bot.domain.reminders import ReminderState
from tests.reminders.stage import AFTER, BEFORE, DAY_PEOPLE, ON, a_reminding_company, who_was_told

ONE = {"before_minutes": [5], "after_minutes": [1], "most": 1}


async def test_one_that_an_outage_held_back_does_not_use_up_the_next(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, reminders=ONE) as company:
        await company.sandbox.fault("http_500", {"apis": ["listRecord"]})
        await company.go_on("08:55", "08:56", "09:01", "09:03", "09:05", "09:06")
        await company.sandbox.fault("http_500", None)
        await company.go_on("09:07", "09:08", "09:09")
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE)


@pytest.mark.parametrize("back_at", ["09:00", "09:01", "09:02"])
async def test_of_two_that_an_outage_held_back_one_is_said(tmp_path: Path, back_at: str) -> None:
    async with a_reminding_company(tmp_path, reminders=ONE) as company:
        await company.sandbox.fault("http_500", {"apis": ["listRecord"]})
        for moment in ("08:55", "08:56", "09:00", "09:01", "09:02", "09:03", "09:04"):
            if moment == back_at:
                await company.sandbox.fault("http_500", None)
            await company.go_on(moment)
        both = [*who_was_told(company, ON, "09:00", BEFORE), *who_was_told(company, ON, "09:00", AFTER)]
        assert sorted(both) == sorted(DAY_PEOPLE)


async def test_one_that_was_said_uses_up_the_next(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, reminders=ONE) as company:
        await company.go_on("08:55", "09:01", "09:02")
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        assert who_was_told(company, ON, "09:00", AFTER) == []
        states = {row.state for row in await company.rows() if row.check_point == "OnDuty/0"}
        assert states == {ReminderState.SENT}
