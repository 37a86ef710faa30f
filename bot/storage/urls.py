"""`store.url`: which database, said in one line."""

from pathlib import Path
from urllib.parse import unquote

from bot.errors import ConfigError
from bot.storage.engine import Engine
from bot.storage.postgresql import PostgresqlEngine
from bot.storage.sqlite import SqliteEngine

_SQLITE = "sqlite:///"
_POSTGRESQL = "postgresql://"


def engine_of(url: str) -> Engine:
    """Return the database that `url` names; nothing is opened yet.

    `sqlite:///relative.db` starts at the working directory; `sqlite:////absolute.db`;
    `postgresql://user@host/db`. Raises ConfigError for anything else, OperatorError without PostgreSQL's driver.
    """
    if url.startswith(_POSTGRESQL):
        return PostgresqlEngine(url)
    path = unquote(url.removeprefix(_SQLITE))
    if url.startswith(_SQLITE) and path and not path.startswith(":"):
        return SqliteEngine(Path(path))
    raise ConfigError(
        "store.url names no database: write sqlite:///data/clock-in.db, sqlite:////var/lib/clock-in.db "
        "or postgresql://user@host/database"
    )
