"""The database: SQLite in one file, or PostgreSQL for several processes. Nothing else knows SQL."""

from contextlib import closing
from random import Random, SystemRandom

from bot.clock import Clock
from bot.storage.migrations import is_current, upgrade
from bot.storage.punches import read_export
from bot.storage.store import Store
from bot.storage.urls import engine_of

__all__ = ["Store", "check_database", "migrate", "open_store", "read_export"]


def open_store(url: str, *, clock: Clock, owner: str, random: Random | None = None) -> Store:
    """Return the database of `store.url`, still closed.

    `owner` names this process among all that share the database and must be new each time, for example 16 random
    hex digits. `random` makes ids and salts; without it the system's secure source does. Raises ConfigError for
    a url that names no database, OperatorError when its driver is missing.
    """
    return Store(engine_of(url), clock=clock, owner=owner, random=random or SystemRandom())


def check_database(url: str) -> str:
    """Return in words how the database stands, also while a bot uses it; nothing is changed. Blocks.

    Raises OperatorError when the bot could not work with it, ConfigError for a url that names none.
    """
    engine = engine_of(url)
    if not engine.check():
        return f"{engine.name} will be made at the first start"
    with closing(engine.open_read_only()) as connection:
        current = is_current(engine, connection)
    return f"{engine.name} is sound" + ("" if current else "; the next start brings its schema up to date")


def migrate(url: str) -> list[str]:
    """Bring the schema up to date and return the names of the revisions that were missing. Blocks.

    Raises OperatorError when another process writes the file, or the schema is none of this program's.
    """
    engine = engine_of(url)
    engine.take()
    try:
        return upgrade(engine)
    finally:
        engine.give_back()
