"""The machine's own clocks."""

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clock import local_date
from tests.storage.stage import HandClock

ROOT = Path(__file__).parent.parent
SLEPT_S = 100_000
AHEAD = """
import time
from bot.clock import SystemClock
print(round(SystemClock().monotonic() - time.monotonic()))
"""


def as_if_it_had_slept(*program: str) -> "subprocess.CompletedProcess[str]":
    """Run a program on a machine that was asleep for a day, as far as it can tell."""
    asleep = ["unshare", "--time", "--boottime", str(SLEPT_S)]
    return subprocess.run([*asleep, *program], capture_output=True, text=True, check=False, cwd=ROOT, timeout=180)


def may_sleep() -> bool:
    """Tell whether this process may have a time of its own."""
    return shutil.which("unshare") is not None and as_if_it_had_slept("true").returncode == 0


@pytest.mark.skipif(not may_sleep(), reason="needs root on Linux, for a namespace of time")
def test_the_time_for_which_the_machine_slept_counts() -> None:
    """Others may take over meanwhile what this process has claimed."""
    found = as_if_it_had_slept(sys.executable, "-c", AHEAD)
    assert int(found.stdout) == SLEPT_S, found.stderr


def test_the_date_is_that_of_the_zone() -> None:
    clock = HandClock()
    behind, ahead = ZoneInfo("Etc/GMT+12"), ZoneInfo("Etc/GMT-14")
    assert local_date(clock, ahead) - local_date(clock, behind) == timedelta(days=1)
