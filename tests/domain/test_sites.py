"""Datum, distance and the geofence."""

import pytest

from bot.domain.datum import Datum, convert
from bot.domain.sites import Fix, LocationResult, LocationSource, Site, locate

HQ = Site("HQ", 39.908823, 116.397470, 200, Datum.GCJ02, ("总部",))
LAB = Site("Lab", 39.910000, 116.397470, 30, Datum.GCJ02)


def a_fix(latitude: float, longitude: float, datum: Datum = Datum.GCJ02) -> Fix:
    return Fix(latitude, longitude, None, datum, LocationSource.TYPED)


def test_the_two_datums_are_some_hundred_metres_apart_in_beijing_and_convert_back() -> None:
    gcj = convert(39.907333, 116.391083, source=Datum.WGS84, target=Datum.GCJ02)
    assert gcj == pytest.approx((39.908735, 116.397326), abs=2e-5)  # Tian'anmen, both as published
    back = convert(*gcj, source=Datum.GCJ02, target=Datum.WGS84)
    assert back == pytest.approx((39.907333, 116.391083), abs=1e-8)


def test_outside_china_nothing_is_moved() -> None:
    assert convert(48.8584, 2.2945, source=Datum.WGS84, target=Datum.GCJ02) == (48.8584, 2.2945)


def test_a_fix_at_the_centre_is_inside_whichever_datum_it_is_in() -> None:
    wgs = convert(HQ.latitude, HQ.longitude, source=Datum.GCJ02, target=Datum.WGS84)
    for fix in (a_fix(HQ.latitude, HQ.longitude), a_fix(*wgs, Datum.WGS84)):
        where = locate(fix, [HQ])
        assert where.result is LocationResult.NORMAL
        assert where.distance_m == pytest.approx(0, abs=0.05)


def test_the_wrong_datum_would_break_the_fence() -> None:
    mistaken = a_fix(HQ.latitude, HQ.longitude, Datum.WGS84)
    assert locate(mistaken, [HQ]).result is LocationResult.OUTSIDE


def test_the_edge_of_the_fence_is_sharp() -> None:
    metre = 1 / 111_030  # degrees of latitude at 40°N, within a few millimetres over 200 m
    assert locate(a_fix(HQ.latitude + 199 * metre, HQ.longitude), [HQ]).result is LocationResult.NORMAL
    assert locate(a_fix(HQ.latitude + 201 * metre, HQ.longitude), [HQ]).result is LocationResult.OUTSIDE


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
