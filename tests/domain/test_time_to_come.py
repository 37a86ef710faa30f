"""Whether a time of day is plainly one to be reminded of coming."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from bot.domain.reminders import is_time_to_come
from bot.domain.shifts import Section, Shift
from tests.builders import SHANGHAI, a_plan

NIGHT = Shift("night", (Section(time(22), time(6)),))
SPLIT = Shift("split", (Section(time(9), time(12)), Section(time(14), time(18))))


@pytest.mark.parametrize(
    ("at", "shift", "expected"),
    [
        (time(8, 50), None, True),
        (time(9), None, True),
        (time(9, 1), None, False),
        (time(18), None, False),
        (time(0, 30), None, False),
        (time(21, 45), NIGHT, True),
        (time(6, 5), NIGHT, False),
        (time(8, 55), SPLIT, True),
        (time(13, 55), SPLIT, False),
    ],
)
def test_it_is_before_a_shift_begins_and_not_near_its_end(at: time, shift: Shift | None, expected: bool) -> None:
    assert is_time_to_come(at, [a_plan(shift)], SHANGHAI) is expected


@pytest.mark.parametrize(("at", "expected"), [(time(11, 59), True), (time(12), False)])
def test_without_a_known_shift_it_is_before_noon(at: time, expected: bool) -> None:
    assert is_time_to_come(at, [], SHANGHAI) is expected


def test_the_time_of_day_is_that_of_the_zone() -> None:
    assert not is_time_to_come(time(8, 50), [a_plan()], ZoneInfo("UTC"))  # there the shift begins at one
