"""Work in a separate process: its result and its failures."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Iterable

import pytest

from bot.errors import ProcessFailed
from bot.views.workshop import Workshop


async def given(*parts: int) -> AsyncIterator[int]:
    for part in parts:
        yield part


def summed(parts: Iterable[int]) -> tuple[int, int]:
    return sum(parts), os.getpid()


def failing(parts: Iterable[int]) -> int:
    raise ValueError(f"cannot take {next(iter(parts))}")


def dying(parts: Iterable[int]) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return sum(parts)


def endless(parts: Iterable[int]) -> int:
    while True:
        signal.pause()


async def broken() -> AsyncIterator[int]:
    yield 1
    raise KeyError("nothing more")


async def test_a_failed_worker_is_reported_and_the_next_one_works() -> None:
    workshop = Workshop(limit_s=300)
    with pytest.raises(ProcessFailed, match="ValueError: cannot take 7"):
        await workshop.run(failing, given(7))
    with pytest.raises(ProcessFailed, match="died"):
        await workshop.run(dying, given(1))
    with pytest.raises(ProcessFailed, match="more than"):
        await Workshop(limit_s=0.2).run(endless, given())
    with pytest.raises(KeyError):
        await workshop.run(summed, broken())
    result, pid = await workshop.run(summed, given(1, 2, 3))
    assert (result, pid != os.getpid()) == (6, True)


async def test_cancelled_work_leaves_no_process_behind() -> None:
    started = asyncio.Event()

    async def once() -> AsyncIterator[int]:
        started.set()
        yield 1

    work = asyncio.create_task(Workshop().run(endless, once()))
    await started.wait()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)

    assert work.cancelled() and not multiprocessing.active_children()
