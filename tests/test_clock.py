"""The machine's own clocks."""

import time
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.clock import SystemClock, local_date
from tests.storage.stage import HandClock


def test_the_time_for_which_the_machine_slept_counts() -> None:
    """Others may take over meanwhile what this process has claimed."""
    slept_too = time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    assert 0 <= SystemClock().monotonic() - slept_too < 60


def test_the_date_is_that_of_the_zone() -> None:
    clock = HandClock()
    behind, ahead = ZoneInfo("Etc/GMT+12"), ZoneInfo("Etc/GMT-14")
    assert local_date(clock, ahead) - local_date(clock, behind) == timedelta(days=1)
