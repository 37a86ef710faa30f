"""Calls and times of interactive cards. `tests/golden/cards.txt` shows what people see."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.cards import press
from bot.sandbox.talk import Entry
from bot.services.checks import check_all
from bot.services.speaking import CardAck
from bot.views.sentences import Reply
from tests.builders import ON_TUESDAY
from tests.company import PATIENCE, Company, morning
from tests.reminders.stage import DAY_PEOPLE, RemindingCompany, a_reminding_company

ME, COLLEAGUE = "user001", "user003"
WITH_CARDS = {"dingtalk": {"card_template_id": "sandbox-card.schema"}}
DELIVER = "card_create_and_deliver"


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[RemindingCompany]:
    """A company with cards, at 08:40."""
    async with a_reminding_company(tmp_path, **WITH_CARDS) as running:
        yield running


async def press_again(company: Company, who: str, button: str = "b1") -> None:
    """Press a button of the only card, also where it is no longer shown."""
    (card,) = company.sandbox.cards.values()
    await press(company.sandbox, who, card.out_track_id, button)


def last(company: Company, who: str) -> Entry:
    return company.sandbox.transcript(who)[-1]


def calls(company: Company, api: str) -> list[dict[str, Any]]:
    return [call.request for call in company.sandbox.requests if call.api == api]


async def punched(company: Company, who: str) -> list[tuple[str, str]]:
    """Return source and local time of a person's punches."""
    found = await company.app.store.ledger.punches(who, ON_TUESDAY)
    return [
        (punch.source, f"{punch.punched_at.astimezone(company.sandbox.world.zone):%H:%M}")
        for punch in found
    ]


async def test_a_pressed_test_card_shows_that_the_press_arrived(company: RemindingCompany) -> None:
    admin = company.sandbox.world.admin.user_id
    await check_all(company.settings(), company.sandbox.clock, set_up=True)
    await company.sandbox.press(admin, "点我")
    card = last(company, admin)
    assert (card.state, card.buttons) == ("✓ 点击已收到。**没有记录任何内容。**", ())
    assert not await punched(company, admin)


async def pressed_with_a_slow_target(company: RemindingCompany) -> str:
    """Press the reminder of 08:50 while the ACK waits for less than the target takes.

    Return the receipt, which comes as a message.
    """
    company.patience = replace(PATIENCE, ack_s=0.2, receipt_s=60.0)
    await company.stop_bot()
    await company.start_bot()
    await company.go_on("08:50")
    await company.sandbox.fault("api_slow_ms", {"value": 1000, "apis": ["signed"]})
    return await company.press(ME, "上班打卡")


async def test_yesterdays_button_that_is_still_shown_punches_today(
    company: RemindingCompany,
) -> None:
    await pressed_with_a_slow_target(company)
    await company.sandbox.fault("api_slow_ms", False)
    company.sandbox.clock.move_to(morning("08:52") + timedelta(days=1))
    await press_again(company, ME)
    await company.sandbox.wait_until(
        lambda: any(
            "上班卡 08:52" in f"{entry.state} {entry.text}"
            for entry in company.sandbox.transcript(ME)
        )
    )
    assert len(company.punches_at_dingtalk(ME)) == 2


async def test_a_later_press_of_a_button_is_a_new_one(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "17:40", **WITH_CARDS) as company:
        await company.go_on("17:50")
        for at in ("17:52", "17:54", "18:30", "18:31"):
            company.at(at)
            await press_again(company, ME)
        assert await punched(company, ME) == [("card", "17:52"), ("card", "18:30")]


async def test_a_card_of_unknown_outcome_is_not_repeated(company: RemindingCompany) -> None:
    await company.sandbox.fault(
        "answer", {"value": {"status": 200, "body": "{}"}, "apis": [DELIVER]}
    )
    await company.go_on("08:50", "08:51")
    assert len(calls(company, DELIVER)) == 1
    assert calls(company, "batchSend") == []


async def test_an_unsent_card_goes_a_minute_later(company: RemindingCompany) -> None:
    await company.sandbox.fault("qps", {"apis": [DELIVER], "count": 1})
    await company.go_on("08:50", "08:51")
    assert {who for who in DAY_PEOPLE if last(company, who).buttons} == DAY_PEOPLE


async def test_with_results_by_chat_people_get_a_message_and_a_card_that_works(
    company: RemindingCompany,
) -> None:
    await company.sandbox.fault("cards_name_chats")
    await company.sandbox.fault("cards_undelivered", {"value": [COLLEAGUE]})
    await company.go_on("08:50")
    (message,) = calls(company, "batchSend")
    assert set(message["userIds"]) == DAY_PEOPLE
    await press_again(company, ME)
    assert await punched(company, ME) == [("card", "08:50")]


async def test_with_a_slow_target_the_receipt_comes_one_to_one(company: RemindingCompany) -> None:
    assert "上班卡 08:50" in await pressed_with_a_slow_target(company)
    (card,) = (entry for entry in company.sandbox.transcript(ME) if entry.title)
    assert card.state == ""
    assert len(company.punches_at_dingtalk(ME)) == 1


async def test_an_ack_that_is_given_up_carries_no_answer() -> None:
    ack = CardAck()
    waiting = asyncio.create_task(ack.state(asyncio.get_running_loop().time() + 60))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert not ack.carry(Reply("title", "Noted."))


async def test_a_punch_in_chat_greys_the_card_once(company: RemindingCompany) -> None:
    await company.go_on("08:50")
    await company.sandbox.press(COLLEAGUE, "上班打卡")
    company.at("08:52")
    await company.ask(ME, "打卡")
    for at in ("08:52", "08:53", "08:54"):
        company.at(at)
        await company.app.card_desk.tick()
    (change,) = calls(company, "card_update")
    assert list(change["privateData"]) == [ME]
    (card,) = [entry for entry in company.sandbox.transcript(ME) if entry.title]
    assert (card.state, card.buttons) == ("✓ 上班卡 08:52 · 正常", ())


async def test_a_refused_change_of_a_card_is_not_repeated(company: RemindingCompany) -> None:
    await company.go_on("08:50")
    await company.ask(ME, "打卡")
    company.sandbox.cards.clear()
    for at in ("08:52", "08:53"):
        company.at(at)
        await company.app.card_desk.tick()
    assert len(calls(company, "card_update")) == 1


async def test_no_card_is_greyed_while_api_calls_are_saved(tmp_path: Path) -> None:
    settings = WITH_CARDS["dingtalk"] | {"edition": "standard"}
    async with a_reminding_company(tmp_path, dingtalk=settings) as company:
        await company.app.store.figures.use("2026-11", {"calls batch_send": 4_000})
        await company.app.quota.tick()
        await company.go_on("08:50")
        await company.ask(ME, "打卡")
        company.at("08:54")
        await company.app.card_desk.tick()
        assert calls(company, "card_update") == []
