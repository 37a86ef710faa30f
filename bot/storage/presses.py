"""Using up the button that a message presses, in the transaction of its effect."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from bot.storage.engine import Tx
from bot.storage.lanes import Work
from bot.storage.statements import Statement
from bot.storage.tables import buttons


class AlreadyPressed(Exception):
    """The button, or another one of the same reply, was pressed by an earlier message."""


@dataclass(frozen=True, slots=True)
class Press:
    """The button that a message presses: its person and its reply."""

    user_id: str
    reply_id: str


_MESSAGE: ContextVar[str | None] = ContextVar("_MESSAGE", default=None)
_IN_PRESS: ContextVar[Press | None] = ContextVar("_IN_PRESS", default=None)

_of_reply = (buttons.c.user_id == bindparam("user_id"), buttons.c.reply_id == bindparam("reply_id"))
# One press uses up all buttons of a reply: they are alternatives.
_PRESS = Statement(
    update(buttons)
    .values(pressed_by=bindparam("this"))
    .where(*_of_reply, buttons.c.pressed_by.is_(None))
    .returning(buttons.c.token)
)
_PRESSED_BEFORE = Statement(select(buttons.c.token).where(*_of_reply, buttons.c.pressed_by == bindparam("this")))


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


def pressed() -> Press | None:
    """Return the button that is being pressed, None without one."""
    return _IN_PRESS.get()


def using_up() -> Work[None]:
    """Return the work that uses up the button being pressed, to be run in the transaction of its effect.

    Call it in the task that carries out the message: the thread of a lane does not know which button is pressed.
    A message may press again what it has pressed, since it is carried out again after a crash. The work raises
    AlreadyPressed where another message has pressed the button.
    """
    press, message_id = pressed(), message_in_hand()
    if press is None or message_id is None:
        return lambda tx: None
    this = {"user_id": press.user_id, "reply_id": press.reply_id, "this": message_id}

    def use_up(tx: Tx) -> None:
        if tx.one(_PRESS, this) is None and tx.one(_PRESSED_BEFORE, this) is None:
            raise AlreadyPressed

    return use_up
