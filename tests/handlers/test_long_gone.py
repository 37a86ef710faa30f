"""A bare 打卡 after a clock-out that stands already: one's own early one, or one made past the bot."""

from pathlib import Path

import pytest

from tests.reminders.stage import a_reminding_company

WHO = "user002"


async def test_after_an_early_clock_out_that_may_have_been_a_slip_a_bare_one_asks(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:55") as company:
        await company.ask(WHO, "上班打卡")
        company.at("09:46")
        await company.ask(WHO, "下班打卡")
        company.at("18:05")
        asked = await company.ask(WHO, "打卡")
        assert "下班打卡" in asked
        assert "没有任何改动" not in asked
        assert "下班卡 18:05" in await company.ask(WHO, "下班打卡")
        company.at("18:07")
        assert "您已在 18:05 打过下班卡" in await company.ask(WHO, "打卡")


@pytest.mark.parametrize(("again", "asks"), [("18:50", False), ("20:30", True)])
async def test_long_after_a_clock_out_in_the_app_a_bare_one_asks(tmp_path: Path, again: str, asks: bool) -> None:
    async with a_reminding_company(tmp_path, "08:55") as company:
        await company.ask(WHO, "上班打卡")
        company.at("18:03")
        company.sandbox.native_punch(WHO, company.sandbox.clock.now(), "app")
        await company.events_heard()
        company.at(again)
        answer = await company.ask(WHO, "打卡")
        assert ("没有记录" in answer or "还是" in answer) is asks, answer
        assert ("### 下班卡" in answer) is not asks
