"""A tap on the page beside a punch that no target took: it still counts."""

from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.punches import Punch
from tests.builders import TUESDAY, local
from tests.company import Company, a_company
from tests.web.test_whose_phone import asked, code_of, confirmed
from tests.web.visiting import a_fix, a_phone

ANY_PHONE: dict[str, Any] = {"location": "required", "new_phone": "accept"}
ASKED_PHONE: dict[str, Any] = {"location": "required"}
REFUSED = {
    "value": {"status": 400, "body": '{"code":"bad","message":"bad"}', "content_type": "application/json"},
    "apis": ["signed"],
}


async def ledger(company: Company) -> list[Punch]:
    assert company.app is not None
    return list(await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY))


async def times(company: Company) -> list[datetime]:
    """Return of which minutes the punches are that count."""
    return [punch.punched_at.replace(second=0, microsecond=0) for punch in await ledger(company) if punch.stands]


async def answered_in_vain(company: Company, text: str) -> None:
    """Answer in chat with a punch that its target refuses."""
    await company.sandbox.fault("answer", REFUSED)
    assert "Not taken" in await company.ask("user001", f"{text} @HQ")
    await company.sandbox.fault("answer", None)


async def test_a_tap_that_no_target_took_is_not_said_to_be_recorded(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=ANY_PHONE) as company:
        phone = await a_phone(company, session)
        await company.sandbox.fault("answer", REFUSED)
        before = len(company.sandbox.replies("user001"))
        await phone.punch(a_fix())
        assert "Not taken" in await company.sandbox.wait_for_reply("user001", after=before)
        assert (await phone.call("open"))[1]["punch"]["stands"] is False


@pytest.mark.parametrize(("text", "at"), [("clock out", "18:01"), ("clock in", "08:50")])
async def test_a_tap_punches_after_an_answer_in_chat_that_was_not_taken(
    tmp_path: Path, session: aiohttp.ClientSession, text: str, at: str
) -> None:
    async with a_company(tmp_path, at=at, clock_in=ANY_PHONE) as company:
        phone = await a_phone(company, session, text)
        company.sandbox.clock.advance(10)
        await answered_in_vain(company, text)
        company.sandbox.clock.advance(40)
        assert (await phone.call("open"))[1]["punch"] is None
        assert (await phone.punch(a_fix()))["state"] == "recorded"
        assert await times(company) == [local(at)]


async def test_a_tap_from_outside_after_an_answer_that_was_not_taken_still_wants_a_reason(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="18:01", clock_in=ANY_PHONE) as company:
        phone = await a_phone(company, session, "clock out")
        await answered_in_vain(company, "clock out")
        assert (await phone.punch(a_fix(north_m=3000)))["state"] == "reason"


async def test_a_tap_on_a_new_phone_is_asked_about_and_confirmed_after_such_an_answer(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="18:01", clock_in=ASKED_PHONE) as company:
        phone = await a_phone(company, session, "clock out")
        await answered_in_vain(company, "clock out")
        company.sandbox.clock.advance(5)
        question = await asked(company, phone, fix=a_fix())
        assert "Clock-out 18:01" in await confirmed(company, question)
        assert await times(company) == [local("18:01")]


async def test_a_tap_asked_about_before_such_an_answer_is_confirmed_after_it(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="18:01", clock_in=ASKED_PHONE) as company:
        phone = await a_phone(company, session, "clock out")
        question = await asked(company, phone, fix=a_fix())
        await answered_in_vain(company, "clock out")
        assert "Clock-out 18:01" in await confirmed(company, question)
        assert await times(company) == [local("18:01")]


async def test_the_question_about_a_tap_after_an_early_clock_out_speaks_of_the_tap_alone(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="17:58", clock_in=ASKED_PHONE) as company:
        phone = await a_phone(company, session, "clock out")
        await company.ask("user001", "clock out @HQ")
        company.at("18:01")
        question = await asked(company, phone, fix=a_fix())
        assert "Nothing is recorded yet" not in question
        assert "That tap is not recorded yet" in question


async def test_who_denies_a_tap_that_goes_is_told_of_both_ways_to_a_new_link(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="18:01", clock_in=ASKED_PHONE) as company:
        phone = await a_phone(company, session, "clock out")
        question = await asked(company, phone, fix=a_fix())
        assert "`clock in` or `clock out`" in await company.ask("user001", f"not me {code_of(question)}")
