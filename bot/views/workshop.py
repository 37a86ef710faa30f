"""Charts and spreadsheets are made in a process of their own: they need much time and memory."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from bot.errors import ProcessFailed

LIMIT_S = 300.0  # for one piece of work, without the wait for its turn
_NICENESS = 5  # punches go first
_context = multiprocessing.get_context("spawn")

P = TypeVar("P")
R = TypeVar("R")


class Workshop:
    """Runs one piece of work at a time, each in a fresh process.

    The end of the process frees its memory.
    """

    def __init__(self, *, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._turn = asyncio.Semaphore(1)

    async def run(self, work: Callable[[Iterable[P]], R], parts: AsyncIterator[P]) -> R:
        """Call `work` with `parts` in a new process, and return its result.

        `work` is defined at the top of a module, because the process imports it by name. The
        process gets the parts one by one. Parts and result have to be picklable. Raises
        ProcessFailed if `work` fails or takes too long, and the errors of `parts`.
        """
        async with self._turn:
            ours, theirs = _context.Pipe()
            process = _context.Process(target=_run_in_process, args=(work, theirs), daemon=True)
            await asyncio.to_thread(process.start)
            theirs.close()
            try:
                async with asyncio.timeout(self._limit_s):
                    result: R = await _send(parts, ours)
                    return result
            except TimeoutError:
                raise ProcessFailed(f"it took more than {self._limit_s:.0f} s") from None
            finally:
                process.kill()
                await asyncio.to_thread(process.join)
                process.close()
                ours.close()


async def _send(parts: AsyncIterator[Any], connection: Connection) -> Any:
    """Send the parts to the process, and return its result."""
    try:
        async for part in parts:
            await asyncio.to_thread(connection.send, (part,))  # as a tuple: None ends the parts
        await asyncio.to_thread(connection.send, None)
        result, failure = await asyncio.to_thread(connection.recv)
    except (EOFError, OSError):
        raise ProcessFailed("the process died") from None
    if failure is not None:
        raise ProcessFailed(failure)
    return result


def _run_in_process(work: Callable[[Iterable[Any]], Any], connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # after Ctrl-C the parent ends this process
    with suppress(OSError):
        os.nice(_NICENESS)
    answer: tuple[Any, str | None]
    try:
        answer = work(_receive_parts(connection)), None
    except EOFError:
        return  # the parent is gone
    except Exception as error:  # noqa: BLE001 - the parent logs it
        answer = None, f"{type(error).__name__}: {error}"
    with suppress(OSError):
        connection.send(answer)


def _receive_parts(connection: Connection) -> Iterator[Any]:
    while (part := connection.recv()) is not None:
        yield part[0]
