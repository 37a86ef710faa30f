"""Waits for events in another process or deep inside this one. Only this module polls."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

from bot.services.outbox.worker import OutboxWorker

LOOK_S = 0.02
HEARD_AFTER = 12  # looks
# Of every wait for something that surely comes: so long that no machine is too slow.
LONGEST_S = 300.0


async def until(
    holds: Callable[[], bool] | Callable[[], Awaitable[bool]],
    *,
    what: str = "this",
    within_s: float = LONGEST_S,
) -> None:
    """Wait until `holds` is true. Raises AssertionError after `within_s`."""
    try:
        async with asyncio.timeout(within_s):
            while not await _told(holds):  # noqa: ASYNC110 - nothing tells us when another process gets there
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise AssertionError(f"{what} did not come about within {within_s:.0f} s") from None


async def until_still(count: Callable[[], int], *, looks: int = 10) -> None:
    """Wait until `count` stays the same for this many looks."""
    seen: list[int] = []

    def still() -> bool:
        seen.append(count())
        return len(seen) > looks and len(set(seen[-looks - 1 :])) == 1

    await until(still, what="stillness")


async def until_heard() -> None:
    """Wait until this process has received all messages under way to it."""
    for _ in range(HEARD_AFTER):
        await asyncio.sleep(LOOK_S)


async def wait_until_idle(outbox: OutboxWorker) -> None:
    """Wait until no row of the outbox is in hand."""
    while outbox.tasks:
        await asyncio.wait(outbox.tasks)


async def work_until_idle(outbox: OutboxWorker) -> None:
    """Work on due rows until none is left."""
    await outbox.round()
    while outbox.tasks:
        await wait_until_idle(outbox)
        await outbox.round()


async def _told(holds: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> bool:
    told = holds()
    return await told if isawaitable(told) else told
