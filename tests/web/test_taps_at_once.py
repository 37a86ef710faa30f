"""A tap on the page and what is said in chat beside it.

Once the question of the link is over too they are one punch, and no tap punches what was taken back.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import Clock
from bot.domain.punches import PunchSource
from bot.domain.questions import Question
from bot.services.ports import Store
from bot.settings import Settings
from bot.storage import open_store
from tests.builders import TUESDAY
from tests.company import Company, a_company
from tests.web.test_whose_phone import asked, confirmed
from tests.web.visiting import a_fix, a_phone

BY_PAGE = {"location": "required", "new_phone": "accept"}


class TappedMeanwhile:
    """The store's questions, where `tap` comes once a message in chat has read its one, and is not decided yet."""

    def __init__(self) -> None:
        self.tap: Callable[[], Awaitable[object]] | None = None
        self._questions: Any = None

    def open_store(self, settings: Settings, clock: Clock) -> Store:
        """Return the database of `settings` with these questions."""
        store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        self._questions = store.questions
        store.questions = self  # type: ignore[assignment]
        return store

    async def before(self, user_id: str, at: datetime) -> tuple[Question | None, datetime | None]:
        """Return what was asked before the tap."""
        found: tuple[Question | None, datetime | None] = await self._questions.before(user_id, at)
        if self.tap is not None:
            tap, self.tap = self.tap, None
            await tap()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._questions, name)


async def sources(company: Company) -> list[PunchSource]:
    """Return how the person's punches of the day were made."""
    assert company.app is not None
    return [punch.source for punch in await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)]


@pytest.mark.parametrize("late_s", [20, 121, 200])
@pytest.mark.parametrize(
    ("said", "punched"),
    [
        ("clock out @HQ", [PunchSource.PAGE]),
        ("clock out @Pudong", [PunchSource.CHAT, PunchSource.PAGE]),
    ],
)
async def test_a_tap_that_comes_while_the_same_is_read_in_chat_is_the_one_punch(
    tmp_path: Path, session: aiohttp.ClientSession, late_s: float, said: str, punched: list[PunchSource]
) -> None:
    meanwhile = TappedMeanwhile()
    async with a_company(tmp_path, at="18:01", open_store=meanwhile.open_store, clock_in=BY_PAGE) as company:
        phone = await a_phone(company, session, "clock out")
        company.sandbox.clock.advance(late_s)
        meanwhile.tap = phone.punch
        await company.ask("user001", said)
        assert sorted(await sources(company)) == punched


@pytest.mark.parametrize(("said", "state"), [("clock out @HQ", "already"), ("clock in @HQ", "recorded")])
async def test_what_is_said_once_the_question_is_over_uses_its_link_up_where_it_says_the_same(
    tmp_path: Path, session: aiohttp.ClientSession, said: str, state: str
) -> None:
    async with a_company(tmp_path, at="18:05", clock_in=BY_PAGE) as company:
        phone = await a_phone(company, session, "clock out")
        company.sandbox.clock.advance(130)
        await company.ask("user001", said)
        assert (await phone.punch())["state"] == state


async def test_a_tap_in_time_counts_although_an_early_clock_out_was_said_once_its_question_was_over(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="17:57", clock_in=BY_PAGE) as company:
        phone = await a_phone(company, session, "clock out")
        company.at("17:59:30")
        assert "early" in await company.ask("user001", "clock out @HQ")
        company.at("18:00:30")
        assert (await phone.punch())["state"] == "recorded"


@pytest.mark.parametrize("words", ["don't clock me in", "不用打卡了", "never mind"])
async def test_a_link_of_what_was_taken_back_punches_nothing(
    tmp_path: Path, session: aiohttp.ClientSession, words: str
) -> None:
    async with a_company(tmp_path, at="08:58:30", clock_in=BY_PAGE) as company:
        phone = await a_phone(company, session)
        await company.ask("user001", words)
        company.sandbox.clock.advance(90)
        assert await phone.call("punch", fix=a_fix()) == (403, {"error": "link"})
        anew = await a_phone(company, session)
        await company.ask("user001", "my status")
        assert (await anew.punch())["punch"]["at"] == "09:00"
        assert await sources(company) == [PunchSource.PAGE]


async def test_a_tap_that_waits_for_its_persons_word_is_taken_back_with_its_message(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        phone = await a_phone(company, session)
        question = await asked(company, phone)
        await company.ask("user001", "don't clock me in")
        assert "Nothing is recorded" in await confirmed(company, question)
        assert await sources(company) == []


async def test_who_takes_back_a_tap_that_punched_can_still_say_its_code_twice(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        phone = await a_phone(company, session)
        question = await asked(company, phone)
        assert "Clock-in 08:50" in await confirmed(company, question)
        assert "cannot be taken back (08:50" in await company.ask("user001", "don't clock me in")
        assert "already clocked in at 08:50" in await confirmed(company, question)
        assert (await phone.punch())["state"] == "repeat"
