"""Using up the button that a message presses, in the transaction of its effect."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from bot.storage.engine import Tx
from bot.storage.lanes import Work
from bot.storage.statements import Statement


class AlreadyPressed(Exception):
    """The button, or another one of the same reply, was pressed by an earlier message."""


@dataclass(frozen=True, slots=True)
class Press:
    """The button that a message presses: its person and its reply."""

    user_id: str
    reply_id: str


_MESSAGE: ContextVar[str | None] = ContextVar("_MESSAGE", default=None)
_IN_PRESS: ContextVar[Press | None] = ContextVar("_IN_PRESS", default=None)

# One press uses up all buttons of a reply: they are alternatives. A message may press again what it has pressed,
# since it is carried out again after a crash.
_PRESS = Statement(
    """
    UPDATE buttons SET pressed_by = :this
    WHERE user_id = :user_id AND reply_id = :reply_id AND (pressed_by IS NULL OR pressed_by = :this)
    RETURNING token
    """
)


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


@contextmanager
def pressing(press: Press | None) -> Iterator[None]:
    """Let the first effect that is stored in the block use up the button."""
    before = _IN_PRESS.set(press)
    try:
        yield
    finally:
        _IN_PRESS.reset(before)


def using_up() -> Work[None]:
    """Return the work that uses up the button being pressed, to be run in the transaction of its effect.

    Call it in the task that carries out the message: the thread of a lane does not know which button is pressed.
    The work raises AlreadyPressed where another message has pressed the button.
    """
    press, message_id = _IN_PRESS.get(), _MESSAGE.get()
    if press is None or message_id is None:
        return lambda tx: None
    this = {"user_id": press.user_id, "reply_id": press.reply_id, "this": message_id}

    def use_up(tx: Tx) -> None:
        if not tx.all(_PRESS, this):
            raise AlreadyPressed

    return use_up
