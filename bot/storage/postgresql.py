"""PostgreSQL: several writing connections, and a lock on each person whose messages are worked on."""

import logging
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, select

from bot.errors import ConfigError, OperatorError
from bot.storage.engine import Connection, Cursor, Engine, Failure, Params, Row, Tx
from bot.storage.statements import Statement

if TYPE_CHECKING:
    import psycopg

logger = logging.getLogger(__name__)

_WRITERS = 4
_NAMESPACE = 0x70756E63  # keeps our advisory locks apart from other programs' in the same database
_SETTINGS: dict[str, str | int] = {
    "application_name": "clock-in-bot",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "target_session_attrs": "read-write",  # of several hosts the one that is no standby
}
# The server's own look whether we are there: without it a machine of ours that vanished keeps its locks for hours.
_TIMEOUTS = (
    "-c lock_timeout=20s -c statement_timeout=30s -c idle_in_transaction_session_timeout=10s"
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=15s"
)
# Set in each session, whatever the server, the database, the role or `store.url` says. A commit is acknowledged
# once it is on the disk; and what a transaction reads is newer than the lock on the person that it waited for.
_PINNED = "SET synchronous_commit = on; SET default_transaction_isolation = 'read committed'"
# What the server alone decides: without these a crash of its machine loses commits or leaves damaged pages.
_SAFE = ("fsync", "full_page_writes")
# SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_OWN = ("22", "23", "42")  # data exception, broken constraint, wrong statement
_AGAIN = ("08", "25P03", "25P04", "40", "53300", "55P03", "57014", "57P01", "57P02", "57P03")
_UNKNOWN = ("08", "25P", "40003", "57")  # of those, what leaves open whether a COMMIT happened


@dataclass(frozen=True, slots=True)
class Silence:
    """How long a transaction of ours may take, once it has its locks, before the server ends it.

    Within a pipeline the server takes us for active however long we are silent. So from PostgreSQL 17 on, which
    can, it bounds the whole transaction; before, statements go out one by one.
    """

    bounded_since: int = 170_000  # the version of the server, as it tells it
    lasts: str = "10s"  # where others may wait for our people
    lasts_alone: str = "30s"  # such as the storing of a directory of 100,000


class PostgresqlConnection(Connection):
    """A connection to the server."""

    def __init__(
        self, connection: "psycopg.Connection", errors: tuple[type[Exception], ...], silence: Silence
    ) -> None:
        self._connection = self.driver = connection
        self._errors = errors
        self._pipeline = ExitStack()
        self._silence = silence
        self._bounded = connection.info.server_version >= silence.bounded_since
        self.tx = Tx(cast(Callable[[], Cursor], connection.cursor), "postgresql")

    def begin(self, persons: Sequence[str], *, together: bool) -> None:
        """Open a transaction and lock the people, always in the same order, so that no two wait for each other.

        If this process then falls silent, the server ends it: others wait for the people, or for rows.
        """
        keys = sorted({_lock_key(person) for person in persons})
        locks = "".join(f"; SELECT pg_advisory_xact_lock({key})" for key in keys)
        if not (together and self._bounded):
            self.command(f"BEGIN{locks}")
        else:
            lasts = self._silence.lasts if keys else self._silence.lasts_alone
            self.command(f"BEGIN{locks}; SET LOCAL transaction_timeout = '{lasts}'")
            self._pipeline.enter_context(self._connection.pipeline())

    def unbind(self) -> None:
        """Let transactions be silent for ever: nobody waits for one that only reads, as for an export."""
        self.command("SET idle_in_transaction_session_timeout = 0")
        if self._bounded:
            self.command("SET transaction_timeout = 0")

    def flush(self) -> None:
        self._pipeline.close()

    def command(self, sql: str) -> None:
        self._connection.execute(sql.encode(), prepare=False)

    def rollback(self) -> None:
        with suppress(*self._errors):
            self._pipeline.close()
        self.command("ROLLBACK")

    def rows(self, statement: Statement, params: Params) -> Iterator[Row]:
        text, constants = statement["postgresql"]
        with self._connection.transaction(), self._connection.cursor(name="rows") as cursor:
            cursor.itersize = 1000
            cursor.execute(text.encode(), {**constants, **params})
            yield from cursor

    def close(self) -> None:
        with suppress(*self._errors):
            self._connection.close()
            self._pipeline.close()


class PostgresqlEngine(Engine):
    """The database on a server."""

    writers = _WRITERS

    def __init__(self, url: str, *, silence: Silence | None = None) -> None:
        """Raises OperatorError when the driver is not installed, ConfigError when `url` cannot be read."""
        try:
            import psycopg
            from psycopg import conninfo
            from psycopg.types.numeric import Int8Dumper
        except ImportError as error:
            raise OperatorError(
                "store.url names PostgreSQL, whose driver is missing: pip install 'clock-in-bot[postgres]'"
            ) from error
        self._psycopg = psycopg
        self._whole = Int8Dumper
        self._silence = silence or Silence()
        self.errors: tuple[type[Exception], ...] = (psycopg.Error,)
        try:
            asked = conninfo.conninfo_to_dict(url)
        except (psycopg.Error, UnicodeError):  # its text may show the password
            raise ConfigError("store.url is no address of PostgreSQL: postgresql://user@host/database") from None
        self.name = f"{asked.get('dbname', 'the database')} on {asked.get('host', 'this machine')}"
        asked["options"] = f"{_TIMEOUTS} {asked.get('options', '')}"  # of two the last one holds
        self._address = conninfo.make_conninfo("", **{**_SETTINGS, **asked, "client_encoding": "utf8"})
        self._anywhere = conninfo.make_conninfo(self._address, target_session_attrs="any")

    def take(self) -> None:
        with closing(self.open_read_only()) as connection:
            self._refuse_encoding(connection)
            if risk := self.risk(connection):
                logger.warning(risk)

    def connect(self, *, read_only: bool) -> PostgresqlConnection:
        return self._opened(self._address, read_only=read_only)

    def _opened(self, address: str, *, read_only: bool, patient: bool = False) -> PostgresqlConnection:
        opened = self._psycopg.connect(address, autocommit=True)
        opened.adapters.register_dumper(int, self._whole)  # one type for every number: one plan for each statement
        connection = PostgresqlConnection(opened, self.errors, self._silence)
        try:
            connection.command(f"{_PINNED}; SET default_transaction_read_only = on" if read_only else _PINNED)
            if patient:
                connection.unbind()
        except self.errors:
            connection.close()
            raise
        return connection

    def look(self) -> bool:
        with closing(self.open_read_only()) as connection:
            self._refuse_encoding(connection)
        return True

    def _refuse_encoding(self, connection: Connection) -> None:
        """Raise OperatorError for a database that cannot hold every name."""
        encoding = _setting(connection, "server_encoding")
        if encoding != "UTF8":
            raise OperatorError(
                f"{self.name} has the encoding {encoding}, which lacks some people's names: create it with "
                "ENCODING 'UTF8'."
            )

    def open_read_only(self) -> PostgresqlConnection:
        try:
            return self._opened(self._anywhere, read_only=True, patient=True)
        except self._psycopg.Error as error:
            why = " ".join(str(error).split())
            raise OperatorError(
                f"PostgreSQL cannot be used: {why} See that the server runs and lets us in, or mend store.url."
            ) from error

    def risk(self, connection: Connection) -> str | None:
        wrong = " and ".join(name for name in _SAFE if _setting(connection, name) != "on")
        if not wrong:
            return None
        return (
            f"{self.name}: its server runs with {wrong} off, so that a crash of the machine may lose acknowledged "
            f"punches or damage the database. Switch {wrong} on."
        )

    def verdict(self, error: Exception, *, committing: bool) -> Failure:
        """Tell what an error means, by the server's code; without one the connection is gone.

        A COMMIT that the server refused with a code did not happen; one whose answer is lost may have.
        """
        code = getattr(error, "sqlstate", None)
        if code is None:
            lost = isinstance(error, self._psycopg.OperationalError)
            again = Failure.REFUSED if committing else Failure.AGAIN
            return again if lost else Failure.WORK
        if code.startswith(_AGAIN) and not (committing and code.startswith(_UNKNOWN)):
            return Failure.AGAIN
        return Failure.WORK if code.startswith(_OWN) and not committing else Failure.REFUSED

    def how_to_restore(self, found: str) -> str:
        return f"{self.name} is damaged ({found}): restore a backup."


def _setting(connection: Connection, name: str) -> object:
    row = connection.tx.one(Statement(select(func.current_setting(name))))
    assert row is not None, "a selection of values has one row"
    return row[0]


def _lock_key(person: str) -> int:
    return _NAMESPACE << 32 | zlib.crc32(person.encode(errors="replace"))
