"""WGS-84 and GCJ-02, some hundred metres apart in mainland China, never mixed.

The transformation is public knowledge since 2011 (the "Mars coordinates" polynomial on the Krasovsky 1940
ellipsoid); its inverse here iterates to better than a millimetre. Outside China both datums are the same.
"""

from enum import StrEnum
from math import cos, pi, sin, sqrt

_AXIS_M = 6378245.0  # semi-major axis of Krasovsky 1940, metres
_ECCENTRICITY2 = 0.00669342162296594323
_CHINA = (0.8293, 55.8271, 72.004, 137.8347)  # south, north, west, east, degrees


class Datum(StrEnum):
    """The coordinate system of a position."""

    GCJ02 = "gcj02"  # maps and phones in mainland China, DingTalk
    WGS84 = "wgs84"  # GPS, browsers


def convert(latitude: float, longitude: float, *, source: Datum, target: Datum) -> tuple[float, float]:
    """Return (latitude, longitude) in degrees, moved from datum `source` to datum `target`."""
    if source is target or not _in_china(latitude, longitude):
        return latitude, longitude
    if target is Datum.GCJ02:
        return _to_gcj02(latitude, longitude)
    return _to_wgs84(latitude, longitude)


def _in_china(latitude: float, longitude: float) -> bool:
    south, north, west, east = _CHINA
    return south <= latitude <= north and west <= longitude <= east


def _to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    shift_lat, shift_lon = _shift(longitude - 105.0, latitude - 35.0)
    radians = latitude / 180.0 * pi
    magic = 1 - _ECCENTRICITY2 * sin(radians) ** 2
    metres_lat = _AXIS_M * (1 - _ECCENTRICITY2) / (magic * sqrt(magic)) * pi / 180.0
    metres_lon = _AXIS_M / sqrt(magic) * cos(radians) * pi / 180.0
    return latitude + shift_lat / metres_lat, longitude + shift_lon / metres_lon


def _to_wgs84(latitude: float, longitude: float) -> tuple[float, float]:
    guess_lat, guess_lon = latitude, longitude
    for _ in range(6):
        there_lat, there_lon = _to_gcj02(guess_lat, guess_lon)
        guess_lat += latitude - there_lat
        guess_lon += longitude - there_lon
    return guess_lat, guess_lon


def _shift(x: float, y: float) -> tuple[float, float]:
    """Return the offset in metres (north, east) at x, y degrees from 105°E 35°N."""
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    return north, east
