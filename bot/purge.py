"""`purge`: applies retention once, or removes one person's positions, by itself."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.clock import Clock
from bot.errors import OperatorError, StoreRefused
from bot.services.upkeep.retention import Purged, purge
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.read_only import must_be_current
from bot.storage.retention import Retention


async def purge_once(settings: Settings, clock: Clock) -> Purged:
    """Remove what retention no longer keeps, without a running bot on SQLite.

    Raises OperatorError as `purge_person`.
    """
    async with _retention(settings, clock) as retention:
        return await purge(retention, clock, keep=timedelta(days=settings.retention.coordinates_days))


async def purge_person(settings: Settings, clock: Clock, user_id: str) -> int | None:
    """Remove the positions of one person who asks for it, and return how many; None if nobody is known.

    Raises OperatorError when there is no ledger of this schema, when another process writes the file, or when the
    database refuses.
    """
    async with _retention(settings, clock) as retention:
        return await retention.forget_positions_of(user_id) if await retention.knows(user_id) else None


@asynccontextmanager
async def _retention(settings: Settings, clock: Clock) -> AsyncIterator[Retention]:
    await asyncio.to_thread(must_be_current, settings.store.url)
    store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
    try:
        await store.open()
        yield store.retention
    except StoreRefused as error:
        raise OperatorError(f"The database refuses: {error}") from error
    finally:
        await store.close()
