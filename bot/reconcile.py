"""`reconcile`: compares the ledger with DingTalk once, by itself."""

import asyncio
import random
import secrets

from bot.clock import Clock
from bot.domain.punches import Punch
from bot.domain.reconciling import Days, Report
from bot.errors import OperatorError, StoreRefused
from bot.platform import DingTalk
from bot.services.reconciling import Reconciler
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.read_only import must_be_current
from bot.storage.store import Store


async def reconcile_once(settings: Settings, clock: Clock, days: Days) -> Report:
    """Compare the ledger with DingTalk, without a running bot on SQLite.

    Raises OperatorError when there is no ledger of this schema or nobody in it, when another process writes the
    file, or when the database refuses.
    """
    await asyncio.to_thread(must_be_current, settings.store.url)
    store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
    try:
        report = await compare(settings, clock, store, DingTalk(settings, clock, random.SystemRandom()), days)
    except StoreRefused as error:
        raise OperatorError(f"The database refuses: {error}") from error
    if not report.people:
        raise OperatorError(
            "Nothing was compared: the ledger knows nobody. Start the bot once, so that it reads the directory, "
            "or mend store.url."
        )
    return report


async def compare(settings: Settings, clock: Clock, store: Store, dingtalk: DingTalk, days: Days) -> Report:
    """Open `store`, compare it with what `dingtalk` shows, and close both."""
    reconciler = Reconciler(
        ledger=store.ledger,
        deliveries=store.deliveries,
        attendance=dingtalk.attendance,
        clock=clock,
        zone=settings.zone,
        on_settled=_left_to_the_bot,
    )
    try:
        await store.open()
        return await reconciler.run(days)
    finally:
        await store.close()
        await dingtalk.http.close()


async def _left_to_the_bot(punch: Punch) -> None:
    """Tell nobody: what people are owed by now is a row, which the bot finds."""
