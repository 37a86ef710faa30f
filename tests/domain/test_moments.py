"""The time a punch is given, where another punch has its moment."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.deliveries import DeliveryState
from bot.domain.moments import kept_apart
from bot.domain.punches import Accepted, AskDirection, Punch
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from tests.builders import TUESDAY, a_punch, a_request, local

ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
LEAVING = Accepted(TUESDAY, OFF, None, TimeResult.NORMAL, 0, "")


def at(ms: int, clock: str = "17:59:59") -> datetime:
    return local(clock) + timedelta(milliseconds=ms)


def moment(ms: int, earlier: list[Punch]) -> datetime | None:
    decision = kept_apart(LEAVING, a_request(at=at(ms), direction=OFF), earlier)
    assert isinstance(decision, Accepted)
    return decision.at


def came(ms: int, check_type: CheckType = ON) -> Punch:
    return a_punch(at=at(ms), check_type=check_type)


@pytest.mark.parametrize(
    ("taken", "ms", "given"),
    [
        ([], 998, 998),
        ([997, 999], 998, 998),
        ([998], 998, 999),
        ([999], 999, 998),  # a millisecond later would be 18:00:00
        ([998, 999], 998, 997),
        ([0], 0, 1),
    ],
)
def test_a_clock_out_of_a_clock_ins_moment_has_the_nearest_one_of_its_second(
    taken: list[int], ms: int, given: int
) -> None:
    assert moment(ms, [came(each) for each in taken]) == at(given)


def test_it_is_kept_apart_from_all_that_stands_and_from_nothing_else() -> None:
    assert moment(998, [came(998), came(999, OFF)]) == at(997)
    assert moment(998, [came(998, OFF)]) == at(998)
    assert moment(998, [replace(came(998), states={"signed": DeliveryState.REJECTED})]) == at(998)


def test_parts_of_a_millisecond_do_not_lead_into_the_next_second() -> None:
    decision = kept_apart(LEAVING, a_request(at=at(999) + timedelta(microseconds=700), direction=OFF), [])
    assert isinstance(decision, Accepted)
    assert decision.at == at(999)


def test_what_is_no_punch_has_no_time() -> None:
    assert kept_apart(AskDirection(), a_request(at=at(0), direction=OFF), []) == AskDirection()
