"""Writing down what has happened, however long the database refuses."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

from bot.errors import StoreRefused

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 30.0

T = TypeVar("T")


async def until_written(write: Callable[[], Awaitable[T]], what: str) -> T:
    """Return what `write` returns; it is tried again for as long as it raises StoreRefused.

    `what` says in the log what waits. A crash meanwhile leaves the row as it was, for whoever takes it over.
    """
    for tries in count():
        try:
            result = await write()
        except StoreRefused as error:
            if not tries:
                log.warning("%s could not be written and is tried again: %s", what, error)
            await asyncio.sleep(min(LONGEST_PAUSE_S, 0.5 * 2.0 ** min(tries, 6)))
        else:
            if tries:
                log.info("%s is written after %d tries", what, tries + 1)
            return result
    raise AssertionError("count() does not end")
