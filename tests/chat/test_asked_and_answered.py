"""What the bot asks when it is in doubt, and which time the answer has."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.clock import to_ms
from tests.company import a_company, morning


async def test_in_doubt_the_bot_asks_and_records_nothing(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:00") as company:
        reply = await company.ask("user001", "打卡")
        assert "上班卡还是下班卡" in reply
        assert "dtmd://" in reply
        assert not company.punches_at_dingtalk("user001")


async def test_an_answer_within_two_minutes_keeps_the_time_of_the_question(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="13:59") as company:
        await company.ask("user001", "打卡")
        company.sandbox.clock.advance(60)
        assert "上班卡 13:59" in await company.ask("user001", "上班打卡")


async def test_an_answer_after_two_minutes_is_a_message_of_its_own(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="13:59") as company:
        await company.ask("user001", "打卡")
        company.sandbox.clock.advance(180)
        assert "上班卡 14:02" in await company.ask("user001", "上班打卡")


async def test_an_older_message_does_not_take_the_time_of_an_open_question(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="13:59") as company:
        await company.ask("user001", "打卡")
        assert "下班卡 06:59" in await company.ask("user001", "下班打卡", sent_at=to_ms(morning("06:59")))


@pytest.mark.parametrize("hours", [-30, 1])
async def test_an_open_question_makes_no_message_young(tmp_path: Path, hours: int) -> None:
    async with a_company(tmp_path, at="13:59") as company:
        await company.ask("user001", "打卡")
        sent_at = to_ms(company.sandbox.clock.now() + timedelta(hours=hours))
        assert "没有记录" in await company.ask("user001", "下班打卡", sent_at=sent_at)
        assert not company.punches_at_dingtalk("user001")


async def test_an_answer_that_reaches_us_a_day_late_is_asked_about(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="13:59") as company:
        await company.ask("user001", "打卡")
        company.sandbox.clock.advance(25 * 3600)
        reply = await company.ask("user001", "上班打卡", sent_at=to_ms(morning("14:00")))
        assert "这条消息的时间是 2026-11-24 14:00" in reply
        assert "没有记录" in reply
        assert not company.punches_at_dingtalk("user001")


async def test_the_two_minutes_run_from_when_the_bot_asked(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:10") as company:
        await company.ask("user001", "打卡", sent_at=to_ms(morning("14:00")))
        company.sandbox.clock.advance(20)
        assert "上班卡 14:00" in await company.ask("user001", "上班打卡")


async def test_what_was_sent_before_the_bot_asked_is_no_answer(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:10") as company:
        await company.ask("user001", "打卡", sent_at=to_ms(morning("14:00")))
        assert "下班卡 18:05" in await company.ask("user001", "下班打卡", sent_at=to_ms(morning("18:05")))


async def test_a_question_after_an_answer_adds_no_time(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        for _ in range(2):
            assert "wants a place" in await company.ask("user001", "clock in")
            company.sandbox.clock.advance(75)
        assert "Clock-in 08:52" in await company.ask("user001", "clock in @HQ")


async def test_the_other_direction_is_no_confirmation(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:00") as company:
        await company.ask("user001", "clock in", kind="voice")
        company.sandbox.clock.advance(90)
        assert "Clock-out 18:01" in await company.ask("user001", "clock out")


async def test_a_bare_punch_that_lacked_a_place_keeps_its_time_and_its_shifts_direction(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05", clock_in={"location": "required"}) as company:
        assert quote("打卡 @HQ") in (asked := await company.ask("user001", "打卡"))
        assert quote("上班打卡") not in asked
        company.sandbox.clock.advance(60)
        assert "下班卡 18:05" in await company.ask("user001", "打卡 @HQ")


async def test_a_clock_in_and_a_clock_out_of_one_millisecond_are_both_recorded(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        moment = to_ms(morning("18:04"))
        assert "Clock-in 18:04" in await company.ask("user001", "clock in", sent_at=moment)
        assert "Clock-out 18:04" in await company.ask("user001", "clock out", sent_at=moment)
        assert "already" in await company.ask("user001", "clock out", sent_at=moment)
        assert company.app is not None
        punches = await company.app.store.ledger.punches("user001", morning().date(), morning().date())
        assert sorted(punch.check_type for punch in punches) == ["OffDuty", "OnDuty"]
        assert len(company.punches_at_dingtalk("user001")) == 2
