"""The effect of leave on the checks of a day."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.absences import kinds_away, without_absences
from bot.domain.shifts import CheckType, DayPlan
from tests.builders import SHANGHAI, TUESDAY, Leave, a_plan, a_shift, away
from tests.tables import cases

ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
DAY = a_plan()
SPLIT = a_plan(a_shift(("08:30", "12:00"), ("13:30", "18:00")))
NIGHT = a_plan(a_shift(("22:00", "06:00")))
SHORT = a_plan(a_shift(("09:00", "11:00")))
ONLY_IN, ONLY_OUT = (replace(DAY, points=(point,)) for point in DAY.points)
NEXT = TUESDAY + timedelta(days=1)


@cases
def test_leave_removes_or_moves_checks(
    plan: DayPlan, absences: list[Leave], expected: list[str]
) -> None:
    left, _ = without_absences(plan.points, absences)
    assert [f"{point.key} {point.due_at.astimezone(SHANGHAI):%H:%M}" for point in left] == expected


def test_work_is_due_again_at_the_end_of_an_absence() -> None:
    leave = away("09:00", "18:00")
    assert leave.covers(leave.starts_at) and leave.covers(leave.ends_at)
    assert not leave.covers_check(ON, leave.ends_at)
    assert not leave.covers_check(OFF, leave.starts_at)


def test_the_kinds_of_a_day_are_those_of_its_approved_leave_once_each() -> None:
    sick = replace(away("09:00", "12:00"), kind="病假")
    trip = replace(away("14:00", "16:00"), kind="出差")
    others = [
        away("10:00", "11:00"),
        replace(away("10:00", "11:00", times_unknown=True), kind="事假"),
        replace(away("18:00", "19:00"), kind="年假"),
    ]
    again = replace(away("16:00", "18:00"), kind="病假")
    assert kinds_away(DAY.points, [sick, *others, trip, again]) == ("病假", "出差")
