"""Clocking in and out by chat: what punches at once, what is offered, what is asked, and what a press does."""

from pathlib import Path

import pytest

from bot.domain.punches import Punch
from tests.builders import SHANGHAI, TUESDAY
from tests.company import Company, a_company
from tests.reminders.stage import a_reminding_company

ME, COLLEAGUE, AT_NIGHT, LEAD = "user001", "user002", "user009", "lead01"
CHATTY = "停车排队半天，总算进来了，帮我打个上班卡"  # more than a punch: the gate leaves it
USED = "已经点过了"
PLACE = {"clock_in": {"location": "required"}}


async def punches(company: Company, who: str = ME) -> list[Punch]:
    """Return what the ledger has of somebody's Tuesday."""
    assert company.app is not None
    return list(await company.app.store.ledger.punches(who, TUESDAY, TUESDAY))


async def punched_at(company: Company, who: str = ME) -> list[str]:
    """Return the local times of somebody's punches of the Tuesday."""
    return [f"{one.punched_at.astimezone(SHANGHAI):%H:%M}" for one in await punches(company, who)]


async def test_the_other_button_of_the_same_reply_is_used_up_with_the_first(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:00") as company:
        await company.ask(ME, "打卡")
        assert company.buttons(ME) == ["上班打卡", "下班打卡"]
        await company.press(ME, "上班打卡")
        sent = next(
            one.text for one in company.sandbox.transcript(ME) if "#" in one.text and one.speaker == "user"
        )
        question = next(one for one in company.sandbox.transcript(ME) if one.buttons)
        other = question.buttons[1].says
        assert other != sent
        assert USED in await company.ask(ME, other)
        assert len(await punches(company)) == 1


async def test_the_button_of_somebody_else_does_nothing(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask(ME, CHATTY)
        token = company.sandbox.transcript(ME)[-1].buttons[0].says
        assert "什么都没有做" in await company.ask(COLLEAGUE, token)
        assert list(company.sandbox.records) == []
        assert "上班卡 08:50" in await company.press(ME, "上班打卡")


@pytest.mark.parametrize(("wait_s", "where"), [(130, "1"), (10, "2")], ids=["later", "in a group"])
async def test_a_yes_later_or_in_a_group_presses_nothing(tmp_path: Path, wait_s: float, where: str) -> None:
    async with a_company(tmp_path) as company:
        await company.ask(ME, CHATTY)
        company.sandbox.clock.advance(wait_s)
        await company.ask(ME, "好的", conversation=where)
        assert await punches(company) == []


@pytest.mark.parametrize(
    ("who", "at", "said", "buttons"),
    [
        (ME, "18:10", "上班打卡", ["上班打卡", "下班打卡"]),
        (AT_NIGHT, "09:50", "clock in", ["Clock in", "Clock out"]),
    ],
)
async def test_a_direction_that_fits_no_window_offers_both_with_the_time_of_the_message(
    tmp_path: Path, who: str, at: str, said: str, buttons: list[str]
) -> None:
    async with a_reminding_company(tmp_path, at=at) as company:
        asked = await company.ask(who, said)
        assert at in asked
        assert company.buttons(who) == buttons
        assert not company.punches_at_dingtalk(who)
        company.sandbox.clock.advance(240)
        assert at in await company.press(who, buttons[-1])
        assert len(company.punches_at_dingtalk(who)) == 1


async def test_field_work_is_recorded_as_outside_with_its_reason_and_the_lead_is_told(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:55") as company:
        receipt = await company.ask(ME, "外勤打卡：拜访客户")
        assert "外勤" in receipt
        assert company.app is not None
        await company.app.outbox.settled()
        told = await company.sandbox.wait_for_reply(LEAD)
        assert "王小明" in told
        (punch,) = await punches(company)
        assert punch.where.result == "Outside"
        assert "拜访客户" in (punch.note or "")


async def test_voice_is_confirmed_by_a_press_and_keeps_its_time(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        assert "还没有记录" in await company.ask(ME, "下班打卡", kind="voice")
        assert await punches(company) == []
        company.sandbox.clock.advance(60)
        assert "下班卡 18:05" in await company.press(ME, "下班打卡")
        (punch,) = await punches(company)
        assert punch.source == "voice"
