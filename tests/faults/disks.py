"""Disks that fail: real limits on this process; COMMITs that are refused, hang or stay unknown."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from bot.storage.sqlite import SqliteConnection, SqliteEngine


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes; the system then refuses as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class StubbornConnection(SqliteConnection):
    """A connection with COMMITs that end as its disk says."""

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
    """A file with COMMITs that end by `outcomes`, one after the other.

    `stored`, `lost`, `there` (refused, and yet stored), or `hangs` until `go`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.outcomes: list[str] = []
        self.opened = {True: 0, False: 0}  # connections, by whether they only read
        self.commits = 0
        self.go = Event()

    def outcome(self) -> str:
        """Count a commit and return how it ends."""
        self.commits += 1
        return self.outcomes.pop(0) if self.outcomes else "stored"

    def connect(self, *, read_only: bool) -> SqliteConnection:
        self.opened[read_only] += 1
        if read_only:
            return super().connect(read_only=True)
        connection = StubbornConnection(self._path, read_only=False)
        connection.disk = self
        return connection
