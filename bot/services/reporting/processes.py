"""Work that would keep the event loop or fill the memory, in a process of its own that ends with it."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from bot.errors import ProcessFailed

LIMIT_S = 300.0
_NICER = 5  # punches go first
_context = multiprocessing.get_context("spawn")

P = TypeVar("P")
R = TypeVar("R")


class Aside:
    """Runs one piece of work at a time, each in a fresh process, so that its memory is given back."""

    def __init__(self, *, limit_s: float | None = LIMIT_S) -> None:
        """`limit_s` is how long the work may take; None: as long as it takes."""
        self._limit_s = limit_s
        self._turn = asyncio.Semaphore(1)

    async def run(self, work: Callable[[Iterable[P]], R], parts: AsyncIterator[P]) -> R:
        """Return what `work`, a function of a module, makes of `parts`, which are handed over one by one.

        Everything has to be picklable. Raises ProcessFailed, and the errors of `parts`.
        """
        async with self._turn:
            ours, theirs = _context.Pipe()
            process = _context.Process(target=_work, args=(work, theirs), daemon=True)
            await asyncio.to_thread(process.start)
            theirs.close()
            try:
                async with asyncio.timeout(self._limit_s):
                    result: R = await _fed(ours, parts)
                    return result
            except TimeoutError:
                raise ProcessFailed(f"it took more than {self._limit_s:.0f} s") from None
            finally:
                process.kill()
                await asyncio.to_thread(process.join)
                process.close()
                ours.close()


async def _fed(connection: Connection, parts: AsyncIterator[Any]) -> Any:
    try:
        async for part in parts:
            await asyncio.to_thread(connection.send, (part,))
        await asyncio.to_thread(connection.send, None)
        result, failure = await asyncio.to_thread(connection.recv)
    except (EOFError, OSError):
        raise ProcessFailed("the process died") from None
    if failure is not None:
        raise ProcessFailed(failure)
    return result


def _work(work: Callable[[Iterable[Any]], Any], connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's, who ends us
    with suppress(OSError):
        os.nice(_NICER)
    answer: tuple[Any, str | None]
    try:
        answer = work(_received(connection)), None
    except EOFError:
        return  # the parent is gone, and nobody waits
    except Exception as error:  # noqa: BLE001 - told to the parent, who logs it
        answer = None, f"{type(error).__name__}: {error}"
    with suppress(OSError):
        connection.send(answer)


def _received(connection: Connection) -> Iterator[Any]:
    while (part := connection.recv()) is not None:
        yield part[0]
