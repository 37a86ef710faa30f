"""A company in which somebody asks for a make-up punch and leads decide."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bot.domain.corrections import Correction
from bot.domain.punches import Punch
from tests.builders import TUESDAY
from tests.crash.books import Books
from tests.reminders.stage import RemindingCompany, a_reminding_company
from tests.waiting import until

ASKER, LEAD, OTHER_LEAD, COLLEAGUE = "user002", "lead01", "lead02", "user003"
MONDAY = TUESDAY - timedelta(days=1)
ASKS = "昨天忘打下班卡了，18:40走的，原因：手机没电"
NO_ADMINS = {"admins": []}
RECEIPT_S = 4.0  # by then a receipt of an approved punch is due
NOTES_OWED = (
    "SELECT about, kind, recipient, due_ms, tries FROM outbox WHERE kind <> 'receipt' AND due_ms IS NOT NULL"
)
_RECEIPTS_OWED = "SELECT about FROM outbox WHERE kind = 'receipt' AND due_ms IS NOT NULL"
_REFERENCE = re.compile(r"C-[0-9A-HJKMNP-TV-Z]{6}")
_TAP = re.compile(r"(?<!\\)\]\(dtmd://dingtalkclient/sendMessage\?content=([^)]*)\)")


def reference_in(text: str) -> str:
    """Return the reference that a reply names."""
    found = _REFERENCE.search(text.replace("\\", ""))
    assert found is not None, text
    return found[0]


def taps_in(text: str) -> list[str]:
    """Return what the taps of a reply say."""
    return [unquote(one) for one in _TAP.findall(text)]


class CorrectingCompany(RemindingCompany):
    """A company that sends its notes when the test says so."""

    async def asked(self, text: str = ASKS, who: str = ASKER) -> str:
        """Send a request for a make-up punch, let the leads be told, and return its reference."""
        reference = reference_in(await self.change(who, text))
        await self.notes_told()
        return reference

    async def receipts_told(self) -> None:
        """Return once nothing more is owed of any punch."""
        await until(lambda: not self.rows_of(_RECEIPTS_OWED), what="every receipt")

    async def notes_told(self) -> None:
        """Let every owed note leave, those of approved punches too."""
        await self.notes_tried()
        await until(lambda: not self.rows_of(NOTES_OWED), what="every note")
        self.sandbox.clock.advance(RECEIPT_S)
        await self.receipts_told()

    async def notes_tried(self) -> None:
        """Try once to tell what is owed."""
        assert self.app is not None
        await self.app.store.corrections.expire()
        await self.app.outbox.round()
        await self.app.outbox.ended()

    def rows_of(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """Return what a query finds in the database, read beside the bot."""
        assert self.app is not None
        return Books(self.app.settings.store.url).rows(sql)

    async def correction(self, reference: str) -> Correction:
        assert self.app is not None
        found = await self.app.store.corrections.get(reference)
        assert found is not None
        return found

    async def punches(self, who: str = ASKER, day: date = MONDAY) -> Sequence[Punch]:
        """Return what the ledger has of somebody's work date."""
        assert self.app is not None
        return await self.app.store.ledger.punches(who, day, day)


@asynccontextmanager
async def a_correcting_company(
    folder: Path, at: str = "10:00", **changes: Any
) -> AsyncIterator[CorrectingCompany]:
    """Run the twelve people and their bot on the Tuesday."""
    async with a_reminding_company(folder, at, kind=CorrectingCompany, **changes) as company:
        assert isinstance(company, CorrectingCompany)
        yield company
