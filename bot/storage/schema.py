"""Alembic's work on the schema. It takes much memory: import this module only to migrate."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from bot.storage.engine import Connection

_LOCK = "schema"  # locked like a person: one process migrates, the others wait


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
            connection.begin([_LOCK], pipelined=False)
            context = MigrationContext.configure(shared, opts={"fn": steps})
            before = context.get_current_heads()
            with Operations.context(context):
                context.run_migrations()
                context.stamp(script, head)
            connection.command("COMMIT")  # as every other transaction of this connection
    except DBAPIError as error:
        raise error.orig or error from error  # without the statement
    return head not in before  # another process may have been faster
