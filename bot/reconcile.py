"""`reconcile`: compares the ledger with DingTalk once, by itself."""

import asyncio
import random
import secrets

from bot.clock import Clock
from bot.domain.punches import Punch
from bot.domain.reconciling import Days, Report
from bot.errors import OperatorError, StoreRefused
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.read_only import must_be_current
from bot.wiring.organisation import reconciler_of
from bot.wiring.platform import DingTalk


async def reconcile_once(settings: Settings, clock: Clock, days: Days) -> Report:
    """Compare the ledger with DingTalk, without a running bot on SQLite.

    Raises OperatorError when there is no ledger of this schema or nobody in it, when another process writes the
    file, or when the database refuses.
    """
    await asyncio.to_thread(must_be_current, settings.store.url)
    store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
    dingtalk = DingTalk(settings, clock, random.SystemRandom())
    try:
        await store.open()
        report = await reconciler_of(store, dingtalk, settings, clock, _left_to_the_bot).run(days)
    except StoreRefused as error:
        raise OperatorError(f"The database refuses: {error}") from error
    finally:
        await store.close()
        await dingtalk.http.close()
    if not report.people:
        raise OperatorError(
            "Nothing was compared: the ledger knows nobody. Start the bot once, so that it reads the directory, "
            "or mend store.url."
        )
    return report


async def _left_to_the_bot(punch: Punch) -> None:
    """Tell nobody: what people are owed by now is a row, which the bot finds."""
