"""What the page says of a question that may not have come, and of a tap that has become a punch meanwhile."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

import aiohttp

from bot.clock import Clock
from bot.services.ports import Store
from bot.settings import Settings
from bot.storage import open_store
from tests.company import HASTY, a_company
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

    async def ask(self, question: Any) -> Any:
        """Ask; the second time only once it `goes_on`."""
        self._asked += 1
        if self._asked == 2:
            self.waits.set()
            await self.goes_on.wait()
        return await self._inner.ask(question)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


async def test_a_tap_that_was_under_way_while_the_first_was_confirmed_asks_nothing(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    slow: list[SlowQuestions] = []

    def opened(settings: Settings, clock: Clock) -> Store:
        store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        slow.append(SlowQuestions(store.tap_questions))
        store.tap_questions = slow[0]  # type: ignore[assignment]
        return store

    async with a_company(tmp_path, at="08:58", clock_in=REQUIRED, open_store=opened) as company:
        phone, fix = await a_phone(company, session), a_fix()
        question = await asked(company, phone, fix=fix)
        second = asyncio.create_task(phone.punch(fix))
        await slow[0].waits.wait()
        assert "Clock-in 08:58" in await confirmed(company, question)
        said = len(company.sandbox.replies("user001"))
        slow[0].goes_on.set()
        answer = await second
        assert (answer["state"], answer["punch"]["at"]) == ("repeat", "08:58")
        assert "already clocked in at 08:58" in await confirmed(company, question)
        assert not any(code_of(question) in text for text in company.sandbox.replies("user001")[said:])
        assert len(company.sandbox.replies("user001")) == said + 1
        assert len(await ledger(company)) == 1
