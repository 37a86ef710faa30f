"""Every system call by which SQLite reaches the disk fails in turn, once and for good, and what is then there."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.a_store import an_open_store

ROOT = Path(__file__).parent.parent.parent
KEEPER = Path(__file__).with_name("keeper.py")
ROUNDS = {"pwrite64": 190, "fdatasync": 20, "ftruncate": 5}
AT = 1000  # beyond what a new database takes to be made, and the rounds that each begin one call earlier


def may_trace() -> bool:
    """Tell whether strace is there and may follow a process."""
    strace = shutil.which("strace")
    if strace is None:
        return False
    return (
        subprocess.run([strace, "-qq", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0
    )


needs_ptrace = [
    pytest.mark.slow,
    pytest.mark.skipif(not may_trace(), reason="needs strace and the right to trace processes"),
]


def under_strace(log: Path, inject: str, *program: object) -> "subprocess.CompletedProcess[str]":
    """Run a program of these tests with a fault injected into its system calls."""
    call = inject.partition(":")[0]
    quick = [] if "signal=" in inject else ["--seccomp-bpf"]  # which injects errors and delays, but no signals
    strace = ["strace", "-f", *quick, "-qq", "-o", str(log), "-e", f"trace={call}", "-e", f"inject={inject}"]
    return subprocess.run(
        [*strace, sys.executable, *map(str, program)],
        capture_output=True,
        text=True,
        timeout=500,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )


@pytest.mark.parametrize("when", ["once", "for good"])
@pytest.mark.parametrize("call", sorted(ROUNDS))
class TestEachCall:
    pytestmark = needs_ptrace

    def test_whatever_call_fails_nothing_acknowledged_is_lost_and_nothing_is_doubled(
        self, tmp_path: Path, call: str, when: str
    ) -> None:
        log, count = tmp_path / "strace.log", ROUNDS[call]
        fault = f"{call}:error=EIO:when={AT}" + ("+" if when == "for good" else "")
        done = under_strace(log, fault, KEEPER, tmp_path, call, count)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        rounds = list({said["file"]: said for said in lines}.values())  # the last word of each round
        assert len(rounds) == count
        failed = log.read_text().count("INJECTED")
        assert failed > 1  # one of them is the calibration's
        for said in rounds:
            agrees(tmp_path / said["file"], said)
        assert rounds[-1]["refusals"] == 0
        assert call == "ftruncate" or any(said["refusals"] for said in rounds)


class TestKilledAtAWrite:
    pytestmark = needs_ptrace

    async def test_killed_at_any_write_the_next_start_finds_what_was_said(self, tmp_path: Path) -> None:
        folder = await with_a_database(tmp_path / "whole")
        under_strace(folder / "log", "pwrite64:signal=KILL:when=65535", KEEPER, folder, "pwrite64", 0)
        threads = Counter(line.split()[0] for line in (folder / "log").read_text().splitlines())
        last = max(threads.values())  # of the thread that keeps the messages
        for at in range(last // 2, last + 1, last // 16):
            folder = await with_a_database(tmp_path / f"killed{at}")
            with pytest.raises(subprocess.CalledProcessError) as died:
                under_strace(folder / "log", f"pwrite64:signal=KILL:when={at}", KEEPER, folder, "pwrite64", 0)
            said = [json.loads(line) for line in died.value.stdout.splitlines()]
            assert any(entry["recorded"] for entry in said), "it died before there was anything to lose"
            async with an_open_store(folder / "round0.db"):
                pass
            for entry in said:
                agrees(folder / "round0.db", entry)


async def with_a_database(folder: Path) -> Path:
    """Return a new folder with a database that has its schema."""
    async with an_open_store(folder / "round0.db"):
        return folder


def agrees(file: Path, said: dict[str, Any]) -> None:
    """See that the file holds what the store said it holds, each once."""
    with closing(sqlite3.connect(file)) as connection:
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        kept = [row[0] for row in connection.execute("SELECT message_id FROM inbox ORDER BY id")]
        punches = [row[0] for row in connection.execute("SELECT message_id FROM punches")]
        sent = [row[0] for row in connection.execute(SENT)]
    assert sound == "ok"
    assert len(set(kept)) == len(kept)
    assert len(set(punches)) == len(punches)
    assert set(said["accepted"]) <= set(kept)
    assert set(said["recorded"]) <= set(punches) <= set(kept)
    assert set(said["sent"]) <= set(sent)
    assert set(kept).isdisjoint(said["gone"])


SENT = "SELECT message_id FROM punches JOIN outbox ON about = punch_id WHERE kind = 'punch' AND state = 'sent'"
