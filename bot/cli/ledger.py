"""The ledger, opened by a command that writes to it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.errors import OperatorError, StoreRefused
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.store import Store
from bot.storage.urls import must_be_current


@asynccontextmanager
async def open_ledger(settings: Settings, clock: Clock) -> AsyncIterator[Store]:
    """Open the ledger for the block.

    Raises OperatorError when there is no ledger of this schema, when another process writes the file, or when the
    database refuses.
    """
    await asyncio.to_thread(must_be_current, settings.store.url)
    store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
    try:
        await store.open()
        yield store
    except StoreRefused as error:
        raise OperatorError(f"The database refuses: {error}") from error
    finally:
        await store.close()
