"""A real store on an SQLite file, with sample messages and punches."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from bot.clock import Clock
from bot.domain.messages import Message, MessageKind, Sender
from bot.domain.shifts import CheckType
from bot.storage import Store
from bot.storage.engine import Engine
from bot.storage.inbox import press_id
from bot.storage.ledger import Recorded
from bot.storage.sqlite import SqliteEngine
from tests.builders import a_request, local
from tests.storage.stage import record

MORNING = local("08:50")
_OWNERS = (f"owner-{number}" for number in count(1))


class StillClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, moment: datetime = MORNING) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def advance(self, seconds: float = 0, **span: float) -> None:
        self.moment += timedelta(seconds=seconds, **span)


def a_store(path: Path | Engine, clock: Clock) -> Store:
    """Return a closed store with a new owner name."""
    engine = SqliteEngine(path) if isinstance(path, Path) else path
    return Store(engine, clock=clock, owner=next(_OWNERS), random=random.Random(7))


@asynccontextmanager
async def an_open_store(path: Path | Engine, clock: Clock | None = None) -> AsyncIterator[Store]:
    """Open a store for a test."""
    store = a_store(path, clock or StillClock())
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def a_message(message_id: str = "m1", user_id: str = "u1", at: datetime = MORNING) -> Message:
    """Return a person's message "clock in"."""
    sender = Sender(user_id, None, "corp")
    return Message(message_id, sender, f"c-{user_id}", False, MessageKind.TEXT, "clock in", at, at)


def a_press(at: datetime) -> Message:
    """Return a press of one person on one button of a card."""
    return replace(a_message(press_id("card/u1/b1", at), at=at), kind=MessageKind.PRESS)


async def punched(
    store: Store,
    message: Message,
    direction: CheckType = CheckType.ON_DUTY,
    targets: Sequence[str] = ("signed",),
) -> Recorded:
    """Record the confirmed punch of a message, by the real rules."""
    sample = a_request(message.at, direction, confirmed=True)
    request = replace(sample, user_id=message.sender.key, message_id=message.message_id)
    return await record(store, request, targets=tuple(targets), language="en")
