"""The schema for SQLAlchemy, and Alembic's work on it. Both take much memory: import this module
only to migrate.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from bot.storage.engine import Connection
from bot.storage.tables import TABLES, Column, Table

metadata = sa.MetaData()

_LOCK = "schema"  # locked like a person: one process migrates, the others wait
KINDS: dict[str, Any] = {
    "int": sa.Integer(),
    "big": sa.BigInteger(),
    "real": sa.Double(),
    # PostgreSQL compares text by its bytes, as SQLite does
    "text": sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
    "serial": sa.BigInteger().with_variant(sa.Integer, "sqlite"),  # the database counts
}


def apply_revisions(connection: Connection, revisions: Sequence[str]) -> bool:
    """Apply those of the `revisions`, oldest first, that the database lacks.

    Return whether there were any. Raises the driver's errors.
    """
    first = revisions[0]
    head = revisions[-1]
    url = "sqlite://"
    if connection.tx.dialect == "postgresql":
        url = "postgresql+psycopg://"
        connection.command("SET statement_timeout = 0; SET lock_timeout = '60s'")
    script = ScriptDirectory(str(Path(__file__).with_name("migrations")))
    pool = sa.create_engine(url, creator=lambda: connection.driver, poolclass=sa.NullPool)

    # The first revision makes today's tables: a new database needs no other.
    def steps(revision: Any, _: object) -> Any:
        return script._upgrade_revs(head if revision else first, revision)

    try:
        with pool.connect() as shared, shared.begin():
            connection.begin([_LOCK], together=False)
            context = MigrationContext.configure(shared, opts={"fn": steps})
            before = context.get_current_heads()
            with Operations.context(context):
                context.run_migrations()
                context.stamp(script, head)
            connection.command("COMMIT")  # as every other transaction of this connection
    except DBAPIError as error:
        raise error.orig or error from error  # without the statement
    return head not in before  # another process may have been faster


def _add(table: Table) -> None:
    added = sa.Table(table.name, metadata, *map(_column, table.columns))
    for index in table.indexes:
        some = None if index.where is None else sa.text(index.where)
        columns = [added.c[name] for name in index.columns]
        sa.Index(
            index.name,
            *columns,
            unique=index.is_unique,
            sqlite_where=some,
            postgresql_where=some,
        )


def _column(column: Column) -> sa.Column[Any]:
    more: list[Any] = []
    if column.refers_to is not None:
        more.append(sa.ForeignKey(f"{column.refers_to}.punch_id"))
    if column.kind == "serial":
        more.append(sa.Identity(always=True))
    return sa.Column(
        column.name,
        KINDS[column.kind],
        *more,
        primary_key=column.is_key,
        nullable=column.is_nullable,
        unique=column.is_unique or None,
        autoincrement="auto" if column.kind == "serial" else False,
    )


for _each in TABLES.values():
    _add(_each)
