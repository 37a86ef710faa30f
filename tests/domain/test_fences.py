"""What a position is worth: taken or not, inside, edge or outside, and what the lead hears of it."""

from datetime import timedelta

import pytest

from bot.domain.datum import Datum, convert
from bot.domain.people import Employee, Members
from bot.domain.positions import Fence, Given, LocationPolicy, Unusable, judge_position, unusable
from bot.domain.sites import (
    Fix,
    LocationResult,
    LocationSource,
    Site,
    metres_between,
)

HQ = Site("HQ", 39.908823, 116.397470, 500, Datum.GCJ02)
POLICY = LocationPolicy()


def north(metres: float, accuracy_m: float | None = None, datum: Datum = Datum.GCJ02) -> Fix:
    """Return a fix so many metres north of HQ to a millimetre, in either datum."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        fix = Fix(HQ.latitude + middle, HQ.longitude, accuracy_m, Datum.GCJ02, LocationSource.BROWSER)
        low, high = (middle, high) if metres_between(fix, HQ.centre) < metres else (low, middle)
    return fix.in_datum(datum)


@pytest.mark.parametrize("datum", Datum)
@pytest.mark.parametrize(
    ("metres", "accuracy_m", "fence"),
    [
        (499.9, None, Fence.INSIDE),
        (500.0 - 1e-6, None, Fence.INSIDE),
        (500.1, None, Fence.OUTSIDE),
        (499.9, 100, Fence.INSIDE),  # the best guess is inside
        (540, 50, Fence.EDGE),
        (560, 50, Fence.OUTSIDE),
        (599, 200, Fence.EDGE),  # no more than the cap of 100 m reaches over the fence
        (601, 200, Fence.OUTSIDE),
    ],
)
def test_on_which_side_of_the_fence_whatever_the_datum(
    metres: float, accuracy_m: float | None, fence: Fence, datum: Datum
) -> None:
    standing = judge_position(Given(north(metres, accuracy_m, datum)), [HQ], POLICY)
    assert standing.fence is fence
    outside = fence is Fence.OUTSIDE
    assert standing.where.result is (LocationResult.OUTSIDE if outside else LocationResult.NORMAL)
    assert standing.where.distance_m == pytest.approx(metres, abs=0.05)


def test_without_a_site_or_a_fix_there_is_no_side() -> None:
    assert judge_position(Given(north(1)), [], POLICY).fence is Fence.UNKNOWN
    assert judge_position(Given(), [HQ], POLICY).fence is Fence.UNKNOWN


@pytest.mark.parametrize(
    ("source", "accuracy_m", "age_s", "why"),
    [
        (LocationSource.BROWSER, 200, 60, None),
        (LocationSource.BROWSER, 200.1, 0, Unusable.COARSE),
        (LocationSource.DINGTALK, 1_000_000, 0, Unusable.COARSE),
        (LocationSource.BROWSER, 10, 61, Unusable.STALE),
        (LocationSource.BROWSER, 10, -61, Unusable.STALE),
        (LocationSource.NAMED, 5000, 0, None),  # a large site's radius is no inaccuracy
        (LocationSource.TYPED, None, 0, None),
    ],
)
def test_what_is_too_coarse_or_too_old(
    source: LocationSource, accuracy_m: float | None, age_s: float, why: Unusable | None
) -> None:
    fix = Fix(39.9, 116.4, accuracy_m, Datum.WGS84, source)
    assert unusable(fix, POLICY, timedelta(seconds=age_s)) is why


def test_only_trusted_sources_are_taken() -> None:
    policy = LocationPolicy(trusted=frozenset({LocationSource.DINGTALK}))
    for source in LocationSource:
        why = unusable(Fix(39.9, 116.4, 9, Datum.GCJ02, source), policy)
        assert why is (None if source is LocationSource.DINGTALK else Unusable.UNTRUSTED)


def test_a_site_is_for_everybody_or_for_departments_and_people() -> None:
    some = Site("Lab", 1, 1, 1, members=Members(frozenset({7}), frozenset({"u9"})))
    assert HQ.members.include(Employee("u1", "Ann"))
    assert some.members.include(Employee("u1", "Ann", department_ids=(3, 7)))
    assert some.members.include(Employee("u9", "Bob"))
    assert not some.members.include(Employee("u1", "Ann", department_ids=(3,)))


def test_a_position_taken_for_the_other_datum_would_be_outside() -> None:
    small = Site("Gate", *convert(39.9, 116.4, source=Datum.WGS84, target=Datum.GCJ02), 100, Datum.GCJ02)
    right = Fix(39.9, 116.4, 10, Datum.WGS84, LocationSource.BROWSER)
    wrong = Fix(39.9, 116.4, 10, Datum.GCJ02, LocationSource.BROWSER)
    assert judge_position(Given(right), [small], POLICY).fence is Fence.INSIDE
    assert judge_position(Given(wrong), [small], POLICY).fence is Fence.OUTSIDE
