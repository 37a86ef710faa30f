"""The readiness of the bot, part by part."""

import asyncio
from typing import Any

from bot.dingtalk.stream import StreamClient
from bot.errors import StoreRefused
from bot.services.speaking import Operators
from bot.storage.store import Store

PING_S = 2.0


async def readiness(store: Store, stream: StreamClient, operators: Operators) -> dict[str, Any]:
    """Return each part's state; `ready` when the stream is connected and the database answers."""
    try:
        await asyncio.wait_for(store.database.beat(), PING_S)
        database = True
    except (StoreRefused, TimeoutError):
        database = False
    return {
        "ready": stream.connected and database,
        "stream": "connected" if stream.connected else f"not connected: {stream.trouble or 'connecting'}",
        "database": "answers" if database else "does not answer",
        "troubles": operators.troubles,
    }
