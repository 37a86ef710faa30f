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

_LOCK = "schema"  # name of a lock: one process migrates, the others wait


def apply_revisions(connection: Connection, revisions: Sequence[str]) -> bool:
    """Apply those of the `revisions`, oldest first, that the database lacks.

    Return whether there were any. Raises the driver's errors.
    """
    first = revisions[0]
    head = revisions[-1]
    url = "sqlite://"  # names the dialect; the connection is ours
    if connection.tx.dialect == "postgresql":
        url = "postgresql+psycopg://"
        # A revision may take long. It waits for a table for a minute at most.
        connection.command("SET statement_timeout = 0; SET lock_timeout = '60s'")
    script = ScriptDirectory(str(Path(__file__).with_name("migrations")))
    engine = sa.create_engine(url, creator=lambda: connection.driver, poolclass=sa.NullPool)

    # The first revision makes today's tables: a database without `present` revision needs no other.
    def steps(present: Any, _: object) -> Any:
        return script._upgrade_revs(head if present else first, present)

    try:
        with engine.connect() as session, session.begin():
            connection.begin([_LOCK], pipelined=False)
            context = MigrationContext.configure(session, opts={"fn": steps})
            before = context.get_current_heads()
            with Operations.context(context):
                context.run_migrations()
                context.stamp(script, head)
            connection.command("COMMIT")  # the driver commits by itself only outside `begin`
    except DBAPIError as error:
        raise error.orig or error from error  # SQLAlchemy's error shows the whole statement
    return head not in before  # another process may have been faster
