"""A tap on the page while the message that led to its link is answered once more: one punch, and one receipt."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp

from bot.clock import Clock
from bot.services.ports import Store
from bot.settings import Settings
from tests.company import a_company
from tests.waiting import until
from tests.web.test_taps_at_once import BY_PAGE, TappedMeanwhile
from tests.web.visiting import Phone, link_in


class NotYetFinished(TappedMeanwhile):
    """An inbox, too, that cannot note the first answer, as where the process dies right after it was said."""

    def __init__(self) -> None:
        super().__init__()
        self._inbox: Any = None
        self.failed = asyncio.Event()

    def open_store(self, settings: Settings, clock: Clock) -> Store:
        """Return the database of `settings` with these questions and this inbox."""
        store = super().open_store(settings, clock)
        self._inbox, store.inbox.finish = store.inbox.finish, self.finish  # type: ignore[method-assign]
        return store

    async def finish(self, message_id: str) -> None:
        """Fail the first time."""
        if self.failed.is_set():
            await self._inbox(message_id)
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
