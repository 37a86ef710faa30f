"""Brings a database to the schema of `tables.py` with Alembic: in one transaction, under one lock."""

from contextlib import closing
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from bot.errors import OperatorError
from bot.storage.engine import Connection, Engine
from bot.storage.statements import Dialect, Statement

HEAD = "baseline"  # the newest file in versions/, so that a start on a current database need not load Alembic
_LOCK = "schema"  # taken like a person's lock: one process migrates, others wait
_VERSION = Statement("SELECT version_num FROM alembic_version")
_URLS: dict[Dialect, str] = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def upgrade(engine: Engine) -> bool:
    """Apply the revisions that are missing; return whether any was. Blocks.

    Raises OperatorError when the database has a schema this program does not know, or refuses.
    """
    errors: tuple[type[Exception], ...] = (DBAPIError, *engine.errors)
    try:
        with closing(engine.connect(read_only=False)) as connection:
            return not is_current(engine, connection) and _apply(connection)
    except errors as error:
        why = getattr(error, "orig", error)  # without the statement
        raise OperatorError(f"The schema cannot be brought up to date: {why}".strip()) from error


def is_current(engine: Engine, connection: Connection) -> bool:
    """Tell whether the schema is this program's. Raises OperatorError when it is one the program does not know."""
    try:
        row = connection.tx.one(_VERSION)
    except engine.errors:  # there is no such table
        return False
    if row is not None and row[0] != HEAD:
        raise OperatorError(
            f"The database has schema {row[0]}, which this program does not know: install the program that made "
            "it, or restore the backup that was made before the upgrade."
        )
    return row is not None


def _apply(connection: Connection) -> bool:
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    dialect = connection.tx.dialect
    if dialect == "postgresql":
        connection.command("SET statement_timeout = 0; SET lock_timeout = '60s'")
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    pool = create_engine(_URLS[dialect], creator=lambda: connection.driver, poolclass=NullPool)
    with pool.connect() as shared, shared.begin():
        connection.begin([_LOCK], together=False)
        context = MigrationContext.configure(shared, opts={"fn": lambda rev, _: script._upgrade_revs(HEAD, rev)})
        before = context.get_current_heads()
        with Operations.context(context):
            context.run_migrations()
        connection.command("COMMIT")  # by the same way as every other
    return HEAD not in before  # another process may have been faster
