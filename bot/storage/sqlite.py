"""SQLite: one process a file, with one writing connection and read-only connections beside it."""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from bot.errors import OperatorError
from bot.storage.engine import Connection, Engine, Failure, Params, Row, Tx
from bot.storage.statements import in_dialect

BUSY_S = 5.0  # the longest wait for another program that locks the file
_CHECKED_BYTES = 512 * 1024 * 1024  # quick_check reads the whole file: about a second
_NOT_WRITTEN = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
_OF_WORK = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
)
_WRITING = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA journal_size_limit=33554432",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA secure_delete=ON",  # so that the file keeps nothing of a deleted row
)
_READING = ("PRAGMA query_only=ON", "PRAGMA cache_size=-8000")


class SqliteConnection(Connection):
    """A connection to the file: the writing one, which also checkpoints, or a read-only one."""

    def __init__(self, path: Path, *, read_only: bool, inode: int | None = None) -> None:
        """`inode` identifies the locked file. The bot never writes to another file at `path`."""
        self._path = path
        self._inode = inode
        self._require_file()  # first, because SQLite would apply the old log to a new file
        self.driver = _connect(path, "ro" if read_only else "rw")
        try:
            for pragma in _READING if read_only else _WRITING:
                self.driver.execute(pragma)
        except sqlite3.Error:  # this is no database, or nobody may read it
            self.close()
            raise
        self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        self.tx = Tx(self.driver, "sqlite")

    def begin(self, persons: Sequence[str], *, pipelined: bool = True) -> None:
        self._require_file()
        self.driver.execute(self._begin)

    def command(self, sql: str) -> None:
        self.driver.execute(sql)

    def rollback(self) -> None:
        if self.driver.in_transaction:
            self.driver.execute("ROLLBACK")

    def rows(self, statement: str, params: Params) -> Iterator[Row]:
        return self.driver.execute(in_dialect(statement, "sqlite"), params)

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self.driver.close()

    def _require_file(self) -> None:
        if self._inode is not None and (
            not self._path.exists() or self._path.stat().st_ino != self._inode
        ):
            raise sqlite3.OperationalError(
                f"{self._path} was moved, removed or replaced under the bot. Nothing is "
                f"recorded any more. Put "
                f"it back as it was, with {self._path.name}-wal, or stop the bot, restore a backup and start it."
            )


class SqliteEngine(Engine):
    """The database in one file."""

    writers = 1
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._lock: int | None = None  # the descriptor of `<file>.lock`; the lock file stays
        self.name = str(self._path)
        self._inode: int | None = None

    def take(self) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take_lock()
            self._path.touch(mode=0o600)
            self._require_sound_file()
            with closing(_connect(self._path, "rw")) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            self._inode = self._path.stat().st_ino
        except (OSError, sqlite3.Error, OperatorError) as error:
            self.give_back()
            raise error if isinstance(error, OperatorError) else self._not_opened(error) from error

    def give_back(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> None:
        """Lock the file.

        Raises OperatorError when another process has it or the disk supports no locks.
        """
        lock = os.open(
            self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(lock, 20, 0).decode(errors="replace").strip()
            os.close(lock)
            if error.errno != errno.EWOULDBLOCK:
                raise OperatorError(
                    f"{self._path} cannot be locked: put the database on a local disk."
                ) from error
            raise OperatorError(
                f"{self._path} is in use by process {holder}; one process writes it. Stop "
                f"that one first."
            ) from error
        self._lock = lock
        with suppress(OSError):  # a full disk
            os.ftruncate(lock, os.pwrite(lock, f"{os.getpid()}\n".encode(), 0))

    def connect(self, *, read_only: bool) -> SqliteConnection:
        return SqliteConnection(self._path, read_only=read_only, inode=self._inode)

    def open_read_only(self) -> SqliteConnection:
        try:
            if self._path.is_file():
                return SqliteConnection(self._path, read_only=True)
        except (OSError, sqlite3.Error) as error:
            raise self._not_opened(error) from error
        raise OperatorError(
            f"There is no database {self._path}: start the bot once, or correct store.url."
        )

    def check(self) -> bool:
        """Return whether the file exists, without a change.

        Raises OperatorError if the bot cannot use it.
        """
        place = next(
            place for place in (self._path, *self._path.parents) if os.access(place, os.F_OK)
        )
        if not os.access(place, os.R_OK | os.W_OK):
            raise self._not_opened(PermissionError(f"{place} may not be read or written"))
        if place == self._path:
            self._require_sound_file()
        return place == self._path

    def verdict(self, error: Exception, *, committing: bool) -> Failure:
        if committing and getattr(error, "sqlite_errorcode", 0) not in _NOT_WRITTEN:
            return Failure.UNKNOWN
        return Failure.WORK if isinstance(error, _OF_WORK) and not committing else Failure.REFUSED

    def _require_sound_file(self) -> None:
        """Check the whole file, unless this would delay the start. Raises OperatorError."""
        if self._path.stat().st_size > _CHECKED_BYTES:
            return
        try:
            with closing(_connect(self._path, "ro")) as connection:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if found != "ok":
                    raise sqlite3.DatabaseError(found)
        except sqlite3.Error as error:
            raise self._not_opened(error) from error

    def _not_opened(self, error: Exception) -> OperatorError:
        if isinstance(error, OSError | sqlite3.OperationalError):
            return OperatorError(
                f"{self._path} cannot be opened by user {os.geteuid()}: {error}. Correct "
                f"store.url, or the "
                "rights of the file and its folder."
            )
        return OperatorError(
            f"{self._path} is damaged or no database ({error}). Nothing was changed. Stop "
            f"every process that "
            f"uses it, move it aside with {self._path.name}-wal and {self._path.name}-shm, "
            f"put the latest "
            "backup in its place and start again. `sqlite3` with `.recover` may still read what you moved."
        )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file.

    After a COMMIT in doubt the writing thread closes the connection of the reading thread.
    """
    uri = f"{path.as_uri()}?mode={mode}"
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, timeout=BUSY_S, check_same_thread=False
    )
