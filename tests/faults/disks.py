"""Failing disks: a real limit on file size, and COMMITs that fail, hang or have an unknown outcome."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from bot.storage.sqlite import SqliteConnection, SqliteEngine


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Limit the files of this process to `size` bytes. Larger writes fail as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class StubbornConnection(SqliteConnection):
    """A connection with scripted COMMITs."""

    disk: "StubbornDisk"

    def command(self, sql: str) -> None:
        outcome = self.disk.outcome() if sql == "COMMIT" else "stored"
        if outcome == "hangs":
            self.disk.go.wait(10)
        if outcome == "lost":
            self.rollback()
        else:
            super().command(sql)
        if outcome in ("lost", "there"):
            raise sqlite3.OperationalError("disk I/O error")


class StubbornDisk(SqliteEngine):
    """A database file with scripted COMMITs.

    Each of `outcomes` is `stored`, `lost`, `there` (refused, but stored) or `hangs` (until `go`).
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.outcomes: list[str] = []
        self.opened = {True: 0, False: 0}  # connections, by read-only
        self.commits = 0
        self.go = Event()

    def outcome(self) -> str:
        """Count a commit and return its outcome."""
        self.commits += 1
        return self.outcomes.pop(0) if self.outcomes else "stored"

    def connect(self, *, read_only: bool) -> SqliteConnection:
        self.opened[read_only] += 1
        if read_only:
            return super().connect(read_only=True)
        connection = StubbornConnection(self._path, read_only=False)
        connection.disk = self
        return connection
