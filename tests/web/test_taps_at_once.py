"""A tap on the page while a message of the same person is being read: one punch and one receipt."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import Clock
from bot.domain.punches import PunchSource
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.store import Store
from tests.builders import TUESDAY
from tests.company import a_company
from tests.waiting import until
from tests.web.visiting import Phone, a_phone, link_in

BY_PAGE = {"location": "required", "new_phone": "accept"}


class TappedMeanwhile:
    """The store's buttons, where `tap` comes while a message is being read and nothing is decided yet."""

    def __init__(self) -> None:
        self.tap: Callable[[], Awaitable[object]] | None = None
        self._buttons: Any = None

    def open_store(self, settings: Settings, clock: Clock) -> Store:
        """Return the database of `settings` with these buttons."""
        store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        self._buttons = store.buttons
        store.buttons = self  # type: ignore[assignment]
        return store

    async def newest(self, *args: Any, **more: Any) -> Any:
        """Return the buttons that were open before the tap."""
        found = await self._buttons.newest(*args, **more)
        if self.tap is not None:
            tap, self.tap = self.tap, None
            await tap()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._buttons, name)


@pytest.mark.parametrize("late_s", [20, 121])
async def test_a_tap_that_comes_while_the_same_is_read_in_chat_is_the_one_punch(
    tmp_path: Path, session: aiohttp.ClientSession, late_s: float
) -> None:
    meanwhile = TappedMeanwhile()
    async with a_company(tmp_path, at="18:01", open_store=meanwhile.open_store, clock_in=BY_PAGE) as company:
        phone = await a_phone(company, session, "clock out")
        company.sandbox.clock.advance(late_s)
        meanwhile.tap = phone.punch
        await company.ask("user001", "clock out @HQ")
        assert meanwhile.tap is None
        assert company.app is not None
        (punch,) = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
        assert punch.source is PunchSource.PAGE


class NotYetFinished(TappedMeanwhile):
    """An inbox, too, that cannot note the first answer, as where the process dies right after it was said."""

    def __init__(self) -> None:
        super().__init__()
        self._finish: Any = None
        self.failed = asyncio.Event()

    def open_store(self, settings: Settings, clock: Clock) -> Store:
        """Return the database of `settings` with these buttons and this inbox."""
        store = super().open_store(settings, clock)
        self._finish, store.inbox.finish = store.inbox.finish, self.finish  # type: ignore[method-assign]
        return store

    async def finish(self, message_id: str) -> None:
        """Fail the first time."""
        if self.failed.is_set():
            await self._finish(message_id)
            return
        self.failed.set()
        raise RuntimeError("nothing was written down")


async def test_whoever_taps_while_their_message_is_answered_again_gets_one_receipt(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    meanwhile = NotYetFinished()
    async with a_company(tmp_path, open_store=meanwhile.open_store, clock_in=BY_PAGE) as company:
        app, sandbox = company.app, company.sandbox
        assert app is not None
        phone = Phone(session, link_in(await company.ask("user001", "clock in")))
        await meanwhile.failed.wait()
        await until(lambda: app.dispatcher.in_hand == 0, what="leaving the message to a later round")
        meanwhile.tap = phone.punch
        sandbox.clock.advance(12)
        await sandbox.wait_for_reply("user001", after=1)
        await until(lambda: meanwhile.tap is None and app.dispatcher.in_hand == 0, what="the message's next round")
        telling = lambda: any(task.get_name() == "page receipt" for task in asyncio.all_tasks())  # noqa: E731
        await until(lambda: not telling(), what="the end of what is said")
        receipts = [text for text in sandbox.replies("user001") if "Clock-in 08:50" in text]
        assert len(receipts) == 1, receipts
