"""What a 打卡 without a direction means."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.deciding import decide_punch, over_long_before
from bot.domain.punches import Accepted, AlreadyPunched, AskDirection, Decision
from bot.domain.shifts import CheckType
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


def test_after_a_clock_out_in_dingtalks_app_long_before_a_bare_punch_asks() -> None:
    gone = replace(a_request(local("21:00")), left_natively=True)
    assert decide_punch(gone, plans=DAY, earlier=[]) == AskDirection()
    assert isinstance(decide_punch(replace(gone, direction=OUT), plans=DAY, earlier=[]), Accepted)


@pytest.mark.parametrize(
    ("at", "direction", "ended"),
    [("18:30", None, None), ("19:01", None, "18:00"), ("19:01", OUT, None), ("09:30", None, None)],
)
def test_a_clock_out_in_dingtalks_app_matters_only_long_after_the_end(
    at: str, direction: CheckType | None, ended: str | None
) -> None:
    found = over_long_before(a_request(local(at), direction), DAY)
    assert found == (None if ended is None else local(ended))
