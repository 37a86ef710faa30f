"""A person reads the same verdict as their lead: the first arrival counts, and so does leave."""

from pathlib import Path

import pytest

from bot.domain.absences import Absence, AbsenceSource
from tests.builders import local
from tests.company import Company, a_company

LEAVE = "Leave, a trip or an outing is approved for then, so neither late nor early"


async def arrived(company: Company, at: str) -> None:
    assert company.app is not None
    await company.app.store.native_punches.note([("user001", local(at))])


async def on_leave(company: Company, first: str, last: str) -> None:
    assert company.app is not None
    told = Absence("user001", local(first), local(last), "a1", source=AbsenceSource.EVENT)
    await company.app.store.absences.note(told, local(first))


async def test_who_came_in_time_by_dingtalks_word_is_not_late_by_a_later_message(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:20") as company:
        await arrived(company, "08:52")
        receipt = await company.ask("user001", "clock in")
        assert "DingTalk knows of your punch at 08:52, which counts: On time" in receipt
        assert "late" not in receipt
        for asked in ("my status", "my week", "why late?"):
            own = await company.ask("user001", asked)
            assert ("08:52" in own, "min late" in own) == (True, False), own
        assert "late" not in await company.ask("user001", "attendance of user001 today")


@pytest.mark.parametrize(
    ("first", "last", "words"), [("09:00", "18:00", LEAVE), ("09:00", "14:00", "On time")], ids=["whole", "half"]
)
async def test_who_is_on_leave_is_not_late(tmp_path: Path, first: str, last: str, words: str) -> None:
    async with a_company(tmp_path, at="13:20") as company:
        await on_leave(company, first, last)
        receipt = await company.ask("user001", "clock in")
        assert (words in receipt, "min late" in receipt) == (True, False), receipt
        own = await company.ask("user001", "my status")
        assert (words in own, "min late" in own) == (True, False), own
