"""Places where one may clock in, positions, their datum, and how far these are apart."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import cos, inf, pi, sin, sqrt
from typing import Annotated, NamedTuple

from geographiclib.geodesic import Geodesic
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as checked

from bot.domain.people import EVERYBODY, Members

_AXIS_M = 6378245.0  # semi-major axis of Krasovsky 1940, metres
_ECCENTRICITY2 = 0.00669342162296594323
# A coarse outline, longitude,latitude in degrees. It runs outside the land border, so that every Chinese town is
# in it; a foreign one within some 30 km of the border may be too, and a site there is given in WGS-84. From
# 122.5,27.0 to 117.0,22.5 it leaves out Matsu and Kinmen, a few kilometres off the coast.
_CHINA_POINTS = """
73.3,39.3 73.6,40.2 75.0,40.7 76.5,40.7 80.0,42.1 80.0,45.0 82.2,45.4 82.4,47.2 85.3,47.3 85.5,48.4 87.2,49.3
90.3,48.2 91.2,45.3 95.5,44.5 96.5,42.9 101.5,42.7 105.0,41.8 108.0,42.6 111.5,43.65 111.35,44.4 111.6,45.2
114.5,45.6 117.6,46.8 115.4,47.8 115.9,48.2 117.0,49.42 117.6,49.85 119.2,50.3 119.9,53.0 121.0,53.6 124.0,53.7
126.3,52.85 127.8,50.3 128.3,49.7 130.9,49.1 131.1,47.9 133.0,48.3 134.9,48.6 134.4,46.9 133.3,45.0 131.2,44.7
131.4,43.3 130.7,42.3 129.8,42.3 128.4,41.9 128.3,41.3 126.9,41.3 126.0,40.7 124.5,39.8 123.0,38.0 124.0,34.0
124.0,30.0 122.5,27.0 120.45,26.55 120.05,26.42 119.98,26.33 119.86,26.29 119.8,26.15 119.84,25.93 119.95,25.82
120.3,25.7 119.3,24.8 118.75,24.5 118.55,24.48 118.5,24.52 118.41,24.544 118.31,24.52 118.22,24.5 118.2,24.44
118.155,24.41 118.155,24.37 118.17,24.345 118.17,24.31 117.0,22.5 114.6,21.7 113.2,16.2 111.0,15.5 109.0,17.5
107.7,20.0 108.1,21.45 107.3,21.7 106.5,21.9 106.7,22.9 105.3,23.4 104.0,22.4 102.4,22.4 101.9,21.1 101.1,21.1
99.9,21.9 98.9,23.0 97.5,23.9 97.4,24.7 98.6,26.0 98.6,27.6 97.3,27.9 95.5,29.0 93.0,28.3 92.0,27.6 90.0,28.1
88.8,27.25 88.0,27.8 86.0,27.8 84.0,28.9 81.0,30.0 78.6,31.3 78.3,33.0 77.8,35.5 76.0,35.8 74.4,37.0 74.3,38.4
"""
_CHINA = tuple(tuple(float(number) for number in point.split(",")) for point in _CHINA_POINTS.split())


class Datum(StrEnum):
    """The coordinate system of a position: some hundred metres apart in mainland China, never mixed.

    The transformation is public knowledge since 2011 (the "Mars coordinates" polynomial on the Krasovsky 1940
    ellipsoid). Outside China both are the same: AMap, the source of DingTalk's maps, uses GCJ-02 in mainland
    China, Hong Kong and Macau, and WGS-84 in Taiwan and abroad.
    """

    GCJ02 = "gcj02"  # maps and phones in mainland China, DingTalk
    WGS84 = "wgs84"  # GPS, browsers


def convert(latitude: float, longitude: float, *, source: Datum, target: Datum) -> tuple[float, float]:
    """Return (latitude, longitude) in degrees, moved from datum `source` to datum `target`."""
    if source is target or not _in_china(latitude, longitude):
        return latitude, longitude
    if target is Datum.GCJ02:
        return _to_gcj02(latitude, longitude)
    guess_lat, guess_lon = latitude, longitude
    for _ in range(6):  # to better than a millimetre
        there_lat, there_lon = _to_gcj02(guess_lat, guess_lon)
        guess_lat += latitude - there_lat
        guess_lon += longitude - there_lon
    return guess_lat, guess_lon


def _in_china(latitude: float, longitude: float) -> bool:
    """Tell whether a position is inside: a line from it to the east crosses the outline an odd number of times."""
    inside = False
    last_lon, last_lat = _CHINA[-1]
    for lon, lat in _CHINA:
        if (lat > latitude) != (last_lat > latitude):
            crosses_at = lon + (latitude - lat) * (last_lon - lon) / (last_lat - lat)
            inside ^= longitude < crosses_at
        last_lon, last_lat = lon, lat
    return inside


def _to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    x, y = longitude - 105.0, latitude - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north_m += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north_m += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east_m += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east_m += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    radians = latitude / 180.0 * pi
    magic = 1 - _ECCENTRICITY2 * sin(radians) ** 2
    metres_lat = _AXIS_M * (1 - _ECCENTRICITY2) / (magic * sqrt(magic)) * pi / 180.0
    metres_lon = _AXIS_M / sqrt(magic) * cos(radians) * pi / 180.0
    return latitude + north_m / metres_lat, longitude + east_m / metres_lon


_BETWEEN_NAMES = re.compile(r"[\s,，、/()（）]+")


class LocationSource(StrEnum):
    """Where a position came from, weakest first."""

    TYPED = "typed"  # coordinates written in the message
    NAMED = "named"  # a site named in words: its centre
    BROWSER = "browser"
    DINGTALK = "dingtalk"


class Unusable(StrEnum):
    """Why a position is not taken."""

    UNTRUSTED = "untrusted"  # the company does not rely on positions from this source
    COARSE = "coarse"
    STALE = "stale"


class LocationResult(StrEnum):
    """DingTalk's words for where a punch was made, and `unknown` without a position."""

    NORMAL = "Normal"
    OUTSIDE = "Outside"
    UNKNOWN = "unknown"


@checked(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Site:
    """A place of work and its people. Coordinates in degrees in `datum`."""

    name: Annotated[str, Field(min_length=1)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    radius_m: Annotated[float, Field(gt=0, le=50_000)]
    datum: Datum = Datum.GCJ02
    aliases: tuple[str, ...] = ()
    people: Members = EVERYBODY

    @property
    def centre(self) -> "Fix":
        """Return the position of the site when it is named in words; its radius is the accuracy."""
        return Fix(self.latitude, self.longitude, self.radius_m, self.datum, LocationSource.NAMED)

    def answers_to(self, name: str) -> bool:
        """Tell whether `name` is this site's name or an alias, or several of them (HQ 总部, HQ（总部）)."""
        known = set(map(_without_spaces, (self.name, *self.aliases)))
        parts = [*filter(None, _BETWEEN_NAMES.split(name.casefold()))]
        return _without_spaces(name) in known or (len(parts) > 1 and known.issuperset(parts))


@dataclass(frozen=True, slots=True)
class Fix:
    """A position. Degrees in `datum`; `accuracy_m` is the radius, None when nobody said."""

    latitude: float
    longitude: float
    accuracy_m: float | None
    datum: Datum
    source: LocationSource

    def in_datum(self, datum: Datum) -> "Fix":
        """Return the same position expressed in `datum`."""
        latitude, longitude = convert(self.latitude, self.longitude, source=self.datum, target=datum)
        return Fix(latitude, longitude, self.accuracy_m, datum, self.source)


class Whereabouts(NamedTuple):  # made by the thousand for a summary, and twice as quick as a frozen dataclass
    """What a position means: the nearest site, metres to its centre, and whether that is inside."""

    result: LocationResult
    site: str | None = None
    distance_m: float | None = None
    fix: Fix | None = None


NOWHERE = Whereabouts(LocationResult.UNKNOWN)


def locate(fix: Fix | None, sites: Iterable[Site], allowance_m: float = 0.0) -> Whereabouts:
    """Return where `fix` is: `Normal` within a site's radius, else `Outside`; `unknown` without a fix or site.

    The nearest site is the one with the nearest fence, so that a small site inside a large one is found.
    `allowance_m` metres past its radius still count.
    """
    if fix is None:
        return NOWHERE
    found, nearest = Whereabouts(LocationResult.UNKNOWN, fix=fix), (inf, inf)
    for site in sites:
        metres = metres_between(fix, site.centre)
        distance = (max(metres - site.radius_m, 0.0), metres)
        if distance < nearest:
            is_inside = metres <= site.radius_m + allowance_m
            result = LocationResult.NORMAL if is_inside else LocationResult.OUTSIDE
            found, nearest = Whereabouts(result, site.name, metres, fix), distance
    return found


def site_named(name: str | None, sites: Sequence[Site]) -> Site | None:
    """Return the site that goes by `name`, None for none."""
    for site in sites:
        if name and site.answers_to(name):
            return site
    return None


def _without_spaces(name: str) -> str:
    return "".join(name.casefold().split())


def metres_between(one: Fix, other: Fix) -> float:
    """Return the geodesic distance in metres between two fixes, both taken to WGS-84 first."""
    here, there = one.in_datum(Datum.WGS84), other.in_datum(Datum.WGS84)
    line = Geodesic.WGS84.Inverse(
        here.latitude, here.longitude, there.latitude, there.longitude, Geodesic.DISTANCE
    )
    return float(line["s12"])


def position_digest(salt: object, *position: object) -> str:
    """Return SHA-256 of the salt and the position (latitude, longitude, accuracy, datum, source), all exact."""
    latitude, longitude, accuracy_m, datum, source = position
    text = f"{salt}|{latitude!r}|{longitude!r}|{accuracy_m!r}|{datum}|{source}"
    return hashlib.sha256(text.encode()).hexdigest()
