"""A lead excuses a day; anybody asks what is stored about them. Both in private, each of their own only."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import TUESDAY
from tests.corrections.stage import (
    ASKER,
    COLLEAGUE,
    LEAD,
    NO_ADMINS,
    OTHER_LEAD,
    a_correcting_company,
)


async def test_a_lead_excuses_one_of_their_people_who_hears_by_whom(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        assert "Excused: Alice Johnson on 2026-11-24" in await company.change(
            LEAD, "excuse Alice Johnson today, reason: doctor"
        )
        await company.notes_told()
        told = company.sandbox.replies(ASKER)[-1]
        assert "陈静" in told
        assert "doctor" in told
        assert company.app is not None
        (excuse,) = await company.app.store.excuses.between([ASKER], TUESDAY, TUESDAY)
        assert (excuse.decided_by, excuse.reason) == (LEAD, "doctor")
        assert not await company.punches(day=TUESDAY)
        assert "Your lead excused this day" in await company.ask(ASKER, "my status")
        assert "already, by 陈静" in await company.ask(LEAD, "excuse Alice Johnson today, reason: rain")


async def test_an_excuse_is_taken_back_by_a_tap_and_the_person_hears_of_it(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.change(LEAD, "excuse Alice Johnson today, reason: doctor")
        await company.notes_told()
        shown = await company.press(LEAD, "Take it back")
        assert (
            "count again" in await company.press(LEAD, "Confirm") if "Nothing is changed yet" in shown else shown
        )
        await company.notes_told()
        assert "取消了您 2026-11-24 的豁免" in company.sandbox.replies(ASKER)[-1]
        assert "Alice Johnson" in (await company.ask(LEAD, "谁没打卡"))
        assert "无需取消" in await company.ask(LEAD, "取消豁免 李娜 今天")
        rows = company.rows_of("SELECT number, excused, decided_by, reason FROM excuse_decisions ORDER BY number")
        assert rows == [
            (1, 1, LEAD, "doctor"),
            (2, 0, LEAD, ""),
        ]


async def test_who_came_late_is_shown_as_late_and_excused_wherever_a_lead_looks(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, "clock in")
        asked = ("谁没打卡", "今天考勤", "Alice Johnson今天的考勤")
        before = [await company.ask(LEAD, says) for says in asked]
        assert not any("已豁免" in said for said in before)
        await company.change(LEAD, "豁免 Alice Johnson 今天，原因：医院")
        _, *shown = [await company.ask(LEAD, says) for says in asked]
        for said in shown:
            assert "迟到" in said and "已豁免" in said, said
        assert "已豁免 1" in shown[0].split("\n\n")[1] and "迟到" not in shown[0].split("\n\n")[1]


async def test_a_day_on_which_nothing_is_due_is_not_excused(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        sunday = TUESDAY - timedelta(days=2)
        said = await company.ask(LEAD, f"excuse Alice Johnson {sunday}, reason: doctor")
        assert "has no work on 2026-11-22" in said and "Nothing was changed" in said
        assert "没有要打的卡" in await company.ask(LEAD, f"豁免 Alice Johnson {TUESDAY + timedelta(days=4)}")
        assert "豁免自己带的人" in await company.ask(OTHER_LEAD, f"豁免 Alice Johnson {sunday}")
        assert "无需取消" in await company.ask(LEAD, f"取消豁免 Alice Johnson {sunday}")
        assert not company.rows_of("SELECT user_id FROM excuse_decisions")


@pytest.mark.parametrize("who", [COLLEAGUE, OTHER_LEAD])
async def test_of_others_nobody_is_excused(tmp_path: Path, who: str) -> None:
    async with a_correcting_company(tmp_path, roles=NO_ADMINS) as company:
        for says in ("豁免 Alice Johnson 今天，原因：医院", "取消豁免 Alice Johnson 今天"):
            said = await company.ask(who, says)
            assert "豁免自己带的人" in said
            assert "Alice" not in said
        assert not company.rows_of("SELECT user_id FROM excuse_decisions")
