"""Ending within ten seconds whatever hangs: each step of it has its share of them."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)

LAST_S = 9.8  # of the ten seconds, from when the system itself ends a process that was told to


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to end, and for how many seconds at most it is waited for."""

    name: str
    most_s: float
    work: Callable[[], Awaitable[None]]


async def end_in_turn(steps: Sequence[Step]) -> None:
    """Run the steps one after the other, leaving behind what takes longer than its share.

    What is left is cancelled and not waited for, so that nothing can hold up the rest. Raises what the first step
    raised that failed, after all have had their turn.
    """
    failures: list[Exception] = []
    for step in steps:
        try:
            await _end(step)
        except Exception as error:  # noqa: BLE001 - raised below; the other steps have their turn first
            failures.append(error)
    if failures:
        raise failures[0]


async def _end(step: Step) -> None:
    task = asyncio.ensure_future(step.work())
    done, _ = await asyncio.wait([task], timeout=step.most_s)
    if done:
        await task
        return
    log.warning("%s did not end within %.1f s and is left as it is", step.name, step.most_s)
    task.cancel()
    task.add_done_callback(_seen)


def _seen(task: asyncio.Future[None]) -> None:
    """Take note of how something ended that nobody waited for."""
    if not task.cancelled():
        task.exception()


def end_at_last() -> None:
    """Have the system end this process in `LAST_S` seconds: a thread may hang where no cancelling helps.

    Nothing is lost by it, since whatever was acknowledged is in the database.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, LAST_S)
