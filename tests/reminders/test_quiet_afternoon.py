"""A wish about a part of the day, from the words to what is said."""

from pathlib import Path

from tests.reminders.stage import AFTER, BEFORE, OFF, ON, a_reminding_company, who_was_told


async def test_no_reminders_this_afternoon_leaves_the_morning_as_it_is(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:40") as company:
        assert "12:00 起" in await company.ask("user001", "今天下午别提醒我")
        await company.go_on("08:50", "09:05", "17:50", "18:05")
        assert "user001" in who_was_told(company, ON, "09:00", BEFORE)
        assert "user001" in who_was_told(company, ON, "09:00", AFTER)
        assert "user002" in who_was_told(company, OFF, "18:00", BEFORE)
        assert "user001" not in who_was_told(company, OFF, "18:00", BEFORE)
        assert "user001" not in who_was_told(company, OFF, "18:00", AFTER)
