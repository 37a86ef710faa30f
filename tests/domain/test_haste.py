"""A clock-out soon after the clock-in is noted, and nothing else is."""

from datetime import timedelta

import pytest

from bot.domain.deciding import decide_punch
from bot.domain.haste import minutes_after_clock_in, noted
from bot.domain.punches import Accepted, AskDirection, Decision, Punch
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType, DayPlan
from tests.builders import TUESDAY, a_plan, a_punch, a_request, a_shift, local

CAME = a_punch(local("08:58"), CheckType.ON_DUTY)


def decided(at: str, direction: CheckType, *earlier: Punch, plan: DayPlan | None = None) -> Decision:
    request = a_request(local(at), direction)
    plans = [plan or a_plan()]
    return noted(decide_punch(request, plans=plans, earlier=earlier), request, earlier)


def minutes(decision: Decision) -> int | None:
    assert isinstance(decision, Accepted)
    return minutes_after_clock_in(decision.note)


@pytest.mark.parametrize(
    ("at", "after"), [("08:59", 1), ("09:05", 7), ("09:57", 59), ("09:58", None), ("18:05", None)]
)
def test_within_an_hour_the_minutes_are_noted(at: str, after: int | None) -> None:
    assert minutes(decided(at, CheckType.OFF_DUTY, CAME)) == after


def test_the_clock_out_is_accepted_with_its_own_verdict() -> None:
    decision = decided("09:05", CheckType.OFF_DUTY, CAME)
    assert isinstance(decision, Accepted)
    assert (decision.time_result, decision.late_minutes) == (TimeResult.EARLY, 535)


def test_without_a_shift_it_is_noted_too() -> None:
    came = a_punch(local("08:58"), CheckType.ON_DUTY, check_point=None)
    assert minutes(decided("09:05", CheckType.OFF_DUTY, came, plan=DayPlan(TUESDAY))) == 7


def test_a_short_shift_that_is_over_is_no_haste() -> None:
    plan = a_plan(a_shift(("08:50", "09:00")))
    assert minutes(decided("09:05", CheckType.OFF_DUTY, CAME, plan=plan)) is None


def test_it_counts_from_the_clock_in_of_that_day_alone() -> None:
    yesterday = a_punch(local("08:58", TUESDAY - timedelta(days=1)), CheckType.ON_DUTY)
    assert minutes(decided("09:05", CheckType.OFF_DUTY, yesterday)) is None
    assert minutes(decided("09:05", CheckType.OFF_DUTY)) is None


def test_a_clock_in_and_a_question_stay_as_they_are() -> None:
    assert minutes(decided("09:05", CheckType.ON_DUTY)) is None
    assert noted(AskDirection(), a_request(local("09:05"), None), [CAME]) == AskDirection()


@pytest.mark.parametrize("note", ["", "no shift", "x 7 min after the clock-in", "7 min after the clock-in today"])
def test_another_note_says_nothing_of_it(note: str) -> None:
    assert minutes_after_clock_in(note) is None
