"""Work that is done once a day among all processes."""

from collections.abc import Awaitable, Callable

from bot.storage.replicas import Jobs


async def take_turn(jobs: Jobs, name: str, turn: str, work: Callable[[], Awaitable[bool]]) -> bool:
    """Do `work` unless this turn of the job is done or in other hands; return whether it was done here.

    The turn is over once `work` returns True; else it may be taken again. Raises StoreRefused.
    """
    if not await jobs.take(name, turn):
        return False
    if await work():
        await jobs.finish(name, turn)
    return True
