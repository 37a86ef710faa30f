"""Datum, distance and the geofence."""

import pytest

from bot.domain.datum import Datum
from bot.domain.sites import Fix, LocationResult, LocationSource, Site, locate

HQ = Site("HQ", 39.908823, 116.397470, 200, Datum.GCJ02, ("总部",))
LAB = Site("Lab", 39.910000, 116.397470, 30, Datum.GCJ02)


def a_fix(latitude: float, longitude: float, datum: Datum = Datum.GCJ02) -> Fix:
    return Fix(latitude, longitude, None, datum, LocationSource.TYPED)


def test_the_nearest_fence_is_found_even_inside_a_larger_one() -> None:
    assert locate(a_fix(39.910000, 116.397470), [HQ, LAB]).site == "Lab"
    assert locate(a_fix(39.908900, 116.397470), [HQ, LAB]).site == "HQ"


def test_without_a_fix_or_a_site_nothing_is_claimed() -> None:
    assert locate(None, [HQ]).result is LocationResult.UNKNOWN
    alone = locate(a_fix(1, 1), [])
    assert (alone.result, alone.site) == (LocationResult.UNKNOWN, None)


def test_a_site_named_in_words_is_its_centre_with_its_radius_as_accuracy() -> None:
    fix = HQ.centre
    assert (fix.latitude, fix.accuracy_m, fix.source) == (HQ.latitude, 200, LocationSource.NAMED)
    assert HQ.answers_to(" hq ")
    assert HQ.answers_to("总部")
    assert not HQ.answers_to("H")


@pytest.mark.parametrize("name", ["HQ 总部", "总部 hq", "HQ（总部）", "HQ/总部"])
def test_a_site_answers_to_two_of_its_names_at_once(name: str) -> None:
    assert HQ.answers_to(name)


@pytest.mark.parametrize("name", ["HQ Pudong", "HQ 总", "总部 2", "/", ""])
def test_a_site_does_not_answer_to_a_name_beside_its_own(name: str) -> None:
    assert not HQ.answers_to(name)
