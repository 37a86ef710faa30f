"""SQLite: one writing connection that also checkpoints, read-only ones beside it, one process a file."""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import cast

from bot.errors import ConfigError, OperatorError
from bot.storage.engine import Connection, Cursor, Engine, Failure, Params, Row, Tx
from bot.storage.file_lock import FileLock, refuse_network_disk, refuse_second_name, same_file
from bot.storage.statements import Statement

logger = logging.getLogger(__name__)

_OLDEST = (3, 35, 0)  # the first with RETURNING
_CHECKED_BYTES = 512 * 1024 * 1024  # quick_check reads the whole file: about a second
BUSY_S = 5.0  # how long another program may hold the file before it counts as refused
_GLANCE = "SELECT 'ok' FROM (SELECT count(*) FROM sqlite_master)"
_NOT_WRITTEN = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_CHECKPOINT_IDLE = 4_000  # rows changed since the last checkpoint, when nothing waits
_CHECKPOINT_BUSY = 20_000  # and while work waits
_PRAGMAS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA journal_size_limit=33554432",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA secure_delete=ON",  # what retention removes is gone from the file, however SQLite was compiled
)
_READING = ("PRAGMA query_only=ON", "PRAGMA cache_size=-8000")


class SqliteConnection(Connection):
    """A connection to the file: the one that writes and checkpoints, or one that only reads."""

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool,
        lenient: bool = False,
        busy_s: float = BUSY_S,
        see_that_it_is_there: Callable[[], None] = lambda: None,
    ) -> None:
        """`see_that_it_is_there` raises sqlite3.Error when the file is no longer the one that was locked.

        `lenient` shows what is no text, where somebody put it into one, with backslashes. Another program may hold
        the file for `busy_s` seconds.
        """
        self._reads = read_only
        self._see_that_it_is_there = see_that_it_is_there
        self._connection = self.driver = _connect(path, "ro" if read_only else "rw", busy_s)
        if lenient:
            self._connection.text_factory = _readable
        self._cursor = self._connection.cursor()
        for pragma in _READING if read_only else _PRAGMAS:
            self._cursor.execute(pragma)
        self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        self._checkpointed = 0
        self._checkpoint_fails = False
        self.tx = Tx(lambda: cast(Cursor, self._cursor), "sqlite")

    def begin(self, persons: Sequence[str], *, together: bool) -> None:
        self._see_that_it_is_there()
        self._cursor.execute(self._begin)

    def command(self, sql: str) -> None:
        self._cursor.execute(sql)

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._cursor.execute("ROLLBACK")

    def rows(self, statement: Statement, params: Params) -> Iterator[Row]:
        text, constants = statement["sqlite"]
        return self._connection.execute(text, {**constants, **params})

    def rest(self, *, idle: bool) -> None:
        grown = self._connection.total_changes - self._checkpointed
        if self._reads or grown < (_CHECKPOINT_IDLE if idle else _CHECKPOINT_BUSY):
            return
        self._checkpointed = self._connection.total_changes
        try:
            self._cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:
            # Nothing is lost: the log keeps what was committed.
            if not self._checkpoint_fails:
                logger.warning("the write-ahead log cannot be moved into the database yet: %s", error)
            self._checkpoint_fails = True
        else:
            self._checkpoint_fails = False

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()


class SqliteEngine(Engine):
    """The database in one file."""

    writers = 1
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        """Let another program hold the file for `busy_s` seconds. Raises ConfigError for what cannot be a file."""
        self._busy_s = busy_s
        try:
            self._path = path.resolve()
            self._path.exists()
        except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a circle
            raise ConfigError(f"store.url names what cannot be a file here: {error}") from error
        if not self._path.name:
            raise ConfigError(f"store.url names the folder {self._path}: add the name of a file")
        self.name = str(self._path)
        self._lock = FileLock(self._path)
        self._taken: os.stat_result | None = None

    def take(self) -> None:
        if sqlite3.sqlite_version_info < _OLDEST:
            raise OperatorError(f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or newer is needed.")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            refuse_second_name(self._path)
            self._lock.take()
            try:
                self._make_or_check()
                self._lock.sign()
                self._taken = self._path.stat()
            except BaseException:
                self.give_back()
                raise
        except OSError as error:
            raise OperatorError(_not_opened(self._path, str(error.strerror))) from error

    def give_back(self) -> None:
        self._lock.give_back()

    def connect(self, *, read_only: bool) -> SqliteConnection:
        self.see_that_it_is_there()  # first, or the log of the one would be taken for the other's
        if read_only:
            return SqliteConnection(self._path, read_only=True, busy_s=self._busy_s)
        there = self.see_that_it_is_there
        return SqliteConnection(self._path, read_only=False, busy_s=self._busy_s, see_that_it_is_there=there)

    def see_that_it_is_there(self) -> None:
        """Raise sqlite3.OperationalError when somebody removed or replaced the file, or its lock, since `take`."""
        if self._taken is None:
            return
        if not same_file(self._path, self._taken):
            raise sqlite3.OperationalError(
                f"{self._path} was moved, removed or replaced under the bot. Nothing is recorded any more. Put "
                f"it back as it was, with {self._path.name}-wal, or stop the bot, restore a backup and start it."
            )
        if not self._lock.still_there():
            raise sqlite3.OperationalError(
                f"{self._path}.lock was removed under the bot, so that a second one could start beside it. "
                "Nothing is recorded any more. Stop every bot that uses the file, and start one."
            )

    def look(self) -> bool:
        there = self._path.exists()
        nearest = next(place for place in self._path.absolute().parents if place.exists())
        for place in (nearest, self._path) if there else (nearest,):
            if not os.access(place, os.W_OK):
                raise OperatorError(_not_opened(self._path, f"{place} may not be written"))
        self._see_that_it_may_be_read()
        refuse_network_disk(self._path)
        refuse_second_name(self._path)
        if there:
            _check(self._path)
        else:
            self._see_that_it_may_be_made()
        return there

    def open_read_only(self) -> SqliteConnection:
        if self._path.is_dir():
            raise OperatorError(_not_opened(self._path, ""))
        if not self._path.is_file():
            raise OperatorError(f"There is no database {self._path}: start the bot once, or mend store.url.")
        self._see_that_it_may_be_read()
        refuse_second_name(self._path)  # the last punches would be missing, and nobody told
        with _explained(self._path):
            connection = SqliteConnection(self._path, read_only=True, lenient=True, busy_s=self._busy_s)
            connection.command("SELECT count(*) FROM sqlite_master")
            return connection

    def verdict(self, error: Exception, *, committing: bool) -> Failure:
        own = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
            return Failure.DAMAGED
        return Failure.WORK if isinstance(error, own) and not committing else Failure.REFUSED

    def may_be_there(self, error: Exception) -> bool:
        """Tell whether a refused COMMIT may be there: not where it could not even be written whole.

        One that was written and not synced comes to light when the log is read anew.
        """
        return getattr(error, "sqlite_errorcode", None) not in _NOT_WRITTEN

    def how_to_restore(self, found: str) -> str:
        return _damaged(self._path, found, "It was found while the bot ran, which ends now.")

    def _make_or_check(self) -> None:
        """Make a file that is not there, refuse one that is empty, damaged or gone, keep it to its owner."""
        if not self._path.exists():
            self._see_that_it_may_be_made()
            _make(self._path)
        _check(self._path)
        with suppress(PermissionError):  # somebody else's file, which may be written all the same
            self._path.chmod(0o600)
        _use_a_log(self._path)

    def _see_that_it_may_be_read(self) -> None:
        if self._path.exists() and not os.access(self._path, os.R_OK):
            raise OperatorError(_not_opened(self._path, "it may not be read by this user"))

    def _see_that_it_may_be_made(self) -> None:
        if self._lock.was_signed():
            raise OperatorError(_gone(self._path))


def _make(path: Path) -> None:
    """Make an empty database, at once or not at all: one of no length would look like one that lost all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_RDWR | os.O_CREAT, 0o600))
    _use_a_log(new)
    new.rename(path)


def _use_a_log(path: Path) -> None:
    """Switch the file to a write-ahead log. Raises OperatorError."""
    with _explained(path), closing(_connect(path, "rw")) as connection:
        if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
            raise OperatorError(f"{path} is on a disk without shared memory for SQLite; use a local disk.")


def _check(path: Path) -> None:
    """See that the file is sound, through a connection that cannot change it. Raises OperatorError.

    The whole file is read, unless it is so large that a start would take long.
    """
    size = path.stat().st_size
    if not size:
        raise OperatorError(
            f"{path} is empty. A ledger never is: restore a backup, or remove the file to begin a new ledger."
        )
    with _explained(path), closing(_connect(path, "ro")) as connection:
        found = connection.execute("PRAGMA quick_check(1)" if size <= _CHECKED_BYTES else _GLANCE).fetchone()[0]
        if found != "ok":
            raise OperatorError(_damaged(path, found))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file that cannot be used into what an operator can do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OperatorError(_not_opened(path, str(error))) from error
    except sqlite3.DatabaseError as error:
        raise OperatorError(_damaged(path, str(error))) from error


def _connect(path: Path, mode: str, busy_s: float = BUSY_S) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=busy_s, cached_statements=256)


def _readable(text: bytes) -> str:
    try:
        return text.decode()  # as nearly every text can be: twice as fast
    except UnicodeDecodeError:
        return text.decode(errors="backslashreplace")


def _not_opened(path: Path, why: str) -> str:
    why = "it is a folder" if path.is_dir() else why
    return (
        f"{path} cannot be opened by user {os.geteuid()}: {why}. Mend store.url, or the rights of the file and "
        "its folder."
    )


def _gone(path: Path) -> str:
    return (
        f"{path} is gone, though {path.name}.lock beside it tells that there was a ledger. Put it back, or "
        f"restore a backup; to begin a new, empty ledger, remove {path.name}.lock."
    )


def _damaged(path: Path, found: str, since: str = "Nothing was changed.") -> str:
    return (
        f"{path} is damaged or no database ({found}). {since} To restore: stop every process that "
        f"uses it, move {path.name}, {path.name}-wal and {path.name}-shm aside together, put the latest backup in "
        "place of the first, and start again. Keep what you moved: `sqlite3` with `.recover` may still read it."
    )
