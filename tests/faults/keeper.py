"""A process that stores messages and punches while its system calls fail. `test_disk_calls.py` runs
it.

Each round has its own database and writing thread. strace counts calls by thread and fails call
number N. A round first makes idle calls, and so chooses which of its own calls fails.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.domain.messages import Message
from bot.domain.punches import DeliveryState, Punch
from bot.errors import StoreRefused
from bot.storage import Store
from bot.storage.outbox import Delivery
from bot.storage.sqlite import SqliteEngine
from tests.faults.a_store import StillClock, a_message, punched

MESSAGES = 3
CALLS: dict[str, Callable[[int], object]] = {
    "pwrite64": lambda file: os.pwrite(file, b"x", 0),
    "fdatasync": os.fdatasync,
    "ftruncate": lambda file: os.ftruncate(file, 1),
}


@dataclass
class Said:
    """The store's word on each message in one round.

    `gone` lists messages that it reported missing.
    """

    file: str
    accepted: list[str] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    refusals: int = 0


async def one_round(file: Path, call: str, vain: int) -> None:
    """Store a few messages in `file` after `vain` idle calls."""
    said = Said(file.name)
    store = await opened(file)
    await waste(store, call, vain, file.with_suffix(".scratch"))
    for number in range(MESSAGES):
        await keep(store, f"m{number}", said)
        print(json.dumps(asdict(said)), flush=True)
    await store.close()


async def calls_until_one_fails(file: Path, call: str) -> int:
    """Return the number of calls that the writing thread of a new store can make before one fails."""
    store = await opened(file)
    made = await waste(store, call, 10**6, file.with_suffix(".scratch"))
    await store.close()
    return made


async def opened(file: Path) -> Store:
    store = Store(
        SqliteEngine(file), clock=StillClock(), owner=file.stem, random=random.Random(file.stem)
    )
    await store.open()
    return store


async def waste(store: Store, call: str, most: int, scratch: Path) -> int:
    """Make at most this many calls on the writing thread.

    Return the number before the first failure.
    """
    return await store.database.write(lambda _: wasted(call, most, scratch))


def wasted(call: str, most: int, scratch: Path) -> int:
    """Make at most this many calls on this thread. Return the number before the first failure."""
    descriptor = os.open(scratch, os.O_RDWR | os.O_CREAT)
    try:
        for made in range(most):
            try:
                CALLS[call](descriptor)
            except OSError:
                return made
        return most
    finally:
        os.close(descriptor)


async def keep(store: Store, name: str, said: Said) -> None:
    """Accept a message, record its punch and settle it, each step only after the one before
    succeeded.
    """
    message = a_message(name, user_id=f"person-{name}")
    try:
        if await taken(store, message, said):
            said.accepted.append(name)
            recorded = await punched(store, message)
            said.recorded.append(name)
            assert isinstance(recorded.punch, Punch)
            delivery = Delivery(recorded.punch, "signed", DeliveryState.ACCEPTED)
            await store.deliveries.settle(delivery, DeliveryState.SENT)
            said.sent.append(name)
    except StoreRefused:
        said.refusals += 1


async def taken(store: Store, message: Message, said: Said) -> bool:
    """Accept a message. After a refusal, read back whether it is stored."""
    try:
        await store.inbox.accept(message)
    except StoreRefused:
        said.refusals += 1
        if await store.inbox.holds(message.message_id) is None:
            said.gone.append(message.message_id)
            return False
    return True


def main(folder: Path, call: str, rounds: int) -> None:
    """Let call n fail in round n, and print what the store said. Without rounds, run once."""
    if not rounds:
        asyncio.run(one_round(folder / "round0.db", call, 0))
        return
    before = asyncio.run(calls_until_one_fails(folder / "calibration.db", call))
    assert before >= rounds, f"only {before} calls are left to choose from: let a later one fail"
    for number in range(1, rounds + 1):
        asyncio.run(one_round(folder / f"round{number}.db", call, before + 1 - number))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
