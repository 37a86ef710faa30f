"""PostgreSQL: several writing connections, and an advisory lock for each person during a
transaction.
"""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from bot.errors import ConfigError, OperatorError
from bot.storage.engine import Connection, Engine, Failure, Params, Row, Tx
from bot.storage.statements import in_dialect

if TYPE_CHECKING:
    import psycopg

_NAMESPACE = 0x70756E63  # separates our advisory locks from locks of other programs
_SETTINGS: dict[str, str | int] = {
    "application_name": "clock-in-bot",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
# These outweigh the settings of server, database, role and `store.url`. A commit is on the disk
# before it is acknowledged. A transaction reads data newer than its lock on a person. The server
# checks that this machine is still there: else it would keep the locks of a lost machine for hours.
_OPTIONS = (
    "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed"
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c "
    "tcp_user_timeout=15s"
    " -c lock_timeout=20s -c statement_timeout=30s"
)
_UNHURRIED = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"
_UNLOCKED_TRANSACTION_S = 30  # without locks on people, such as storing a directory
# SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_FAULTS_OF_STATEMENT = ("22", "23", "42")  # data exception, broken constraint, wrong statement


class PostgresqlConnection(Connection):
    """A connection to the server."""

    def __init__(self, connection: "psycopg.Connection", engine: "PostgresqlEngine") -> None:
        self.driver = connection
        self._engine = engine
        self._pipeline = ExitStack()
        self.tx = Tx(connection, "postgresql")

    def begin(self, persons: Sequence[str], *, pipelined: bool = True) -> None:
        """Open a transaction and lock the people, always in the same order, so that no deadlock
        arises.
        """
        keys = sorted(
            {_NAMESPACE << 32 | zlib.crc32(person.encode(errors="replace")) for person in persons}
        )
        locks = "".join(f"; SELECT pg_advisory_xact_lock({key})" for key in keys)
        if pipelined and self.driver.info.server_version >= self._engine.transaction_timeout_since:
            limit_s = self._engine.locked_transaction_s if keys else _UNLOCKED_TRANSACTION_S
            self.command(f"BEGIN{locks}; SET LOCAL transaction_timeout = '{limit_s}s'")
            self._pipeline.enter_context(self.driver.pipeline())
        else:
            self.command(f"BEGIN{locks}")

    def command(self, sql: str) -> None:
        self.driver.execute(sql.encode(), prepare=False)

    def flush(self) -> None:
        self._pipeline.close()

    def rollback(self) -> None:
        with suppress(*self._engine.errors):
            self._pipeline.close()
        self.command("ROLLBACK")

    def rows(self, statement: str, params: Params) -> Iterator[Row]:
        with self.driver.transaction(), self.driver.cursor(name="rows") as cursor:
            cursor.itersize = 1000
            cursor.execute(in_dialect(statement, "postgresql").encode(), params)
            yield from cursor

    def close(self) -> None:
        with suppress(*self._engine.errors):
            self.driver.close()
            self._pipeline.close()


class PostgresqlEngine(Engine):
    """The database on a server."""

    writers = 4
    # A transaction that locks people ends after this pause between two statements, from version 17
    # after this time.
    locked_transaction_s = 10
    # The server never counts a session in a pipeline as idle. Since version 17 it can limit the
    # whole transaction. An older server gets the statements one by one.
    transaction_timeout_since = 170_000

    def __init__(self, url: str) -> None:
        """Raises OperatorError without the driver, ConfigError for an unreadable `url`."""
        try:
            import psycopg
            from psycopg import conninfo
        except ImportError as error:
            raise OperatorError(
                "store.url names PostgreSQL, but its driver is missing: pip install "
                "'clock-in-bot[postgres]'"
            ) from error
        self._psycopg = psycopg
        self.errors: tuple[type[Exception], ...] = (psycopg.Error,)
        try:
            asked = conninfo.conninfo_to_dict(url)
            self.name = f"{asked['dbname']} on {asked.get('host', 'this machine')}"
        except (psycopg.Error, UnicodeError, KeyError):  # its text may show the password
            raise ConfigError(
                "store.url is no address of PostgreSQL: postgresql://user@host/database"
            ) from None
        fixed = {"client_encoding": "utf8", "options": f"{asked.get('options', '')} {_OPTIONS}"}
        self._address = conninfo.make_conninfo("", **{**_SETTINGS, **asked, **fixed})

    def connect(self, *, read_only: bool) -> PostgresqlConnection:
        from psycopg.types.numeric import Int8Dumper

        opened = self._psycopg.connect(self._address, autocommit=True)
        # one type of number, so one plan for each statement
        opened.adapters.register_dumper(int, Int8Dumper)
        connection = PostgresqlConnection(opened, self)
        connection.command(
            f"SET idle_in_transaction_session_timeout = '{self.locked_transaction_s}s'"
        )
        connection.command(f"SET default_transaction_read_only = {'on' if read_only else 'off'}")
        return connection

    def open_read_only(self) -> PostgresqlConnection:
        try:
            connection = self.connect(read_only=True)
            connection.command(_UNHURRIED)
        except self._psycopg.Error as error:
            why = " ".join(str(error).split())
            advice = "Check that the server runs, the password (PGPASSWORD) and store.url."
            raise OperatorError(f"PostgreSQL cannot be used ({why}). {advice}") from error
        if (encoding := connection.driver.info.parameter_status("server_encoding")) != "UTF8":
            connection.close()
            raise OperatorError(
                f"The database has the encoding {encoding}. Create one with ENCODING 'UTF8'."
            )
        return connection

    def take(self) -> None:
        self.open_read_only().close()

    def verdict(self, error: Exception, *, committing: bool) -> Failure:
        """Return the meaning of an error by the server's code.

        An OperationalError without a code is a lost connection. Another error without one is a
        fault of the statement.
        """
        if committing:
            return Failure.UNKNOWN
        code = getattr(error, "sqlstate", None)
        if code is None:
            return (
                Failure.AGAIN if isinstance(error, self._psycopg.OperationalError) else Failure.WORK
            )
        return Failure.WORK if code.startswith(_FAULTS_OF_STATEMENT) else Failure.AGAIN
