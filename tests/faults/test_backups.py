"""A backup made while the bot writes, a log left by a crash, and a process killed at any write."""

import asyncio
import json
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.services.ports import InboxResult
from tests.faults.a_store import a_message, an_open_store, punched
from tests.faults.test_disk_calls import KEEPER, needs_ptrace, under_strace
from tests.properties.crashing_store import CrashingStore


def online_backup(source: Path, target: Path) -> None:
    """Copy a database in one step of SQLite's online backup."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def vacuum_into(source: Path, target: Path) -> None:
    """Copy a database as the documented command does."""
    with closing(sqlite3.connect(source)) as live:
        live.execute("VACUUM INTO ?", [str(target)])


@pytest.mark.parametrize("back_up", [online_backup, vacuum_into])
async def test_a_backup_made_while_the_bot_writes_is_whole_and_can_be_started_from(
    tmp_path: Path, back_up: Callable[[Path, Path], None]
) -> None:
    live, copy = tmp_path / "clock-in.db", tmp_path / "copy.db"
    async with an_open_store(live) as store:
        for number in range(50):
            await punched(store, a_message(f"before{number}", f"u{number}"))
        backing_up = asyncio.create_task(asyncio.to_thread(back_up, live, copy))
        written = 0
        while not written or not backing_up.done():
            assert await store.inbox.accept(a_message(f"during{written}", "u1")) is InboxResult.NEW
            written += 1
        await backing_up
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM punches").fetchone()[0] == 50
    async with an_open_store(copy) as restored:
        assert await restored.inbox.accept(a_message("after", "somebody else")) is InboxResult.NEW


def test_a_log_that_a_crash_left_beside_the_file_is_taken_in() -> None:
    base = CrashingStore()
    try:
        base.run(base.store.inbox.accept(a_message("m1")))
        base.crash()
        assert base.run(base.store.inbox.accept(a_message("m1"))) is InboxResult.REPEAT
        assert [one.message_id for one in base.run(base.store.inbox.take_over(10))] == ["m1"]
    finally:
        base.end()


@pytest.mark.parametrize("at", range(12, 180, 14))
class TestKilledAtAWrite:
    pytestmark = needs_ptrace

    async def test_killed_at_any_write_the_next_start_finds_what_was_said(self, tmp_path: Path, at: int) -> None:
        with pytest.raises(subprocess.CalledProcessError) as died:
            under_strace(tmp_path / "log", f"pwrite64:signal=KILL:when={at}", KEEPER, tmp_path, "pwrite64", 0)
        said = [json.loads(line) for line in died.value.stdout.splitlines()]
        async with an_open_store(tmp_path / "round0.db"):
            pass  # the migration too may have been killed half-way
        with closing(sqlite3.connect(tmp_path / "round0.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            kept = {row[0] for row in connection.execute("SELECT message_id FROM inbox")}
            punches = {row[0] for row in connection.execute("SELECT message_id FROM punches")}
        for entry in said:
            assert set(entry["accepted"]) <= kept
            assert set(entry["recorded"]) <= punches
