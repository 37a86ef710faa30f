"""Databases by their `store.url`: check, migrate with Alembic, read beside a running bot.
Everything blocks.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import unquote

from bot.errors import ConfigError, OperatorError
from bot.storage.engine import Connection, Engine
from bot.storage.postgresql import PostgresqlEngine
from bot.storage.sqlite import SqliteEngine

_SQLITE = "sqlite:///"
# the files in versions/, oldest first. Listed here, so that a start on a current database need not
# load Alembic
REVISIONS = ("baseline",)
_VERSION = "SELECT version_num FROM alembic_version"


def engine_of(url: str) -> Engine:
    """Return the database of `url`, not yet opened.

    Raises ConfigError, OperatorError without PostgreSQL's driver.
    """
    if url.startswith("postgresql://"):
        return PostgresqlEngine(url)
    path = unquote(url.removeprefix(_SQLITE))
    if url.startswith(_SQLITE) and path.strip("/") and not path.startswith(":"):
        return SqliteEngine(Path(path))
    raise ConfigError(
        "store.url names no database: write sqlite:///data/clock-in.db, "
        "sqlite:////var/lib/clock-in.db "
        "or postgresql://user@host/database"
    )


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """Give a read-only connection to a ledger of this schema. Raises OperatorError."""
    engine = engine_of(url)
    connection = engine.open_read_only()
    try:
        if not is_current(engine, connection):
            raise OperatorError(
                f"{engine.name} has no current ledger: correct store.url, or run `migrate`."
            )
        yield connection
    except engine.errors as error:
        raise OperatorError(f"The ledger cannot be read to its end: {error}".strip()) from error
    finally:
        connection.close()


def check_database(url: str) -> str:
    """Describe the state of the database. Raises OperatorError when the bot cannot use it."""
    engine = engine_of(url)
    if isinstance(engine, SqliteEngine) and not engine.check():
        return f"{engine.name} will be made at the first start"
    with closing(engine.open_read_only()) as connection:
        if not is_current(engine, connection):
            return (
                f"{engine.name} has no ledger of this version; the next start makes or upgrades it"
            )
    return f"{engine.name} is sound"


def migrate(url: str) -> bool:
    """Bring the schema up to date. Return whether it was older. Raises OperatorError."""
    engine = engine_of(url)
    engine.take()
    try:
        return upgrade(engine)
    finally:
        engine.give_back()


def upgrade(engine: Engine) -> bool:
    """Apply the missing revisions. Return whether there were any. Raises OperatorError."""
    try:
        with closing(engine.connect(read_only=False)) as connection:
            if is_current(engine, connection):
                return False
            from bot.storage.schema import apply_revisions  # takes 20 MiB

            return apply_revisions(connection, REVISIONS)
    except engine.errors as error:
        raise OperatorError(f"The schema cannot be brought up to date: {error}".strip()) from error


def is_current(engine: Engine, connection: Connection) -> bool:
    """Return whether this program can use the schema: its own, or a newer schema, because revisions
    only add.
    """
    try:
        row = connection.tx.one(_VERSION)
    except engine.errors as error:
        code = getattr(error, "sqlstate", None)  # of PostgreSQL
        if code == "42P01" or "no such table" in str(error):
            return False
        advice = " The user in store.url must own all tables." if code == "42501" else ""
        raise OperatorError(f"{engine.name}: {error}.{advice}") from error
    return row is not None and row[0] not in REVISIONS[:-1]
