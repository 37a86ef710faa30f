"""DingTalk suddenly plans nobody: people are left in peace, operators hear of it, and what is true wins."""

from pathlib import Path

from tests.builders import TUESDAY
from tests.reminders.stage import BEFORE, RemindingCompany, a_reminding_company


def alerts(company: RemindingCompany) -> int:
    """Return how often the administrator was told that people who had a plan have none."""
    return sum("people who had one" in said for said in company.sandbox.replies("lead01"))


async def test_an_answer_without_plans_that_does_not_last_loses_no_reminder(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        company.sandbox.world.set_holiday(TUESDAY)
        await company.go_on("08:50", "08:51")
        assert (company.told(), alerts(company)) == ({}, 1)
        company.sandbox.world.set_normal_day(TUESDAY)
        await company.go_on("08:52", "08:53")
        assert {one.tone for one in company.told()["user001"]} == {BEFORE}
        assert len(company.told()) == 9


async def test_a_day_that_a_reading_of_all_shows_free_is_free(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        assert company.app is not None
        company.sandbox.world.set_holiday(TUESDAY)
        await company.go_on("08:50")
        await company.app.reads.read_if_due()
        await company.go_on("08:51", "09:05", "09:30")
        assert company.told() == {}
        reasons = {row.reason for row in await company.rows() if row.which.startswith("before:10")}
        assert reasons == {"no longer planned"}
        assert alerts(company) == 1
