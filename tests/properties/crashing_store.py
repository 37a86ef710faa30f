"""A store on an SQLite file that can crash, refuse a COMMIT, and come back under another name."""

import asyncio
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st

from bot.errors import StoreRefused
from bot.storage import Store
from tests.faults.a_store import StillClock
from tests.faults.disks import StubbornDisk

T = TypeVar("T")
REFUSALS = st.lists(st.sampled_from(["lost", "there"]), min_size=1, max_size=3)


class CrashingStore:
    """A database. `crash` keeps only committed data, as after the death of the process."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self._folder = Path(tempfile.mkdtemp(prefix="properties-"))
        self._lives = count(1)
        self._runner = asyncio.Runner()
        self._file = self._folder / "life0.db"
        self.store = self._open()

    @property
    def renamed(self) -> bool:
        """Return whether the process took another name since its start, unsure of its claims."""
        return self.store.database.owner != self._file.stem

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one step to its end. Raises StoreRefused after a refused COMMIT."""
        return self._runner.run(work)

    def run_until_written(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Repeat one step until its COMMIT succeeds, as the services do."""
        while True:
            try:
                return self.run(work())
            except StoreRefused:
                continue

    def refuse(self, outcomes: Sequence[str]) -> None:
        """Refuse the next COMMITs. Each is `lost`, or `there` (stored all the same)."""
        self._engine.outcomes = list(outcomes)

    @contextmanager
    def sound(self) -> Iterator[None]:
        refusals, self._engine.outcomes = self._engine.outcomes, []
        yield
        self._engine.outcomes = refusals

    def keeps(self, message_id: str) -> bool:
        """Return whether the file holds the message, read without the store."""
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)) as file:
            found = file.execute(
                "SELECT 1 FROM inbox WHERE message_id = ?", (message_id,)
            ).fetchone()
        return found is not None

    def crash(self) -> None:
        """Copy the files as they are and go on with the copy."""
        earlier, died = self.store, self._file
        self._file = self._folder / f"life{next(self._lives)}.db"
        for tail in ("", "-wal"):
            source = died.with_name(died.name + tail)
            if source.exists():
                shutil.copy(source, self._file.with_name(self._file.name + tail))
        self.run(earlier.close())
        self.store = self._open()

    def end(self) -> None:
        self.run(self.store.close())
        self._runner.close()
        shutil.rmtree(self._folder)

    def _open(self) -> Store:
        name = self._file.stem
        self._engine = StubbornDisk(self._file)
        store = Store(self._engine, clock=self.clock, owner=name, random=random.Random(name))
        self.run(store.open())
        return store
