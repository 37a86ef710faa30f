"""A picture of a team's days that is too large."""

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

from tests.reminders.stage import RemindingCompany, a_reminding_company

LEAD = "lead01"


class Oversized:
    """Makes reports of more than one megabyte."""

    async def run(self, work: Callable[[Iterable[Any]], Any], parts: AsyncIterator[Any]) -> bytes:
        return b"x" * (1024 * 1024 + 1)


class OversizedCompany(RemindingCompany):
    workshop = Oversized()


async def test_instead_of_a_too_large_picture_a_spreadsheet_is_offered(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:40", kind=OversizedCompany) as company:
        refused = await company.ask(LEAD, "本周考勤图表")
        assert "这张图太大" in refused and "**没有发出**" in refused
        assert company.sandbox.uploads == {}
        await company.press(LEAD, "导出表格")
        (file,) = company.sandbox.uploads.values()
        assert file.name == "考勤_研发部 Engineering_2026-11-23_2026-11-24.xlsx"
