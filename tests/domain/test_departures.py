"""Who has not clocked out: by the clock-out that was due last, what was read, and leave."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.absences import Absence
from bot.domain.day import DayFacts, Departure, person_day
from bot.domain.day_punches import Seen
from bot.domain.shifts import CheckType, DayPlan
from tests.builders import TUESDAY, a_plan, a_shift, local

DAY = a_plan()
SPLIT = a_plan(a_shift(("08:30", "12:00"), ("13:30", "18:00")))
REST = DayPlan(TUESDAY, ())
AFTERNOON = Absence("u1", local("13:00"), local("18:00"), "a")


def on(at: str) -> Seen:
    return Seen(local(at), CheckType.ON_DUTY)


def off(at: str) -> Seen:
    return Seen(local(at), CheckType.OFF_DUTY)


def stands(*seen: Seen, at: str, plan: DayPlan | None = DAY, **more: object) -> Departure:
    facts = DayFacts("u1", TUESDAY, plan, seen, **more)  # type: ignore[arg-type]
    return person_day(facts, local(at)).departure


@pytest.mark.parametrize(
    ("seen", "at", "how"),
    [
        ((on("08:50"),), "17:59:59", Departure.NOT_YET_DUE),
        ((), "17:00", Departure.NOT_YET_DUE),  # not come either, and nobody's clock-out was due yet
        ((on("08:50"),), "18:00", Departure.OPEN),
        ((), "18:00", Departure.OPEN),
        ((on("08:50"), off("18:02")), "18:10", Departure.CLOCKED_OUT),
        ((on("08:50"), off("16:30")), "17:00", Departure.CLOCKED_OUT),  # early, but gone
        ((off("18:02"),), "18:10", Departure.CLOCKED_OUT),
    ],
)
def test_a_day_as_it_goes_on(seen: tuple[Seen, ...], at: str, how: Departure) -> None:
    assert stands(*seen, at=at) is how


def test_of_two_sections_the_one_that_ended_last_counts() -> None:
    assert stands(on("08:20"), at="12:30", plan=SPLIT) is Departure.OPEN
    assert stands(on("08:20"), off("12:01"), at="12:30", plan=SPLIT) is Departure.CLOCKED_OUT
    assert stands(on("08:20"), off("12:01"), on("13:20"), at="18:30", plan=SPLIT) is Departure.OPEN


def test_whoever_could_not_be_read_is_unknown() -> None:
    assert stands(on("08:50"), at="19:00", read=False) is Departure.UNKNOWN
    assert stands(on("08:50"), off("18:01"), at="19:00", read=False) is Departure.CLOCKED_OUT
    assert stands(on("08:50"), at="19:00", plan=None) is Departure.UNKNOWN
    assert stands(on("08:50"), off("18:01"), at="19:00", plan=None) is Departure.CLOCKED_OUT


def test_leave_rest_and_an_excuse_leave_none_due() -> None:
    assert stands(at="19:00", plan=REST) is Departure.NONE_DUE
    assert stands(on("08:50"), at="19:00", absences=[replace(AFTERNOON, pending=True)]) is Departure.NONE_DUE
    away = Absence("u1", local("08:00"), local("19:00"), "a")
    assert stands(at="19:00", absences=[away]) is Departure.NONE_DUE
    assert stands(on("08:50"), at="19:00", excused=True) is Departure.NONE_DUE


def test_leave_that_nobody_approved_excuses_no_clock_out_once_the_day_is_over() -> None:
    asked = [replace(AFTERNOON, pending=True)]
    facts = DayFacts("u1", TUESDAY, DAY, (on("08:50"),), absences=asked)
    assert person_day(facts, local("19:00")).departure is Departure.NONE_DUE
    assert person_day(facts, local("12:00") + timedelta(days=1)).departure is Departure.OPEN


def test_leave_in_the_afternoon_makes_the_clock_out_due_at_noon() -> None:
    assert stands(on("08:50"), at="12:59", absences=[AFTERNOON]) is Departure.NOT_YET_DUE
    assert stands(on("08:50"), at="13:01", absences=[AFTERNOON]) is Departure.OPEN
