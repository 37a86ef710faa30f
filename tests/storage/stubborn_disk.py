"""A file whose COMMITs fail, hang or do not say what became of them."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from threading import Event

from bot.storage.sqlite import SqliteConnection, SqliteEngine
from bot.storage.store import Store
from tests.storage.stage import SqliteStage


class StubbornConnection(SqliteConnection):
    """A connection whose COMMIT can be made to fail, before or after it has happened, or to hang until `go`."""

    disk: "StubbornDisk"

    def command(self, sql: str) -> None:
        fault = self.disk.fault() if sql == "COMMIT" else ""
        if fault == "hangs":
            self.disk.hanging.set()
            self.disk.go.wait(10)
        if fault == "before":
            self.rollback()
        else:
            super().command(sql)
        if fault in ("before", "after"):
            raise sqlite3.OperationalError("disk I/O error")


class StubbornDisk(SqliteEngine):
    """A file on a disk that refuses the next commits, as told by `faults`."""

    def __init__(self, stage: SqliteStage) -> None:
        super().__init__(stage.file)
        self.faults: list[str] = []
        self.writers_opened = 0
        self.readers_opened = 0
        self.commits = 0
        self.hanging, self.go = Event(), Event()

    def fault(self) -> str:
        """Count a commit and return what befalls it."""
        self.commits += 1
        return self.faults.pop(0) if self.faults else ""

    def connect(self, *, read_only: bool) -> SqliteConnection:
        if read_only:
            self.readers_opened += 1
            return super().connect(read_only=True)
        self.writers_opened += 1
        connection = StubbornConnection(self._path, read_only=False)
        connection.disk = self
        return connection


Stubborn = tuple[Store, StubbornDisk]


async def stubborn_store(stage: SqliteStage) -> Stubborn:
    """Open a store on such a file."""
    disk = StubbornDisk(stage)
    store = Store(disk, clock=stage.clock, owner="one", random=Random(1))
    stage.adopt(store)
    await store.open()
    return store, disk


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes; the system then refuses as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
