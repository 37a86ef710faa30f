"""Databases by their `store.url`: checked, migrated, and read beside a running bot. All of it blocks."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import unquote

from bot.errors import ConfigError, OperatorError
from bot.storage.engine import Connection, Engine, Params, Row
from bot.storage.migrations import is_current, upgrade
from bot.storage.postgresql import PostgresqlEngine
from bot.storage.sqlite import SqliteEngine
from bot.storage.statements import Statement

_SQLITE = "sqlite:///"


def engine_of(url: str) -> Engine:
    """Return the database that `url` names; nothing is opened yet.

    Raises ConfigError for a url of neither kind, OperatorError without PostgreSQL's driver.
    """
    if url.startswith("postgresql://"):
        return PostgresqlEngine(url)
    path = unquote(url.removeprefix(_SQLITE))
    if url.startswith(_SQLITE) and path.strip("/") and not path.startswith(":"):
        return SqliteEngine(Path(path))
    raise ConfigError(
        "store.url names no database: write sqlite:///data/clock-in.db, sqlite:////var/lib/clock-in.db "
        "or postgresql://user@host/database"
    )


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """Give a connection that reads a ledger of this schema, and touches nothing. Raises OperatorError."""
    engine = engine_of(url)
    connection = engine.open_read_only()
    try:
        if not is_current(engine, connection):
            raise OperatorError(f"{engine.name} has an older schema than this program: run `migrate` first.")
        yield connection
    except engine.errors as error:
        raise OperatorError(f"The ledger cannot be read to its end: {error}".strip()) from error
    finally:
        connection.close()


def walk(url: str, statement: Statement, params: Params) -> Iterator[Row]:
    """Yield the rows of `statement` in bounded memory. Raises OperatorError."""
    with reading(url) as connection:
        yield from connection.rows(statement, params)


def check_database(url: str) -> str:
    """Return in words how the database stands. Raises OperatorError when no bot could use it."""
    engine = engine_of(url)
    if isinstance(engine, SqliteEngine) and not engine.check():
        return f"{engine.name} will be made at the first start"
    with closing(engine.open_read_only()) as connection:
        current = is_current(engine, connection)
    return f"{engine.name} is sound" + ("" if current else "; the next start brings its schema up to date")


def migrate(url: str) -> bool:
    """Bring the schema up to date; return whether it was not. Raises OperatorError."""
    engine = engine_of(url)
    engine.take()
    try:
        return upgrade(engine)
    finally:
        engine.give_back()
