"""WGS-84 and GCJ-02: golden points, two independent packages, and where China is."""

import eviltransform
import prcoords
import pytest

from bot.domain.datum import Datum, convert

A_DEGREE_M = 111_320
# Both as published for the same place: Tian'anmen, the Oriental Pearl Tower.
GOLDEN = [
    ((39.907333, 116.391083), (39.908735, 116.397326)),
    ((31.241701, 121.495211), (31.239703, 121.499718)),
]
INSIDE = {
    "Beijing": (39.9042, 116.4074),
    "Shanghai": (31.2304, 121.4737),
    "Urumqi": (43.8256, 87.6168),
    "Kashgar": (39.4704, 75.9898),
    "Lhasa": (29.6500, 91.1000),
    "Ruili": (24.0100, 97.8500),
    "Hekou": (22.5300, 103.9600),
    "Dongxing": (21.5500, 107.9700),
    "Sanya": (18.2528, 109.5119),
    "Xiamen": (24.4798, 118.0894),
    "Dandong": (40.1200, 124.3800),
    "Fuyuan": (48.3600, 134.2900),
    "Mohe": (53.4800, 122.3500),
    "Manzhouli": (49.6000, 117.4300),
    "Hong Kong": (22.3193, 114.1694),
    "Macau": (22.1987, 113.5439),
    "Jinjing": (24.5750, 118.5972),
    "Keren": (24.5821, 118.6605),
    "Wuyu": (24.3355, 118.1449),
    "Gulangyu": (24.4450, 118.0650),
    "Dadeng": (24.5600, 118.3300),
    "Huangqi": (26.3280, 119.8800),
    "Pingtan": (25.5000, 119.7900),
    "Sansha": (16.8391, 112.3406),
    "Qagan Obo": (44.2484, 111.7395),
    "Dalaidong": (49.3805, 117.1100),
    "Oupu": (52.7832, 126.0567),
}
ABROAD = {
    "Taipei": (25.0330, 121.5654),
    "Kaohsiung": (22.6273, 120.3014),
    "Kinmen": (24.4300, 118.3500),
    "Kinmen, north": (24.5310, 118.4100),
    "Lieyu": (24.4300, 118.2350),
    "Nangan, Matsu": (26.1550, 119.9350),
    "Dongyin, Matsu": (26.3660, 120.4900),
    "Dongju, Matsu": (25.9600, 119.9750),
    "Seoul": (37.5665, 126.9780),
    "Pyongyang": (39.0392, 125.7625),
    "Tokyo": (35.6762, 139.6503),
    "Vladivostok": (43.1155, 131.8855),
    "Ulaanbaatar": (47.8864, 106.9057),
    "Almaty": (43.2220, 76.8512),
    "Delhi": (28.6139, 77.2090),
    "Kathmandu": (27.7172, 85.3240),
    "Thimphu": (27.4728, 89.6390),
    "Hanoi": (21.0278, 105.8342),
    "Singapore": (1.3521, 103.8198),
    "Paris": (48.8584, 2.2945),
    "Sydney": (-33.8688, 151.2093),
}


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return at most how far two positions near each other are apart."""
    return A_DEGREE_M * (abs(one[0] - other[0]) + abs(one[1] - other[1]))


def to_gcj(place: tuple[float, float]) -> tuple[float, float]:
    return convert(*place, source=Datum.WGS84, target=Datum.GCJ02)


def to_wgs(place: tuple[float, float]) -> tuple[float, float]:
    return convert(*place, source=Datum.GCJ02, target=Datum.WGS84)


@pytest.mark.parametrize(("wgs", "gcj"), GOLDEN)
def test_published_pairs_hold(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert metres(to_gcj(wgs), gcj) < 20  # they were picked on maps by hand
    assert metres(wgs, gcj) > 300


@pytest.mark.parametrize("place", INSIDE.values(), ids=INSIDE)
def test_two_independent_packages_say_the_same(place: tuple[float, float]) -> None:
    ours = to_gcj(place)
    assert metres(ours, prcoords.wgs_gcj(place)) < 1e-6
    assert metres(ours, eviltransform.wgs2gcj(*place)) < 0.1  # it takes another ellipsoid
    assert metres(to_wgs(ours), prcoords.gcj_wgs_bored(prcoords.Coords(*ours))) < 0.01
    assert metres(to_wgs(ours), eviltransform.gcj2wgs_exact(*ours)) < 1


@pytest.mark.parametrize("place", INSIDE.values(), ids=INSIDE)
def test_inside_china_the_way_there_and_back_ends_where_it_began(place: tuple[float, float]) -> None:
    assert metres(to_wgs(to_gcj(place)), place) < 0.001
    assert 50 < metres(to_gcj(place), place) < 2000


@pytest.mark.parametrize("place", ABROAD.values(), ids=ABROAD)
def test_abroad_and_in_taiwan_nothing_is_moved(place: tuple[float, float]) -> None:
    assert to_gcj(place) == place
    assert to_wgs(place) == place
