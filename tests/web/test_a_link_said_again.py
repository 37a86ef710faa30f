"""A message that is answered again after a crash, while its link was being used, offers no dead link."""

import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.domain.punches import PunchSource
from bot.domain.shifts import CheckType
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.links import Link
from bot.storage.outbox import ReceiptAddress
from bot.storage.store import Store
from tests.builders import TUESDAY, a_request
from tests.company import a_company
from tests.storage.stage import always


class UsedMeanwhile:
    """The store's links, where one of the same message was said before, and is tapped before this one is put."""

    def __init__(self) -> None:
        self._store: Any = None
        self._links: Any = None

    def open_store(self, settings: Settings, clock: Clock) -> Store:
        """Return the database of `settings` with these links."""
        store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        self._store, self._links = store, store.links
        store.links = self  # type: ignore[assignment]
        return store

    async def put(self, link: Link, token_hash: str) -> bool:
        """Let the earlier link punch, then put this one."""
        assert await self._links.put(link, secrets.token_hex(32))
        tap = replace(
            a_request(link.asked_about, CheckType.ON_DUTY, source=PunchSource.PAGE),
            user_id=link.user_id,
            message_id=link.message_id,
        )
        address = ReceiptAddress(link.user_id, is_group=False, language="en")
        around = [TUESDAY + timedelta(days=offset) for offset in (-1, 0, 1)]
        await self._store.ledger.record(
            tap, lambda earlier: always(), work_dates=around, targets=[], address=address
        )
        return await self._links.put(link, token_hash)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._links, name)


async def test_whose_link_punched_meanwhile_is_told_what_is_recorded(tmp_path: Path) -> None:
    meanwhile = UsedMeanwhile()
    async with a_company(tmp_path, open_store=meanwhile.open_store, clock_in={"location": "required"}) as company:
        reply = await company.ask("user001", "clock in")
        assert "/here/" not in reply
        assert "You already clocked in at 08:50. Nothing changed." in reply
