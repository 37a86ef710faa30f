"""Whether what a task is about to do is still this process's to do."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class ClaimLost(Exception):
    """Another process may have, or has, what this one had claimed: it was silent for too long."""


def _nothing_claimed() -> None:
    """Let it be done."""


# What a task that acts on a claim asks; it raises ClaimLost.
ASK_LEASE: ContextVar[Callable[[], None]] = ContextVar("ASK_LEASE", default=_nothing_claimed)


def may_leave() -> None:
    """Go on where a call may leave. Raises ClaimLost where others may be making it by now.

    To be asked right before it leaves: timers, which end what waits, do not count a machine's sleep.
    """
    ASK_LEASE.get()()


@contextmanager
def asking_too(check: Callable[[], None]) -> Iterator[None]:
    """Let `may_leave` ask `check`, too, in the block; what that raises is what the call raises."""
    before, task = ASK_LEASE.get(), asyncio.current_task()

    def both() -> None:
        before()
        if asyncio.current_task() is task:  # tasks that it began serve others, too
            check()

    token = ASK_LEASE.set(both)
    try:
        yield
    finally:
        ASK_LEASE.reset(token)


_MESSAGE: ContextVar[str | None] = ContextVar("_MESSAGE", default=None)


@contextmanager
def carrying_out(message_id: str) -> Iterator[None]:
    """Let what is stored in the block count only while the message is in this process's hands."""
    before = _MESSAGE.set(message_id)
    try:
        yield
    finally:
        _MESSAGE.reset(before)


def message_in_hand() -> str | None:
    """Return the id of the message that is being carried out, None where it is none that asks for it."""
    return _MESSAGE.get()
