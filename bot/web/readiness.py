"""The readiness of the bot, part by part."""

import asyncio
from typing import Any

from bot.dingtalk.stream import StreamClient
from bot.errors import StoreRefused
from bot.services.speaking import Operators
from bot.storage.database import Database

PING_S = 2.0


async def readiness(
    database: Database, stream: StreamClient, operators: Operators
) -> dict[str, Any]:
    """Return each part's state; `ready` when the stream is connected and the database answers."""
    try:
        await asyncio.wait_for(database.beat(), PING_S)
        answers = True
    except (StoreRefused, TimeoutError):
        answers = False
    return {
        "ready": stream.connected and answers,
        "stream": "connected"
        if stream.connected
        else f"not connected: {stream.trouble or 'connecting'}",
        "database": "answers" if answers else "does not answer",
        "troubles": operators.troubles,
    }
