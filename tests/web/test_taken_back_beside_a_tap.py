"""What is taken back in chat while a tap, or its code, is on its way punches nothing, whatever our clock."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import Clock
from bot.domain.punches import PunchRequest, PunchSource
from bot.services.ports import Recorded, Store
from bot.settings import Settings
from bot.storage import open_store
from tests.company import a_company
from tests.web.test_taps_at_once import BY_PAGE, sources
from tests.web.test_whose_phone import asked, confirmed
from tests.web.visiting import a_fix, a_phone


class SaidMeanwhile:
    """The store's ledger, where something is said once a tap has opened its link, and is not recorded yet."""

    def __init__(self) -> None:
        self.said: Callable[[], Awaitable[object]] | None = None
        self._ledger: Any = None

    def open_store(self, settings: Settings, clock: Clock) -> Store:
        """Return the database of `settings` with this ledger."""
        store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        self._ledger = store.ledger
        store.ledger = self  # type: ignore[assignment]
        return store

    async def record(self, request: PunchRequest, *args: Any, **more: Any) -> Recorded:
        """Record what comes of the tap."""
        if request.source is PunchSource.PAGE and self.said is not None:
            said, self.said = self.said, None
            await said()
        recorded: Recorded = await self._ledger.record(request, *args, **more)
        return recorded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


@pytest.mark.parametrize(
    ("at", "words", "no"),
    [("08:58:30", "clock in", "don't clock me in"), ("18:01", "clock out", "don't clock me out")],
)
async def test_a_tap_that_has_opened_its_link_is_none_once_its_message_is_taken_back(
    tmp_path: Path, session: aiohttp.ClientSession, at: str, words: str, no: str
) -> None:
    meanwhile = SaidMeanwhile()
    async with a_company(tmp_path, at=at, open_store=meanwhile.open_store, clock_in=BY_PAGE) as company:
        phone = await a_phone(company, session, words)
        company.sandbox.clock.advance(20)
        heard: list[str] = []

        async def said() -> None:
            heard.append(await company.ask("user001", no))

        meanwhile.said = said
        assert await phone.call("punch", fix=a_fix()) == (403, {"error": "link"})
        assert heard == ["Fine, I recorded nothing."]
        assert await sources(company) == []
        anew = await a_phone(company, session, words)
        assert (await anew.punch())["state"] == "recorded"


async def test_a_code_that_is_just_being_read_is_of_no_use_once_its_tap_is_taken_back(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    meanwhile = SaidMeanwhile()
    async with a_company(tmp_path, open_store=meanwhile.open_store, clock_in={"location": "required"}) as company:
        assert company.app is not None
        store, now = company.app.store, company.sandbox.clock.now
        question = await asked(company, await a_phone(company, session))
        company.sandbox.clock.advance(10)
        meanwhile.said = lambda: store.questions.take_back("user001", now())  # as from another process
        assert "Nothing is recorded" in await confirmed(company, question)
        assert await sources(company) == []


class OffClock:
    """A clock that is off from another one."""

    def __init__(self, clock: Clock, off_s: float) -> None:
        self._clock = clock
        self._off = timedelta(seconds=off_s)

    def now(self) -> datetime:
        """Return the moment that it shows."""
        return self._clock.now() + self._off

    def monotonic(self) -> float:
        """Return what is not off."""
        return self._clock.monotonic()


@pytest.mark.parametrize("off_s", [0, 20, 110, -110])
async def test_the_code_of_a_late_tap_is_taken_back_with_its_message_whatever_our_clock(
    tmp_path: Path, session: aiohttp.ClientSession, off_s: float
) -> None:
    required = {"location": "required"}
    async with a_company(
        tmp_path, at="08:55", bots_clock=lambda clock: OffClock(clock, off_s), clock_in=required
    ) as company:
        phone = await a_phone(company, session)
        company.sandbox.clock.advance(150)  # the tap has a time of its own, which is our clock's
        question = await asked(company, phone)
        company.sandbox.clock.advance(10)
        assert await company.ask("user001", "don't clock me in") == "Fine, I recorded nothing."
        assert "Nothing is recorded" in await confirmed(company, question)
        assert await sources(company) == []
