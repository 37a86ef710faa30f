"""Whether the process may still make a call: it asks the lease of the task that makes it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


def _nothing_claimed() -> None:
    """Let it be done."""


# What a task that acts on a claim asks; it raises ClaimLost.
ASK_LEASE: ContextVar[Callable[[], None]] = ContextVar("ASK_LEASE", default=_nothing_claimed)


def may_leave() -> None:
    """Go on where a call may leave. Raises ClaimLost where others may be making it by now.

    Call it right before the request; timers stop while the machine sleeps.
    """
    ASK_LEASE.get()()


@contextmanager
def asking_too(check: Callable[[], None]) -> Iterator[None]:
    """Make `may_leave` also call `check` inside the block; its errors propagate."""
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
