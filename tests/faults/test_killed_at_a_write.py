"""A log left by a crash, and a process killed at any write."""

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.storage.inbox import InboxResult
from tests.faults.a_store import a_message, an_open_store
from tests.faults.test_disk_calls import KEEPER, SENT, needs_ptrace, under_strace
from tests.properties.crashing_store import CrashingStore


def test_a_log_that_a_crash_left_beside_the_file_is_taken_in() -> None:
    base = CrashingStore()
    try:
        base.run(base.store.inbox.accept(a_message("m1")))
        base.crash()
        assert base.run(base.store.inbox.accept(a_message("m1"))) is InboxResult.REPEAT
        assert [one.message_id for one in base.run(base.store.inbox.take_over(10))] == ["m1"]
    finally:
        base.end()


class TestKilledAtAWrite:
    pytestmark = needs_ptrace

    @pytest.mark.parametrize("at", range(70, 145, 9))  # of some 150 writes; the first message takes about 60
    async def test_killed_at_any_write_the_next_start_finds_what_was_said(self, tmp_path: Path, at: int) -> None:
        async with an_open_store(tmp_path / "round0.db"):
            pass  # so that it is not the making of the file that is killed
        said = killed_at(at, tmp_path)
        assert any(entry["recorded"] for entry in said), "it died before there was anything to lose"
        await see_that_it_holds(tmp_path / "round0.db", said)

    @pytest.mark.parametrize("at", range(10, 260, 40))  # of some 300 writes
    async def test_killed_while_the_file_is_made_the_next_start_makes_it(self, tmp_path: Path, at: int) -> None:
        assert killed_at(at, tmp_path) == []
        await see_that_it_holds(tmp_path / "round0.db", [])


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
