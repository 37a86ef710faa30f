"""What the page says of a question that may not have come, and of a tap that has become a punch meanwhile."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import Clock
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.store import Store
from tests.company import HASTY, Company, a_company
from tests.web.test_whose_phone import REQUIRED, asked, code_of, confirmed, ledger
from tests.web.visiting import a_fix, a_phone


async def test_a_question_of_unknown_outcome_is_said_to_be_one_and_counts(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED, patience=HASTY) as company:
        phone = await a_phone(company, session)
        before = len(company.sandbox.replies("user001"))
        await company.sandbox.fault("accept_then_hang", {"apis": ["batchSend"], "count": 4})
        states = [(await phone.punch())["state"] for _ in range(5)]
        assert states == ["phone_unsure"] * 3 + ["phone_enough"] * 2
        questions = company.sandbox.replies("user001")[before:]
        assert len(questions) == 3
        await company.sandbox.fault("accept_then_hang", False)
        assert "Clock-in 08:50" in await confirmed(company, questions[-1])


async def test_whose_a_tap_was_is_told_that_none_waits_or_where_it_is_to_be_said(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        for said in ("that was me 4821", "not me 4821"):
            assert "no open question with that code" in await company.ask("user001", said)
        mine = f"that was me {code_of(await asked(company, await a_phone(company, session)))}"
        assert "typed in private" in await company.ask("user001", mine, kind="voice")
        assert "in private alone" in await company.ask("user001", mine, conversation="2")
        assert not await ledger(company)


async def test_a_question_to_somebody_whom_dingtalk_does_not_deliver_to_has_not_reached_them(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        await company.sandbox.fault("filtered", {"value": ["user001"], "count": 1})
        assert (await phone.punch())["state"] == "phone_unasked"


class SlowQuestions:
    """The store's questions about taps, the second of which waits on its way."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._asked = 0
        self.waits, self.goes_on = asyncio.Event(), asyncio.Event()

    async def ask(self, question: Any, **more: Any) -> Any:
        """Ask; the second time only once it `goes_on`."""
        self._asked += 1
        if self._asked == 2:
            self.waits.set()
            await self.goes_on.wait()
        return await self._inner.ask(question, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[tuple[Company, SlowQuestions]]:
    """A company where a second tap waits on its way."""
    made: list[SlowQuestions] = []

    def opened(settings: Settings, clock: Clock) -> Store:
        store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        made.append(SlowQuestions(store.tap_questions))
        store.tap_questions = made[0]  # type: ignore[assignment]
        return store

    async with a_company(tmp_path, at="08:58", clock_in=REQUIRED, open_store=opened) as company:
        yield company, made[0]


async def test_a_tap_that_was_under_way_while_the_first_was_confirmed_asks_nothing(
    slow: tuple[Company, SlowQuestions], session: aiohttp.ClientSession
) -> None:
    company, questions = slow
    phone, fix = await a_phone(company, session), a_fix()
    question = await asked(company, phone, fix=fix)
    second = asyncio.create_task(phone.punch(fix))
    await questions.waits.wait()
    assert "Clock-in 08:58" in await confirmed(company, question)
    said = len(company.sandbox.replies("user001"))
    questions.goes_on.set()
    answer = await second
    assert (answer["state"], answer["punch"]["at"]) == ("repeat", "08:58")
    assert "already clocked in at 08:58" in await confirmed(company, question)
    assert len(company.sandbox.replies("user001")) == said + 1
    assert len(await ledger(company)) == 1


async def test_a_tap_that_was_under_way_while_the_first_was_denied_asks_nothing(
    slow: tuple[Company, SlowQuestions], session: aiohttp.ClientSession
) -> None:
    company, questions = slow
    phone, fix = await a_phone(company, session), a_fix()
    question = await asked(company, phone, fix=fix)
    second = asyncio.create_task(phone.call("punch", fix=fix))
    await questions.waits.wait()
    assert "its link is over" in await company.ask("user001", f"not me {code_of(question)}")
    said = len(company.sandbox.replies("user001"))
    questions.goes_on.set()
    assert await second == (403, {"error": "link"})
    assert "no open question" in await confirmed(company, question)
    assert len(company.sandbox.replies("user001")) == said + 1
    assert not await ledger(company)
