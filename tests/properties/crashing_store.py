"""A store on an SQLite file that can die at any moment and come back under another name."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import Coroutine
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from bot.storage import SqlStore, open_store
from tests.faults.a_store import StillClock

T = TypeVar("T")


class CrashingStore:
    """One company's database; `crash` leaves it as a dead process would, with what was committed and no more."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self._folder = Path(tempfile.mkdtemp(prefix="properties-"))
        self._lives = count(1)
        self._runner = asyncio.Runner()
        self._file = self._folder / "life0.db"
        self.store = self._open()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one step to its end."""
        return self._runner.run(work)

    def crash(self) -> None:
        """Copy what is on the disk, as it is, and go on from the copy."""
        earlier, died = self.store, self._file
        self._file = self._folder / f"life{next(self._lives)}.db"
        for tail in ("", "-wal"):
            source = died.with_name(died.name + tail)
            if source.exists():
                shutil.copy(source, self._file.with_name(self._file.name + tail))
        self.run(earlier.close())
        self.store = self._open()

    def end(self) -> None:
        """Close and remove everything."""
        self.run(self.store.close())
        self._runner.close()
        shutil.rmtree(self._folder)

    def _open(self) -> SqlStore:
        name = self._file.stem
        store = open_store(f"sqlite:///{self._file}", clock=self.clock, owner=name, random=random.Random(name))
        self.run(store.open())
        return store
