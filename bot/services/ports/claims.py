"""Whether what a task is about to do is still this process's to do."""

from collections.abc import Callable
from contextvars import ContextVar


def _nothing_claimed() -> None:
    """Let it be done."""


# What a task that acts on a claim asks; it raises `services.upkeep.leases.ClaimLost`.
ASK_LEASE: ContextVar[Callable[[], None]] = ContextVar("ASK_LEASE", default=_nothing_claimed)


def may_leave() -> None:
    """Go on where a call may leave. Raises ClaimLost where others may be making it by now.

    To be asked right before it leaves: timers, which end what waits, do not count a machine's sleep.
    """
    ASK_LEASE.get()()
