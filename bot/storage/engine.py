"""What the lanes need of a database: a connection that runs groups of works, and what its errors mean."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from bot.storage.statements import Dialect, Statement, stored

Row = tuple[Any, ...]
Params = Mapping[str, object]
_NONE: Params = {}


class Cursor(Protocol):
    """The part of a driver's cursor that is used, the same in `sqlite3` and `psycopg`."""

    def execute(self, query: str, params: Params = ..., /) -> object: ...
    def executemany(self, query: str, params: Sequence[Params], /) -> object: ...
    def fetchone(self) -> Row | None: ...
    def fetchall(self) -> list[Row]: ...


class Tx:
    """An open transaction, in which works run statements."""

    __slots__ = ("_cursor", "dialect")

    def __init__(self, cursor: Callable[[], Cursor], dialect: Dialect) -> None:
        """`cursor` gives one whose result nobody still waits for."""
        self._cursor = cursor
        self.dialect: Dialect = dialect

    def run(self, statement: Statement, params: Params = _NONE) -> None:
        """Run a statement that returns nothing."""
        self._execute(statement, params)

    def one(self, statement: Statement, params: Params = _NONE) -> Row | None:
        """Run a statement and return its first row, None without one."""
        return self._execute(statement, params).fetchone()

    def all(self, statement: Statement, params: Params = _NONE) -> list[Row]:
        return self._execute(statement, params).fetchall()

    def many(self, statement: Statement, rows: Sequence[Params]) -> None:
        """Run a statement that returns nothing, once for each of `rows`."""
        if rows:
            text, constants = statement[self.dialect]
            self._cursor().executemany(text, [_stored(row) | constants for row in rows])

    def _execute(self, statement: Statement, params: Params) -> Cursor:
        text, constants = statement[self.dialect]
        cursor = self._cursor()
        cursor.execute(text, _stored(params) | constants)
        return cursor


def _stored(params: Params) -> dict[str, object]:
    return {name: value if type(value) is int else stored(value) for name, value in params.items()}


class Failure(Enum):
    """What an error of the database means for the transaction it befell."""

    WORK = "one statement was refused; the rest may go on"
    AGAIN = "nothing was committed, and trying again may help"
    REFUSED = "not confirmed; it may be there all the same"
    DAMAGED = "the file is damaged: nothing helps but to restore it"


class Connection(Protocol):
    """One connection, used by one thread at a time."""

    tx: Tx
    driver: Any  # the driver's own connection, for Alembic

    def begin(self, persons: Sequence[str], *, together: bool) -> None:
        """Open a transaction and wait until no other process works for these people.

        `together` lets statements go out before the earlier ones are answered; `flush` then ends that.
        """
        ...

    def flush(self) -> None:
        """Wait until every statement has been carried out."""
        return

    def command(self, sql: str) -> None:
        """Run COMMIT, a setting, or what deals with a savepoint."""
        ...

    def rollback(self) -> None:
        """Take the transaction back, whatever state it is in."""
        ...

    def rows(self, statement: Statement, params: Params) -> Iterator[Row]:
        """Walk a large result in bounded memory, outside `begin`."""
        ...

    def rest(self, *, idle: bool) -> None:
        """Do upkeep between two groups; `idle` when nothing waits."""
        return

    def close(self) -> None:
        """Close, without an error when the connection is broken."""
        ...


class Engine(Protocol):
    """One database: its `name` for an operator, how many connections may write at once, what its driver raises."""

    name: str
    writers: int
    errors: tuple[type[Exception], ...]

    def take(self) -> None:
        """Take the writer's place and look whether the database is sound. Raises OperatorError."""
        ...

    def give_back(self) -> None:
        """Leave the writer's place, once all connections are closed."""
        return

    def connect(self, *, read_only: bool) -> Connection:
        """Open a connection for the calling thread. Raises OperatorError, or one of `errors`."""
        ...

    def look(self) -> bool:
        """Tell whether the database is there, after a look whether it is sound and could be written.

        Nothing is changed. Raises OperatorError.
        """
        ...

    def open_read_only(self) -> Connection:
        """Open the database only to read, beside whoever writes it. Raises OperatorError."""
        ...

    def risk(self, connection: Connection) -> str | None:
        """Return why what is committed may be lost all the same, and what to do; None if it may not."""
        return None

    def verdict(self, error: Exception, *, committing: bool) -> Failure:
        """Tell what one of `errors` means; `committing` when COMMIT raised it."""
        ...

    def may_be_there(self, error: Exception) -> bool:
        """Tell whether what a COMMIT refused with `error` may be there all the same."""
        return True

    def how_to_restore(self, found: str) -> str:
        """Return what an operator does about a database that was `found` damaged."""
        ...
