"""`reconcile`: compares the ledger with DingTalk once, by itself."""

import random
import secrets

from bot.app import DingTalk, reconciler_of
from bot.clock import Clock
from bot.domain.punches import Punch
from bot.domain.reconciling import Days, Report
from bot.errors import OperatorError, StoreRefused
from bot.settings import Settings
from bot.storage import open_store


async def reconcile_once(settings: Settings, clock: Clock, days: Days) -> Report:
    """Compare the ledger with DingTalk, without a running bot on SQLite.

    Raises OperatorError when another process writes the file, or the database refuses.
    """
    store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
    dingtalk = DingTalk(settings, clock, random.SystemRandom())
    try:
        await store.open()
        return await reconciler_of(store, dingtalk, settings, clock, _left_to_the_bot).run(days)
    except StoreRefused as error:
        raise OperatorError(f"The database refuses: {error}") from error
    finally:
        await store.close()
        await dingtalk.http.close()


async def _left_to_the_bot(punch: Punch) -> None:
    """Tell nobody: what people are owed by now is a row, which the bot finds."""
