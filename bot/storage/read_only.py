"""Opening a database read-only while another process writes it, without touching anything."""

from collections.abc import Iterator

from bot.errors import OperatorError
from bot.storage.engine import Connection, Engine, Params, Row
from bot.storage.migrations import is_current
from bot.storage.statements import Statement
from bot.storage.urls import engine_of


def walk(url: str, statement: Statement, params: Params) -> Iterator[Row]:
    """Return the rows of `statement` in bounded memory, from a database that is opened read-only, at once.

    To be used on one thread. Raises OperatorError, also while the rows are walked, when it cannot be read or has
    another schema.
    """
    engine, connection = opened(url)
    return _rows(connection, engine.errors, statement, params)


def opened(url: str) -> tuple[Engine, Connection]:
    """Return the database, opened read-only; the caller closes it.

    Raises OperatorError when there is none, when it cannot be read, or when it has another schema.
    """
    engine = engine_of(url)
    connection = engine.open_read_only()
    try:
        if not is_current(engine, connection):
            raise OperatorError(f"{engine.name} has an older schema than this program: run `migrate` first.")
    except OperatorError:
        connection.close()
        raise
    return engine, connection


def must_be_current(url: str) -> None:
    """Raise OperatorError unless there is a database of this schema; writing would make or migrate it."""
    _, connection = opened(url)
    connection.close()


def _rows(
    connection: Connection, errors: tuple[type[Exception], ...], statement: Statement, params: Params
) -> Iterator[Row]:
    try:
        yield from connection.rows(statement, params)
    except errors as error:
        raise OperatorError(f"The ledger cannot be read to its end: {error}".strip()) from error
    finally:
        connection.close()
