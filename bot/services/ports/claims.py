"""Whether what a task is about to do is still this process's to do."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from bot.domain.shifts import CheckType


class ClaimLost(Exception):
    """Another process may have, or has, what this one had claimed: it was silent for too long."""


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
    """Return the id of the message in progress, or None."""
    return _MESSAGE.get()


class AlreadyPressed(Exception):
    """The button, or another one of the same reply, was pressed by an earlier message."""


@dataclass(frozen=True, slots=True)
class Press:
    """The button that a message presses: its person and its reply. The press confirms the words `said`."""

    user_id: str
    reply_id: str
    said: str | None = None
    direction: CheckType | None = None


_PRESS: ContextVar[Press | None] = ContextVar("_PRESS", default=None)


@contextmanager
def pressing(press: Press | None) -> Iterator[None]:
    """Let the first effect that is stored in the block use up the button."""
    before = _PRESS.set(press)
    try:
        yield
    finally:
        _PRESS.reset(before)


def pressed() -> Press | None:
    """Return the button that is being pressed, None without one."""
    return _PRESS.get()
