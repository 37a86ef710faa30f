"""One's own day and past days, and why a punch counts as it does."""

from pathlib import Path

import pytest

from tests.company import a_company
from tests.reminders.stage import a_reminding_company

ME, AT_NIGHT = "user001", "user009"


async def test_ones_day_shows_the_shift_and_what_was_punched(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask(ME, "上班打卡")
        said = await company.ask(ME, "我今天的考勤")
        assert "09:00–18:00" in said
        assert "08:50 · 上班卡 · 正常" in said
        assert "18:00 下班卡：没有通过我打的卡" in said


async def test_a_question_whether_one_has_punched_is_answered_and_punches_nothing(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "没有通过我打的卡" in await company.ask(ME, "我打卡了吗")
        assert not company.punches_at_dingtalk(ME)


async def test_past_days_are_shown(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="12:00") as company:
        said = await company.ask(ME, "我上周的打卡记录")
        assert "11-16" in said and "11-20" in said


async def test_days_to_come_are_called_so(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="12:00") as company:
        assert "11-25" not in await company.ask(ME, "我明天的打卡记录")


@pytest.mark.parametrize(("said", "rule"), [("为什么算我迟到", "12 分钟"), ("why was I late?", "12 min")])
async def test_why_a_punch_was_late_is_explained_by_its_rule(tmp_path: Path, said: str, rule: str) -> None:
    async with a_company(tmp_path, at="09:12") as company:
        await company.ask(ME, "clock in")
        assert rule in await company.ask(ME, said)


async def test_who_has_no_punch_is_told_so_when_asking_why(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:12") as company:
        assert "12" not in await company.ask(ME, "为什么算我迟到")


async def test_after_a_night_shift_ones_day_is_that_of_the_shift(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="06:03") as company:
        await company.ask(AT_NIGHT, "clock out")
        said = await company.ask(AT_NIGHT, "my status")
        assert "06:03 · Clock-out" in said
        assert "counts for 2026-11-23" in said


async def test_ones_own_days_come_as_a_file(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="12:00") as company:
        await company.ask(ME, "导出我的考勤")
        await company.sandbox.wait_until(lambda: any(one.medium for one in company.sandbox.transcript(ME)))


async def test_a_wrong_punch_cannot_be_taken_back_and_the_way_out_is_said(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask(ME, "上班打卡")
        assert "补卡" in await company.ask(ME, "撤销")


async def test_a_bare_punch_after_a_native_one_answers_it_or_makes_the_next_check(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:57") as company:
        company.sandbox.native_punch(ME, kind="gate")
        await company.events_heard()
        assert "08:57" in await company.ask(ME, "打卡")
        company.at("18:01")
        assert "下班卡 18:01" in await company.ask(ME, "打卡")
        own = await company.ask(ME, "我今天的考勤")
        assert "08:57 · 上班卡 · 正常 · 在钉钉或考勤机打的" in own and "18:01 · 下班卡 · 正常" in own, own


async def test_a_native_clock_out_is_not_replaced_by_a_bare_punch(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:50") as company:
        await company.ask(ME, "打卡")
        company.at("18:02")
        company.sandbox.native_punch(ME, kind="gate")
        await company.events_heard()
        company.at("19:30")
        assert "18:02" in await company.ask(ME, "打卡")
        assert "19:30" not in await company.ask(ME, "我今天的考勤")
