"""Changes to the ledger without the bot."""

import sqlite3
from contextlib import closing

import psycopg

from bot.storage import Store
from tests.storage.stage import Stage, a_wish, always, record

PLACES = 256


def tamper(stage: Stage, *statements: str) -> None:
    """Run SQL without the schema's checks."""
    if stage.shared:
        with psycopg.connect(stage.url) as server:
            server.execute("SET session_replication_role = replica")
            for statement in statements:
                server.execute(statement.encode())
        return
    with closing(sqlite3.connect(stage.url.removeprefix("sqlite:///"))) as file, file:
        for statement in statements:
            file.execute(statement)


async def sealed_ledger(stage: Stage, punches: int = 5) -> tuple[Store, list[str]]:
    """Return an open store with sealed punches, and their ids in the order of their links."""
    store = await stage.open()
    ids = [await punch_id(store, stage, number) for number in range(punches)]
    await store.chain.seal(PLACES)
    return store, ids


async def punch_id(store: Store, stage: Stage, number: int) -> str:
    """Record one more punch, a second later, and return its id."""
    stage.clock.move(1)
    recorded = await record(store, a_wish(f"m{number}", f"u{number}"), always(None))
    assert recorded.punch is not None
    return recorded.punch.punch_id
