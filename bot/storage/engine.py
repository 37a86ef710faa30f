"""One connection to a database, and the meaning of its errors; `sqlite.py` and `postgresql.py` are both kinds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from bot.storage.statements import Dialect, Statement, stored

Row = tuple[Any, ...]
Params = Mapping[str, object]
_NONE: Params = {}


class Tx:
    """An open transaction, in which works run statements."""

    __slots__ = ("_cursor", "dialect")

    def __init__(self, cursor: Callable[[], Any], dialect: Dialect) -> None:
        """`cursor` gives a cursor of the driver, `sqlite3` or `psycopg`."""
        self._cursor = cursor
        self.dialect: Dialect = dialect

    def run(self, statement: Statement, params: Params = _NONE) -> None:
        self._cursor().execute(statement[self.dialect], _stored(params))

    def one(self, statement: Statement, params: Params = _NONE) -> Row | None:
        """Return the first row."""
        return next(iter(self.all(statement, params)), None)

    def all(self, statement: Statement, params: Params = _NONE) -> list[Row]:
        cursor = self._cursor()
        cursor.execute(statement[self.dialect], _stored(params))
        found: list[Row] = cursor.fetchall()
        return found

    def many(self, statement: Statement, rows: Sequence[Params]) -> None:
        """Run a statement once for each of `rows`."""
        if rows:
            self._cursor().executemany(statement[self.dialect], [_stored(row) for row in rows])


def _stored(params: Params) -> dict[str, object]:
    """Return the parameters as columns hold them. Numbers and plain words, nearly all, are so already."""
    found = dict(params)
    for name, value in params.items():
        if type(value) is str:
            if not value.isascii() or "\0" in value:
                found[name] = stored(value)
        elif type(value) is not int and value is not None:
            found[name] = stored(value)
    return found


class Failure(Enum):
    """What an error of the database means for the transaction."""

    WORK = "one statement was refused; the rest may go on"
    AGAIN = "nothing was committed, and trying again may help"
    REFUSED = "nothing was committed, and trying again at once does not help"
    UNKNOWN = "COMMIT was not confirmed; it may be there all the same"


class Connection(Protocol):
    """One connection, used by one thread at a time. `driver` is the driver's own."""

    tx: Tx
    driver: Any

    def begin(self, persons: Sequence[str], *, together: bool = True) -> None:
        """Open a transaction and wait until no other process works for these people.

        `together` lets statements go out before the earlier ones are answered; `flush` then ends that.
        """
        ...

    def command(self, sql: str) -> None:
        """Run COMMIT or a setting."""
        ...

    def flush(self) -> None:
        """Wait until every statement has been carried out."""
        return

    def rollback(self) -> None:
        """Take the transaction back, whatever state it is in."""
        ...

    def rows(self, statement: Statement, params: Params) -> Iterator[Row]:
        """Walk a large result in bounded memory, outside `begin`."""
        ...

    def close(self) -> None:
        """Close, without an error when the connection is broken."""
        ...


class Engine(Protocol):
    """One database: its `name` for an operator, how many connections may write at once, its driver's errors."""

    name: str
    writers: int
    errors: tuple[type[Exception], ...]

    def take(self) -> None:
        """Take the writer's place, and make or check the file. Raises OperatorError."""
        return

    def give_back(self) -> None:
        """Leave the writer's place, once all connections are closed."""
        return

    def connect(self, *, read_only: bool) -> Connection:
        """Open a connection for the calling thread. Raises OperatorError, or one of `errors`."""
        ...

    def open_read_only(self) -> Connection:
        """Open the database only to read, beside the process that writes it. Raises OperatorError."""
        ...

    def check(self) -> bool:
        """Tell whether the database is there; changes nothing. Raises OperatorError when the bot cannot use it."""
        ...

    def verdict(self, error: Exception, *, committing: bool) -> Failure:
        """Tell what one of `errors` means; `committing` when COMMIT raised it."""
        ...
