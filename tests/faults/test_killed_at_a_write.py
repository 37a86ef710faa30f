"""A log left by a crash, and a process killed at any write."""

import json
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.a_store import a_message, an_open_store
from tests.faults.test_disk_calls import KEEPER, SENT, needs_ptrace, under_strace
from tests.properties.crashing_store import CrashingStore


def test_a_log_that_a_crash_left_beside_the_file_is_taken_in() -> None:
    base = CrashingStore()
    try:
        base.run(base.store.inbox.accept(a_message("m1")))
        base.crash()
        assert base.run(base.store.inbox.accept(a_message("m1"))) is False
        assert [one.message_id for one in base.run(base.store.inbox.take_over(10))] == ["m1"]
    finally:
        base.end()


class TestKilledAtAWrite:
    pytestmark = needs_ptrace

    async def test_killed_at_any_write_the_next_start_finds_what_was_said(self, tmp_path: Path) -> None:
        last = writes_made(await with_a_database(a_folder(tmp_path / "whole")))
        for at in range(last // 2, last + 1, last // 16):
            folder = await with_a_database(a_folder(tmp_path / f"killed{at}"))
            said = killed_at(at, folder)
            assert any(entry["recorded"] for entry in said), "it died before there was anything to lose"
            await see_that_it_holds(folder / "round0.db", said)


def a_folder(folder: Path) -> Path:
    """Return a new folder."""
    folder.mkdir()
    return folder


async def with_a_database(folder: Path) -> Path:
    """Return the folder, now with a database that has its schema."""
    async with an_open_store(folder / "round0.db"):
        return folder


def writes_made(folder: Path) -> int:
    """Return how many writes the busiest thread makes that keeps messages in the folder's `round0.db`."""
    under_strace(folder / "log", "pwrite64:signal=KILL:when=65535", KEEPER, folder, "pwrite64", 0)
    threads = Counter(line.split()[0] for line in (folder / "log").read_text().splitlines())
    return max(threads.values())


def killed_at(write: int, folder: Path) -> list[dict[str, Any]]:
    """Keep messages in the folder's `round0.db` until killed at that write of a thread; return what was said."""
    with pytest.raises(subprocess.CalledProcessError) as died:
        under_strace(folder / "log", f"pwrite64:signal=KILL:when={write}", KEEPER, folder, "pwrite64", 0)
    return [json.loads(line) for line in died.value.stdout.splitlines()]


async def see_that_it_holds(file: Path, said: list[dict[str, Any]]) -> None:
    """Start once more, and find a sound file with all that was said."""
    async with an_open_store(file):
        pass  # the migration too may have been killed half-way
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = {row[0] for row in connection.execute("SELECT message_id FROM inbox")}
        punches = {row[0] for row in connection.execute("SELECT message_id FROM punches")}
        sent = {row[0] for row in connection.execute(SENT)}
    for entry in said:
        assert set(entry["accepted"]) <= kept
        assert set(entry["recorded"]) <= punches
        assert set(entry["sent"]) <= sent
