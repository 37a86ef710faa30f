"""Datum, distance, geofence, and usable positions."""

from datetime import timedelta

import eviltransform
import prcoords
import pytest

from bot.domain.deciding import Given, judge_position, unusable
from bot.domain.people import Members
from bot.domain.punches import Remark
from bot.domain.sites import (
    Datum,
    Fix,
    LocationResult,
    LocationSource,
    Site,
    Unusable,
    locate,
    site_named,
)
from tests.tables import cases

A_DEGREE_M = 111_320
HQ = Site("HQ", 39.908823, 116.397470, 500, Datum.GCJ02, ("总部",))
LAB = Site(
    "Lab", 39.910000, 116.397470, 30, Datum.GCJ02, people=Members(frozenset({7}), frozenset({"u9"}))
)
SHOP = Site("Shop", 39.950000, 116.397470, 100, Datum.GCJ02)
STALE = timedelta(seconds=61)


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return an upper bound of the distance between two near positions."""
    return A_DEGREE_M * (abs(one[0] - other[0]) + abs(one[1] - other[1]))


def to_gcj(place: tuple[float, float]) -> tuple[float, float]:
    fix = Fix(*place, None, Datum.WGS84, LocationSource.BROWSER).in_datum(Datum.GCJ02)
    return fix.latitude, fix.longitude


def to_wgs(place: tuple[float, float]) -> tuple[float, float]:
    fix = a_fix(*place).in_datum(Datum.WGS84)
    return fix.latitude, fix.longitude


def a_fix(latitude: float, longitude: float, accuracy_m: float | None = None) -> Fix:
    return Fix(latitude, longitude, accuracy_m, Datum.GCJ02, LocationSource.BROWSER)


def north(metres_away: float, accuracy_m: float | None = None, datum: Datum = Datum.GCJ02) -> Fix:
    """Return a fix north of HQ, exact to a millimetre."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        fix = a_fix(HQ.latitude + middle, HQ.longitude, accuracy_m)
        is_nearer = (locate(fix, [HQ])[0].distance_m or 0) < metres_away
        low, high = (middle, high) if is_nearer else (low, middle)
    return fix.in_datum(datum)


@cases
def test_conversion_agrees_with_two_libraries_and_is_reversible(
    name: str, place: tuple[float, float]
) -> None:
    ours = to_gcj(place)
    assert metres(ours, prcoords.wgs_gcj(place)) < 1e-6
    assert metres(ours, eviltransform.wgs2gcj(*place)) < 0.1  # it uses another ellipsoid
    assert metres(to_wgs(ours), place) < 0.001
    assert 50 < metres(ours, place) < 2000


@cases
def test_no_position_abroad_or_in_taiwan_is_converted(
    name: str, place: tuple[float, float]
) -> None:
    assert to_gcj(place) == to_wgs(place) == place


def test_the_nearest_site_is_found_inside_a_larger_one() -> None:
    assert locate(a_fix(39.910000, 116.397470), [HQ, LAB])[1] is LAB
    assert locate(a_fix(39.908900, 116.397470), [HQ, LAB])[1] is HQ
    where, site = locate(a_fix(1, 1), [])
    assert (where.result, site) == (LocationResult.UNKNOWN, None)


@cases
def test_a_named_site_stands_for_its_centre(name: str, is_meant: bool) -> None:
    assert (site_named(name, [HQ]) is HQ) is is_meant
    assert (HQ.centre.latitude, HQ.centre.accuracy_m, HQ.centre.source) == (
        39.908823,
        500,
        LocationSource.NAMED,
    )


@pytest.mark.parametrize("datum", Datum)
@cases
def test_a_fix_is_inside_on_the_edge_or_outside(
    metres_away: float,
    accuracy_m: float | None,
    result: LocationResult,
    notes: tuple[Remark, ...],
    datum: Datum,
) -> None:
    position = judge_position(
        Given(north(metres_away, accuracy_m, datum)), [HQ], set(LocationSource)
    )
    assert (position.where.result, position.notes) == (result, notes)
    assert position.where.distance_m == pytest.approx(metres_away, abs=0.05)


@pytest.mark.parametrize(
    ("given", "result"),
    [
        (Given(outside=True), LocationResult.OUTSIDE),
        (Given(place_name="总部", outside=True), LocationResult.NORMAL),
        (Given(place_name="the client", outside=True), LocationResult.OUTSIDE),
        (
            Given(Fix(HQ.latitude, HQ.longitude, 5, HQ.datum, LocationSource.TYPED), outside=True),
            LocationResult.OUTSIDE,
        ),  # the company does not trust typed positions
    ],
)
def test_field_work_is_outside_without_a_usable_position(
    given: Given, result: LocationResult
) -> None:
    position = judge_position(given, [HQ], {LocationSource.NAMED, LocationSource.BROWSER})
    assert position.where.result is result
    assert position.flagged is (result is LocationResult.OUTSIDE)


@pytest.mark.parametrize(
    ("given", "sites", "at", "notes"),
    [
        (Given(north(10)), [HQ], "HQ", ""),
        (Given(place_name="Mars"), [HQ], None, f"{Remark.UNKNOWN_PLACE}Mars"),
        (Given(place_name="Mars"), None, None, f"{Remark.UNREAD_PLACE}Mars; {Remark.SITES_UNREAD}"),
        (Given(north(10), age=STALE), [HQ], None, f"{Remark.NOT_TAKEN}{Unusable.STALE}"),
        (Given(north(10), "Shop"), [HQ, SHOP], "HQ", f"{Remark.OTHER_SITE}Shop !"),
        (Given(north(130), "HQ"), [HQ, LAB], "HQ", ""),  # the lab is nearer
        (Given(north(540, 50), "HQ"), [HQ], "HQ", Remark.ON_EDGE),
        (Given(north(10), simulated=True), [HQ], "HQ", f"{Remark.SIMULATED} !"),
        (Given(place_name="HQ", simulated=True), [HQ], "HQ", ""),
    ],
)
def test_remarks_say_what_is_odd_about_a_position(
    given: Given, sites: list[Site] | None, at: str | None, notes: str
) -> None:
    """`!` stands for a note to the leads."""
    position = judge_position(given, sites, {LocationSource.NAMED, LocationSource.BROWSER})
    assert "; ".join(position.notes) + (" !" if position.flagged else "") == notes
    assert (position.where.site, position.radius_m) == (at, 500 if at == "HQ" else None)
    assert position.unusable is (Unusable.STALE if given.age else None)


@cases
def test_coarse_stale_and_untrusted_fixes_are_refused(
    source: LocationSource, accuracy_m: float | None, age_s: float, why: Unusable | None
) -> None:
    trusted = {LocationSource.BROWSER, LocationSource.NAMED}
    fix = Fix(39.9, 116.4, accuracy_m, Datum.WGS84, source)
    assert unusable(fix, trusted, timedelta(seconds=age_s)) is why
