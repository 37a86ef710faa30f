"""Reminders and requests as interactive cards: pressed, changed in place, refused, greyed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.cards import press
from bot.sandbox.talk import Entry
from bot.services.checks import check_all
from bot.services.speaking import CardAck
from bot.views.reply import Reply
from tests.builders import TUESDAY
from tests.company import PATIENCE, Company, morning
from tests.reminders.stage import DAY_PEOPLE, RemindingCompany, a_reminding_company

ME, COLLEAGUE, LATE_SHIFT = "user001", "user003", "user008"
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
    await press(company.sandbox, company.sandbox.gateway, who, card.out_track_id, button)


def last(company: Company, who: str) -> Entry:
    return company.sandbox.transcript(who)[-1]


def calls(company: Company, api: str) -> list[dict[str, Any]]:
    return [call.request for call in company.sandbox.requests if call.api == api]


async def punched(company: Company, who: str) -> list[tuple[str, str]]:
    """Return source and local time of a person's punches."""
    found = await company.app.store.ledger.punches(who, TUESDAY, TUESDAY)
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


async def test_a_pressed_reminder_becomes_the_receipt(company: RemindingCompany) -> None:
    await company.go_on("08:50")
    assert {who for who in DAY_PEOPLE if last(company, who).buttons} == DAY_PEOPLE
    assert len(calls(company, DELIVER)) == 1
    messages = len(company.sandbox.replies(ME))
    company.at("08:52")
    await company.sandbox.press(ME, "上班打卡")
    card = last(company, ME)
    assert (card.state, card.buttons) == ("✓ 上班卡 08:52 · 正常", ())
    assert last(company, COLLEAGUE).buttons
    assert await punched(company, ME) == [("card", "08:52")]
    assert len(company.sandbox.replies(ME)) == messages


@pytest.mark.parametrize(("button", "answer"), [("b1", "还没有记录"), ("b4", "已经过去")])
async def test_yesterdays_card_neither_punches_nor_stops_reminders(
    company: RemindingCompany, button: str, answer: str
) -> None:
    await company.go_on("18:05")
    company.sandbox.clock.move_to(morning("08:40") + timedelta(days=1))
    before = len(company.sandbox.replies(ME))
    await press_again(company, ME, button)
    said = last(company, ME).state or await company.sandbox.wait_for_reply(ME, after=before)
    assert answer in said
    assert company.punches_at_dingtalk(ME) == []
    assert (await company.app.store.wishes.get(ME)).quiet == ()


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


async def test_a_press_that_comes_again_after_midnight_is_the_same_press(tmp_path: Path) -> None:
    late = {"name": "late", "people": "all", "sections": [["14:00", "23:50"]]}
    schedule = {"source": "config", "calendar": "none", "shifts": [late]}
    async with a_reminding_company(tmp_path, "14:05", schedule=schedule, **WITH_CARDS) as company:
        await company.go_on("23:55")
        for seconds in (0, 70):
            company.sandbox.clock.move_to(morning("23:59:50") + timedelta(seconds=seconds))
            await press_again(company, ME)
        assert last(company, ME).state == "✓ 下班卡 23:59 · 正常"
        assert await punched(company, ME) == [("card", "23:59")]


async def test_a_later_press_of_a_button_is_a_new_one(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "17:40", **WITH_CARDS) as company:
        await company.go_on("17:50")
        for at in ("17:52", "17:54", "18:30", "18:31"):
            company.at(at)
            await press_again(company, ME)
        assert await punched(company, ME) == [("card", "17:52"), ("card", "18:30")]


async def test_a_second_press_changes_nothing(company: RemindingCompany) -> None:
    await company.go_on("08:50")
    for _ in range(2):
        await press_again(company, ME)
    await company.sandbox.fault("deliver_twice")
    await press_again(company, COLLEAGUE)
    assert len(company.punches_at_dingtalk(ME)) == len(company.punches_at_dingtalk(COLLEAGUE)) == 1


async def test_a_press_by_somebody_else_changes_nothing(company: RemindingCompany) -> None:
    await company.go_on("08:50")
    await press_again(company, LATE_SHIFT)
    assert company.punches_at_dingtalk(LATE_SHIFT) == []
    assert company.sandbox.replies(LATE_SHIFT) == []


async def test_a_refused_template_sends_actioncards_and_alerts_the_operators(
    company: RemindingCompany,
) -> None:
    await company.sandbox.fault("interactive_cards_refused")
    await company.go_on("08:50")
    assert set(company.told()) == DAY_PEOPLE
    keys = sorted(message["msgKey"] for message in calls(company, "batchSend"))
    assert keys == ["sampleActionCard4", "sampleMarkdown"]
    assert "deploy/card-template" in "".join(company.sandbox.replies("lead01"))
    await company.press(ME, "上班打卡")
    assert [source for source, _ in await punched(company, ME)] == ["chat"]


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


async def test_people_whom_a_card_does_not_reach_get_a_message(company: RemindingCompany) -> None:
    await company.sandbox.fault("cards_undelivered", {"value": [ME]})
    await company.go_on("08:50")
    (message,) = calls(company, "batchSend")
    assert message["userIds"] == [ME]
    assert last(company, COLLEAGUE).title == "上班卡提醒 09:00"


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


async def test_with_results_by_chat_that_agree_nobody_gets_a_second_message(
    company: RemindingCompany,
) -> None:
    await company.sandbox.fault("cards_name_chats")
    await company.go_on("08:50")
    assert calls(company, "batchSend") == []
    assert {who for who in DAY_PEOPLE if last(company, who).buttons} == DAY_PEOPLE


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


async def test_a_card_is_greyed_a_minute_after_a_failed_call(company: RemindingCompany) -> None:
    await company.go_on("08:50")
    await company.ask(ME, "打卡")
    away = {"status": 500, "body": "{}"}
    await company.sandbox.fault("answer", {"value": away, "apis": ["card_update"]})
    company.at("08:52")
    await company.app.card_desk.tick()
    assert calls(company, "card_update")
    await company.sandbox.fault("answer", False)
    company.at("08:53")
    await company.app.card_desk.tick()
    (card,) = [entry for entry in company.sandbox.transcript(ME) if entry.title]
    assert (card.state, card.buttons) == ("✓ 上班卡 08:50 · 正常", ())


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


@asynccontextmanager
async def a_request(folder: Path) -> AsyncIterator[RemindingCompany]:
    """A lead has the card of a make-up request."""
    async with a_reminding_company(folder, "10:00", roles={"admins": []}, **WITH_CARDS) as company:
        await company.change("user002", "昨天忘打下班卡了，18:40走的，原因：手机没电")
        await company.app.outbox.work_until_idle()
        yield company


async def test_a_lead_approves_a_request_by_card(tmp_path: Path) -> None:
    async with a_request(tmp_path) as company:
        approve, refuse = last(company, "lead01").buttons
        assert approve.label.startswith("批准") and refuse.label.startswith("拒绝")
        await company.sandbox.press("lead01", approve.label)
        assert "已批准" in last(company, "lead01").state
        assert last(company, "lead01").buttons == ()
        monday = TUESDAY - timedelta(days=1)
        assert len(await company.app.store.ledger.punches("user002", monday, monday)) == 1


async def test_a_lead_whose_role_cannot_be_read_gets_the_buttons_again(tmp_path: Path) -> None:
    async with a_request(tmp_path) as company:
        approve, _ = last(company, "lead01").buttons
        away = {"status": 500, "body": "{}"}
        await company.sandbox.fault(
            "answer", {"value": away, "apis": ["user_get", "department_get"]}
        )
        await company.app.directory.mark_people_changed(["lead01"])
        assert "过一分钟再试" in await company.press("lead01", approve.label)
        assert last(company, "lead01").buttons[0].label == approve.label


async def test_a_note_to_a_lead_keeps_other_buttons(company: RemindingCompany) -> None:
    for who in ("user001", "user003"):
        await company.ask(who, "打卡")
    await company.go_on("08:50", "09:05", "09:30")
    note = next(
        entry for entry in reversed(company.sandbox.transcript("lead01")) if "09:00" in entry.title
    )
    first, *others = [button.label for button in note.buttons]
    await company.press("lead01", first)
    shown = next(
        entry for entry in company.sandbox.transcript("lead01") if entry.number == note.number
    )
    assert [button.label for button in shown.buttons] == others


async def test_a_card_speaks_english_where_the_person_does(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, **WITH_CARDS, language="en") as company:
        await company.go_on("08:50")
        await company.sandbox.press(ME, "Clock in")
        assert last(company, ME).state.startswith("✓ Clock-in 08:50 · On time")


async def test_leave_by_a_card_is_shown_first_and_changes_nothing(
    company: RemindingCompany,
) -> None:
    await company.go_on("08:50")
    assert "还没有更改" in await company.press(ME, "今天请假")
    assert not (await company.app.store.wishes.get(ME)).quiet


async def test_a_press_during_leave_asks_whether_the_leave_is_over(
    company: RemindingCompany,
) -> None:
    await company.go_on("08:50")
    await company.change(ME, "今天请假")
    assert "请假结束了吗" in await company.press(ME, "上班打卡")
    assert await punched(company, ME) == [("card", "08:50")]


async def test_a_question_back_comes_as_a_message(tmp_path: Path) -> None:
    required = {"location": "required"}
    async with a_reminding_company(tmp_path, clock_in=required, **WITH_CARDS) as company:
        await company.go_on("08:50")
        question = await company.press(ME, "上班打卡")
        assert "位置" in question or "地点" in question
        assert company.punches_at_dingtalk(ME) == []
