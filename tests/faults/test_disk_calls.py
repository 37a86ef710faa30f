"""Each system call of SQLite to the disk fails in turn, once and for good."""

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
from tests.waiting import LONGEST_S

ROOT = Path(__file__).parent.parent.parent
KEEPER = Path(__file__).with_name("keeper.py")
ROUNDS = {"pwrite64": 190, "fdatasync": 20, "ftruncate": 5}
AT = 1000  # more calls than a new database and all rounds need


def may_trace() -> bool:
    """Return whether strace exists and may trace a process."""
    strace = shutil.which("strace")
    if strace is None:
        return False
    return (
        subprocess.run(
            [strace, "-qq", "-o", os.devnull, "true"], capture_output=True, check=False
        ).returncode
        == 0
    )


needs_ptrace = [
    pytest.mark.slow,
    pytest.mark.skipif(not may_trace(), reason="needs strace and the right to trace processes"),
]


def under_strace(log: Path, inject: str, *program: object) -> "subprocess.CompletedProcess[str]":
    """Run a Python program with a fault in its system calls."""
    call = inject.partition(":")[0]
    # which injects errors and delays, but no signals
    quick = [] if "signal=" in inject else ["--seccomp-bpf"]
    strace = [
        "strace",
        "-f",
        *quick,
        "-qq",
        "-o",
        str(log),
        "-e",
        f"trace={call}",
        "-e",
        f"inject={inject}",
    ]
    return subprocess.run(
        [*strace, sys.executable, *map(str, program)],
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )


@pytest.mark.parametrize("when", ["once", "for good"])
@pytest.mark.parametrize("call", sorted(ROUNDS))
class TestEachCall:
    pytestmark = needs_ptrace

    def test_a_failing_disk_call_loses_or_doubles_nothing_acknowledged(
        self, tmp_path: Path, call: str, when: str
    ) -> None:
        log, count = tmp_path / "strace.log", ROUNDS[call]
        fault = f"{call}:error=EIO:when={AT}" + ("+" if when == "for good" else "")
        done = under_strace(log, fault, KEEPER, tmp_path, call, count)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        # the last line of each round
        rounds = list({said["file"]: said for said in lines}.values())
        assert len(rounds) == count
        failed = log.read_text().count("INJECTED")
        assert failed > 1  # the first one is the calibration's
        for said in rounds:
            agrees(tmp_path / said["file"], said)
        assert rounds[-1]["refusals"] == 0
        assert call == "ftruncate" or any(said["refusals"] for said in rounds)


class TestKilledAtAWrite:
    pytestmark = needs_ptrace

    async def test_a_kill_at_a_disk_write_keeps_acknowledged_data(self, tmp_path: Path) -> None:
        folder = await with_a_database(tmp_path / "whole")
        under_strace(
            folder / "log", "pwrite64:signal=KILL:when=65535", KEEPER, folder, "pwrite64", 0
        )
        threads = Counter(line.split()[0] for line in (folder / "log").read_text().splitlines())
        last = max(threads.values())  # the writing thread's
        for at in range(last // 2, last + 1, last // 16):
            folder = await with_a_database(tmp_path / f"killed{at}")
            with pytest.raises(subprocess.CalledProcessError) as died:
                under_strace(
                    folder / "log", f"pwrite64:signal=KILL:when={at}", KEEPER, folder, "pwrite64", 0
                )
            said = [json.loads(line) for line in died.value.stdout.splitlines()]
            assert any(entry["recorded"] for entry in said), (
                "it died before there was anything to lose"
            )
            async with an_open_store(folder / "round0.db"):
                pass
            for entry in said:
                agrees(folder / "round0.db", entry)


async def with_a_database(folder: Path) -> Path:
    """Return a new folder with an empty database."""
    async with an_open_store(folder / "round0.db"):
        return folder


def agrees(file: Path, said: dict[str, Any]) -> None:
    """Assert that the file holds each acknowledged message and punch once."""
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


SENT = (
    "SELECT message_id FROM punches JOIN outbox ON about = punch_id WHERE kind = 'punch' AND "
    "state = 'sent'"
)
