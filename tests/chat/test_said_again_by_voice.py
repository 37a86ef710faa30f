"""A voice message while the question about another is open: the same again, or a new one."""

from pathlib import Path

from bot.domain.punches import PunchSource
from tests.builders import TUESDAY, local
from tests.company import a_company


async def test_the_same_direction_again_keeps_the_earlier_moment_and_the_place(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in @HQ", kind="voice")
        company.sandbox.clock.advance(60)
        assert "HQ" in await company.ask("user001", "clock in", kind="voice")
        receipt = await company.ask("user001", "yes")
        assert ("Clock-in 08:50" in receipt, "HQ" in receipt) == (True, True)
        assert company.app is not None
        (punch,) = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
        assert punch.source is PunchSource.VOICE
        assert local("08:50") <= punch.punched_at < local("08:51")


async def test_a_place_of_its_own_takes_the_place_of_the_first(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in @HQ", kind="voice")
        company.sandbox.clock.advance(60)
        await company.ask("user001", "clock in @Pudong", kind="voice")
        receipt = await company.ask("user001", "yes")
        assert ("Clock-in 08:50" in receipt, "Pudong" in receipt) == (True, True)


async def test_saying_it_again_confirms_nothing_and_gives_no_more_time(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        for _ in range(2):
            assert "nothing is recorded" in await company.ask("user001", "clock in", kind="voice")
            company.sandbox.clock.advance(75)
        assert company.punches_at_dingtalk("user001") == []
        assert "Clock-in 08:52" in await company.ask("user001", "clock in")


async def test_another_direction_is_a_new_question(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock in @HQ", kind="voice")
        company.sandbox.clock.advance(60)
        assert "Clock-out" in await company.ask("user001", "clock out", kind="voice")
        receipt = await company.ask("user001", "yes")
        assert ("Clock-out 18:06" in receipt, "HQ" in receipt) == (True, False)


async def test_a_place_said_by_voice_when_it_was_asked_for_is_confirmed_and_keeps_the_time(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        await company.ask("user001", "clock in")
        company.sandbox.clock.advance(60)
        assert "HQ" in await company.ask("user001", "clock in @HQ", kind="voice")
        assert company.punches_at_dingtalk("user001") == []
        assert "Clock-in 08:50" in await company.ask("user001", "yes")


async def test_a_yes_that_leads_to_the_question_for_the_place_keeps_direction_and_time(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out", kind="voice")
        await company.stop_bot()
        company.reconfigure(clock_in={"location": "required"})
        await company.start_bot()
        company.sandbox.clock.advance(30)
        assert "wants a place" in await company.ask("user001", "yes")
        company.sandbox.clock.advance(45)
        assert "下班卡 18:05" in await company.ask("user001", "打卡 @HQ")
        assert len(company.punches_at_dingtalk("user001")) == 1
