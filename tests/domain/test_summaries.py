"""The totals of a team, and the order of its people."""

from datetime import timedelta

import pytest

from bot.domain.day import Check, CheckState, PersonDay, Standing
from bot.domain.shifts import CheckType, TimeResult
from bot.domain.slots import Days
from bot.domain.summaries import team_day, team_range, totals_of
from tests.a_month import AFTER, FIRST, LAST, a_month, judged, rate_of, standing_of, sums
from tests.builders import TUESDAY, local
from tests.tables import cases

NOW, CAME, NIGHT = local("10:00"), local("08:55"), local("23:59")
MONDAY, DAY = TUESDAY - timedelta(days=1), timedelta(days=1)


def day(standing: Standing, user_id: str = "u1", **more: object) -> PersonDay:
    return PersonDay(user_id, TUESDAY, standing, **more)  # type: ignore[arg-type]


LATE = day(Standing.LATE, arrived_at=CAME, late_minutes=7)
HERE = day(Standing.ON_TIME, arrived_at=CAME)


def test_a_team_day_lists_problems_first() -> None:
    days = [
        *(
            day(Standing.ON_TIME, "a"),
            day(Standing.LATE, "b", late_minutes=3),
            day(Standing.UNKNOWN, "d"),
        ),
        *(day(Standing.LATE, "c", late_minutes=30), day(Standing.MISSING, "e")),
    ]
    found = team_day(days, TUESDAY, NOW)
    assert [person_day.user_id for person_day in found.days] == ["e", "d", "c", "b", "a"]
    assert (found.counts[Standing.LATE], found.counts[Standing.OFF]) == (2, 0)
    assert [person_day.user_id for person_day in found.of(Standing.LATE)] == ["c", "b"]


def test_a_team_range_lists_people_with_problems_first() -> None:
    later = day(Standing.MISSING)._replace(work_date=TUESDAY + DAY)
    people = {
        "twice": [LATE, LATE],
        "absent": [later, HERE],
        "once": [LATE._replace(late_minutes=50)],
        "again": [LATE, LATE._replace(late_minutes=10)],
    }
    found = team_range(people, Days(TUESDAY, TUESDAY + DAY), NOW)
    assert [person.user_id for person in found.people] == ["absent", "once", "again", "twice"]
    assert [person_day.work_date for person_day in found.people[0].days] == [TUESDAY, TUESDAY + DAY]
    assert (found.totals.due, found.totals.present, found.totals.late_minutes) == (7, 6, 81)


@cases
def test_nobody_is_absent_before_the_day_ends(
    over: bool, came: bool, sums: tuple[int, int, int]
) -> None:
    result = TimeResult.NOT_SIGNED if over else TimeResult.UNKNOWN
    going = Check(CheckType.OFF_DUTY, 0, NOW, CheckState.MISSING, time_result=result)
    missing = day(Standing.MISSING, left_at=CAME if came else None)._replace(checks=(going,))
    totals = totals_of([missing])
    assert (totals.due, totals.present, totals.absent) == sums
    excused = totals_of([missing._replace(standing=Standing.EXCUSED, excused=True)])
    assert (excused.due, excused.absent) == (1, 0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_totals_of_a_month_agree_with_plain_arithmetic(seed: int) -> None:
    month = a_month(seed)
    days = judged(month)
    found = team_range(days, Days(FIRST, LAST), AFTER)
    for person in found.people:
        expected = sums(month[person.user_id])
        assert person.totals._asdict() == dict(expected), person.user_id
        assert person.totals.attendance_rate == pytest.approx(rate_of(expected))
    everybody = sums([story for of in month.values() for story in of])
    assert found.totals._asdict() == dict(everybody)
    assert min(everybody.values()) > 10  # each total counts something
    for offset in range((LAST - FIRST).days + 1):
        day = team_day((of[offset] for of in days.values()), month["u000"][offset].day, AFTER)
        standings = [standing_of(of[offset]) for of in month.values()]
        assert {standing: standings.count(standing) for standing in Standing} == day.counts
