"""What a bare 打卡 is after the end of a section, by what stands of one's going."""

from dataclasses import replace

import pytest

from bot.domain.deciding import decide_punch, over_long_before
from bot.domain.punches import Accepted, AlreadyPunched, AskDirection
from bot.domain.shifts import CheckType
from tests.builders import a_plan, a_punch, a_request, local

OUT = CheckType.OFF_DUTY
DAY = [a_plan()]


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


def test_who_went_past_the_bot_long_before_is_asked_what_a_bare_punch_is() -> None:
    gone = replace(a_request(local("21:00")), went=True)
    assert decide_punch(gone, plans=DAY, earlier=[]) == AskDirection()
    assert isinstance(decide_punch(replace(gone, direction=OUT), plans=DAY, earlier=[]), Accepted)


@pytest.mark.parametrize(
    ("at", "direction", "ended"),
    [("18:30", None, None), ("19:01", None, "18:00"), ("19:01", OUT, None), ("09:30", None, None)],
)
def test_that_somebody_went_past_the_bot_matters_only_long_after_the_end(
    at: str, direction: CheckType | None, ended: str | None
) -> None:
    found = over_long_before(a_request(local(at), direction), DAY)
    assert found == (None if ended is None else local(ended))
