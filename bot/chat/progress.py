"""Work that may take long: after some seconds the person hears that it does."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bot.views.reply import Reply

T = TypeVar("T")


async def with_progress(
    work: Coroutine[Any, Any, T],
    line: Reply,
    say: Callable[[Reply], Awaitable[None]],
    *,
    after_s: float,
) -> T:
    """Return what `work` returns; `say` the `line` once if that takes longer than `after_s` seconds."""
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=after_s)
        if not done:
            await say(line)
        return await task
    finally:
        task.cancel()
