"""Holidays and make-up days, and the library's calendar compared with the official one."""

from datetime import date

import pytest

from bot.domain.shifts import WORKING_WEEK, Calendar
from bot.services.organisation.rosters import chinese_calendar

KNOWN = Calendar(
    frozenset({date(2026, 10, 1)}),
    frozenset({date(2026, 10, 10)}),
    known_years=frozenset({2025, 2026}),
)
WEEKEND = frozenset({5, 6})
EVERY_DAY = WORKING_WEEK | WEEKEND


def test_holidays_are_free_and_make_up_days_are_worked() -> None:
    assert not KNOWN.is_worked(EVERY_DAY, date(2026, 10, 1))
    assert KNOWN.is_worked(WORKING_WEEK, date(2026, 10, 10))
    assert not KNOWN.is_worked(WORKING_WEEK - {4}, date(2026, 10, 10))
    assert KNOWN.is_worked(WEEKEND, date(2026, 10, 10))


@pytest.mark.parametrize(
    ("weekdays", "day", "is_worked"),
    [
        (WORKING_WEEK, date(2027, 10, 1), None),  # a Friday, perhaps a holiday
        (WORKING_WEEK, date(2027, 10, 9), None),  # a Saturday, perhaps worked in return
        (WEEKEND, date(2027, 10, 9), None),
        (WEEKEND, date(2027, 10, 1), False),
    ],
)
def test_most_days_of_an_unknown_year_are_unknown(
    weekdays: frozenset[int], day: date, is_worked: bool | None
) -> None:
    assert KNOWN.is_worked(weekdays, day) is is_worked


def test_a_companys_own_days_override_the_calendar() -> None:
    own = KNOWN.with_days(
        frozenset({date(2026, 10, 10), date(2027, 2, 8)}),
        frozenset({date(2026, 10, 1), date(2027, 2, 6)}),
    )
    worked = [date(2026, 10, 1), date(2027, 2, 6), date(2027, 2, 9)]
    free = [date(2026, 10, 10), date(2027, 2, 8), date(2027, 2, 13)]
    assert [own.is_worked(WORKING_WEEK, day) for day in worked + free] == [True] * 3 + [False] * 3
    assert own.unknown_year(date(2026, 12, 1)) is None


def test_the_library_knows_the_holidays_of_2026() -> None:
    calendar = chinese_calendar()
    assert {date(2026, 10, day) for day in range(1, 8)} <= calendar.holidays
    assert {date(2026, 9, 20), date(2026, 10, 10)} <= calendar.make_up_days
    assert (
        calendar.known_years is not None
        and max(calendar.known_years) + 1 not in calendar.known_years
    )
