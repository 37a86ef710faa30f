"""What a 打卡 without a direction means."""

from datetime import timedelta

import pytest

from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen
from bot.domain.deciding import decide_punch
from bot.domain.punches import Accepted, AlreadyPunched, AskDirection, Decision
from bot.domain.shifts import CheckType
from bot.domain.verdicts import native_punches
from tests.builders import TUESDAY, a_plan, a_punch, a_request, a_shift, local

IN, OUT = CheckType.ON_DUTY, CheckType.OFF_DUTY
DAY = [a_plan()]
NIGHT = a_shift(("22:00", "06:00"))
WEDNESDAY = TUESDAY + timedelta(days=1)


def accepted(decision: Decision) -> Accepted:
    assert isinstance(decision, Accepted), decision
    return decision


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("08:50", IN, id="before the start"),
        pytest.param("09:20", IN, id="late, but plainly coming"),
        pytest.param("13:30", IN, id="up to the middle of the shift"),
        pytest.param("13:31", None, id="in doubt: asks"),
        pytest.param("17:59", None, id="would be an early leave: asks"),
        pytest.param("18:00", OUT, id="when the shift is over"),
        pytest.param("21:00", OUT, id="long after"),
    ],
)
def test_a_bare_punch_takes_its_direction_from_the_shift_or_asks(at: str, expected: CheckType | None) -> None:
    decision = decide_punch(a_request(local(at)), plans=DAY, earlier=[])
    if expected is None:
        assert decision == AskDirection()
    else:
        assert accepted(decision).check_type is expected


def test_parity_of_earlier_punches_never_decides() -> None:
    came = a_punch(local("08:58"))
    assert decide_punch(a_request(local("17:00")), plans=DAY, earlier=[came]) == AskDirection()


def test_a_bare_punch_without_a_readable_plan_asks() -> None:
    assert decide_punch(a_request(local("08:50")), plans=None, earlier=[]) == AskDirection()


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(1, AskDirection, id="a second later"),
        pytest.param(599, AskDirection, id="minutes later"),
        pytest.param(600, Accepted, id="ten minutes later"),
    ],
)
def test_a_bare_punch_right_after_a_clock_in_is_not_taken_for_going(seconds: int, expected: type) -> None:
    plans = [a_plan(NIGHT)]
    came_at = local("09:32", WEDNESDAY)  # three hours after the night shift
    came = decide_punch(a_request(came_at, IN), plans=plans, earlier=[])
    assert accepted(came).check_type is IN
    came_then = a_punch(came_at, IN, check_point=None)
    bare = a_request(came_at + timedelta(seconds=seconds), None)
    assert isinstance(decide_punch(bare, plans=plans, earlier=[came_then]), expected)
    stated = a_request(bare.at, OUT)
    assert accepted(decide_punch(stated, plans=plans, earlier=[came_then])).check_type is OUT


def test_where_going_and_coming_overlap_a_bare_punch_asks() -> None:
    plans = [a_plan(a_shift(("09:00", "12:00"), ("13:00", "18:00")))]
    assert decide_punch(a_request(local("12:30")), plans=plans, earlier=[]) == AskDirection()


def test_a_bare_punch_repeated_after_the_shift_changes_nothing() -> None:
    gone = a_punch(local("18:01"), OUT, check_point="OffDuty/0")
    assert decide_punch(a_request(local("18:05")), plans=DAY, earlier=[gone]) == AlreadyPunched(gone)


def test_a_bare_punch_outside_every_window_of_a_working_day_asks() -> None:
    assert decide_punch(a_request(local("04:00")), plans=DAY, earlier=[]) == AskDirection()


@pytest.mark.parametrize(
    ("outs", "stands"),
    [
        pytest.param(("18:00:00",), "18:00:00", id="in time"),
        pytest.param(("09:46",), None, id="early, so it may have been a slip"),
        pytest.param(("09:46", "18:02"), "18:02", id="the later one counts"),
        pytest.param(("18:02", "17:50"), "18:02", id="in whichever order they came"),
        pytest.param(("17:40", "17:59:59"), None, id="all early"),
    ],
)
def test_a_bare_punch_after_the_end_asks_where_only_an_early_clock_out_stands(
    outs: tuple[str, ...], stands: str | None
) -> None:
    earlier = [a_punch(local(at), OUT, check_point="OffDuty/0") for at in outs]
    decision = decide_punch(a_request(local("18:05")), plans=DAY, earlier=earlier)
    if stands is None:
        assert decision == AskDirection()
    else:
        assert isinstance(decision, AlreadyPunched)
        assert decision.punch.punched_at == local(stands)


@pytest.mark.parametrize(
    ("native", "at", "expected"),
    [
        pytest.param("08:52", "09:10", "08:52", id="came in the app"),
        pytest.param("08:52", "18:01", OUT, id="came in the app, goes now"),
        pytest.param("18:02", "18:05", "18:02", id="went in the app"),
        pytest.param("19:30", "21:00", "19:30", id="went in the app long before"),
        pytest.param("17:30", "18:05", OUT, id="went early in the app, and perhaps came back"),
        pytest.param("13:45", "18:05", OUT, id="passed a gate at noon"),
    ],
)
def test_a_bare_punch_after_a_native_one_answers_what_is_there_or_makes_the_next_check(
    native: str, at: str, expected: str | CheckType
) -> None:
    day = person_day(DayFacts("u1", TUESDAY, DAY[0], [Seen(local(native))]), local(at))
    decision = decide_punch(a_request(local(at)), plans=DAY, earlier=[], native=native_punches(day))
    if isinstance(expected, CheckType):
        assert accepted(decision).check_type is expected
    else:
        assert isinstance(decision, AlreadyPunched)
        assert decision.punch.punched_at == local(expected)
