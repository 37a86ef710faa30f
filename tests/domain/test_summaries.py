"""What days of a team sum up to, and in which order its people come."""

from datetime import timedelta

import pytest

from bot.domain.absences import Absence
from bot.domain.day import Check, CheckState, DayFacts, PersonDay, Standing, person_day
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.summaries import (
    Totals,
    late_first,
    team_day,
    team_range,
    totals_of,
)
from tests.builders import TUESDAY, a_plan, local

NOW = local("10:00")
CAME = local("08:55")


def day(standing: Standing, user_id: str = "u1", **more: object) -> PersonDay:
    return PersonDay(user_id, TUESDAY, standing, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "totals"),
    [
        (day(Standing.ON_TIME, arrived_at=CAME, worked_minutes=480), Totals(due=1, present=1, worked_minutes=480)),
        (day(Standing.ON_TIME, arrived_at=CAME), Totals(due=1, present=1, worked_unknown=1)),
        (
            day(Standing.LATE, arrived_at=CAME, late_minutes=7),
            Totals(1, 1, late=1, late_minutes=7, worked_unknown=1),
        ),
        (
            day(Standing.LATE, arrived_at=CAME),
            Totals(1, 1, late=1, worked_unknown=1),
        ),  # late by seconds: no minute
        (day(Standing.MISSING, missed=2, worked_minutes=0), Totals(due=1, absent=1, missed=2)),
        (day(Standing.MISSING, left_at=CAME, missed=1), Totals(due=1, present=1, missed=1, worked_unknown=1)),
        (day(Standing.UNKNOWN, uncertain=True), Totals(due=1, unknown=1)),
        (day(Standing.ON_LEAVE), Totals(leave_days=1)),
        (day(Standing.OFF), Totals()),
        (day(Standing.NOT_YET_DUE), Totals()),
        (day(Standing.MISSING, missed=2, excused=True), Totals(due=1, excused=1)),
        (
            day(Standing.LATE, arrived_at=CAME, late_minutes=7, worked_minutes=1, excused=True),
            Totals(due=1, present=1, excused=1, worked_minutes=1),
        ),
    ],
)
def test_what_one_day_counts(one: PersonDay, totals: Totals) -> None:
    assert totals_of([one]) == totals


def test_a_day_without_work_is_not_counted_as_excused() -> None:
    night = local("23:59")
    rest = DayFacts("u1", TUESDAY, DayPlan(TUESDAY), excused=True)
    leave = [Absence("u1", local("00:00"), night, "a")]
    away = DayFacts("u1", TUESDAY, a_plan(), absences=leave, excused=True)
    assert [totals_of([person_day(one, night)]).excused for one in (rest, away)] == [0, 0]
    missing = person_day(DayFacts("u1", TUESDAY, a_plan(), excused=True), night)
    assert totals_of([missing]) == Totals(due=1, excused=1)


def test_the_rate_leaves_out_what_is_unknown() -> None:
    came, missing, unknown = (
        day(Standing.ON_TIME, arrived_at=CAME),
        day(Standing.MISSING),
        day(Standing.UNKNOWN, uncertain=True),
    )
    assert totals_of([came, came, missing, unknown]).attendance_rate == pytest.approx(2 / 3)
    assert totals_of([unknown]).attendance_rate is None
    assert totals_of([]) == Totals()


def test_a_team_comes_with_what_needs_attention_first() -> None:
    days = [
        day(Standing.ON_TIME, "a"),
        day(Standing.LATE, "b", late_minutes=3),
        day(Standing.LATE, "c", late_minutes=30),
        day(Standing.UNKNOWN, "d"),
        day(Standing.MISSING, "e"),
    ]
    found = team_day(days, TUESDAY, NOW)
    assert [one.user_id for one in found.days] == ["e", "d", "c", "b", "a"]
    assert found.counts[Standing.LATE] == 2
    assert found.counts[Standing.OFF] == 0
    assert [one.user_id for one in found.of(Standing.LATE)] == ["c", "b"]


def test_a_range_comes_with_who_needs_attention_first_and_its_days_in_order() -> None:
    later = day(Standing.MISSING, "b")._replace(work_date=TUESDAY + timedelta(days=1))
    people = {
        "a": [day(Standing.LATE, "a", arrived_at=CAME, late_minutes=5)],
        "b": [later, day(Standing.ON_TIME, "b", arrived_at=CAME)],
        "c": [day(Standing.LATE, "c", arrived_at=CAME, late_minutes=50)],
    }
    found = team_range(people, TUESDAY, TUESDAY + timedelta(days=1), NOW)
    assert [one.user_id for one in found.people] == ["b", "c", "a"]
    assert [one.work_date for one in found.people[0].days] == [TUESDAY, TUESDAY + timedelta(days=1)]
    assert (found.totals.due, found.totals.present, found.totals.late_minutes) == (4, 3, 55)


def test_who_came_late_most_often_comes_first_whatever_else_needs_attention() -> None:
    late = day(Standing.LATE, arrived_at=CAME, late_minutes=9)
    days = {
        "absent": [day(Standing.MISSING), day(Standing.MISSING)],
        "once": [late._replace(late_minutes=50), day(Standing.ON_TIME, arrived_at=CAME)],
        "twice": [late, late],
        "again": [late, late._replace(late_minutes=10)],
    }
    found = team_range(days, TUESDAY - timedelta(days=1), TUESDAY, NOW)
    assert [one.user_id for one in late_first(found).people] == ["again", "twice", "once", "absent"]
    assert late_first(found).totals == found.totals


@pytest.mark.parametrize(
    ("over", "came", "sums"),
    [
        (False, False, (0, 0, 0)),  # minutes late, or out all morning: they still may come
        (True, False, (1, 0, 1)),
        (False, True, (1, 1, 0)),  # a night's clock-out, say, without the clock-in
        (True, True, (1, 1, 0)),
    ],
)
def test_a_day_that_runs_is_absent_for_nobody(over: bool, came: bool, sums: tuple[int, int, int]) -> None:
    result = TimeResult.NOT_SIGNED if over else TimeResult.UNKNOWN
    going = Check(CheckType.OFF_DUTY, 0, NOW, CheckState.MISSING, time_result=result)
    missing = day(Standing.MISSING, left_at=CAME if came else None)._replace(checks=(going,))
    totals = totals_of([missing])
    assert (totals.due, totals.present, totals.absent) == sums
    excused_of = totals_of([missing._replace(standing=Standing.EXCUSED, excused=True)])
    assert (excused_of.due, excused_of.absent) == (1, 0)
