"""Disks that fail: real limits on this process, and an engine whose COMMIT does not say what became of it."""

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.storage.sqlite import SqliteConnection, SqliteEngine


@contextmanager
def a_disk_that_takes_nothing() -> Iterator[None]:
    """Let every write past the first byte of a file fail in this process (EFBIG), as a broken disk's would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class DoubtfulConnection(SqliteConnection):
    """A connection of which `outcome` decides how each COMMIT ends."""

    def __init__(self, path: Path, outcome: Callable[[], str]) -> None:
        super().__init__(path, read_only=False)
        self._outcome = outcome

    def command(self, sql: str) -> None:
        outcome = self._outcome() if sql == "COMMIT" else "stored"
        if outcome == "lost":
            self.rollback()
        else:
            super().command(sql)
        if outcome != "stored":
            raise sqlite3.OperationalError("disk I/O error")


class DoubtfulEngine(SqliteEngine):
    """A file whose next COMMITs end as `outcomes` says: `stored`, `lost`, or `there` (refused, and yet stored)."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path_of_file = path
        self.outcomes: list[str] = []

    def connect(self, *, read_only: bool) -> SqliteConnection:
        if read_only:
            return super().connect(read_only=True)
        return DoubtfulConnection(self._path_of_file, self._next)

    def _next(self) -> str:
        return self.outcomes.pop(0) if self.outcomes else "stored"
