"""Sites where people clock in, positions with their datum, and distances."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import cos, inf, pi, sin, sqrt
from pathlib import Path
from typing import Annotated, NamedTuple

from geographiclib.geodesic import Geodesic
from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass as checked

from bot.domain.people import EVERYBODY, Members

ACCURACY_CAP_M = 100.0  # a fix this near to a fence may count as inside
_AXIS_M = 6378245.0  # semi-major axis of Krasovsky 1940, metres
_ECCENTRICITY_SQUARED = 0.00669342162296594323
# A coarse outline in GeoJSON: [longitude, latitude] in degrees. It contains every Chinese town. It
# also contains foreign land within some 30 km of the border: maps use WGS-84 there, so a site there
# needs `datum: wgs84`. It excludes Matsu and Kinmen, a few kilometres off the coast.
_CHINA = json.loads((Path(__file__).parent / "china.json").read_text(encoding="utf-8"))[
    "coordinates"
][0]


class Datum(StrEnum):
    """The coordinate system of a position.

    GCJ-02 shifts WGS-84 by some hundred metres in mainland China. The formula of the shift is public
    since 2011 (the "Mars coordinates" polynomial on the Krasovsky 1940 ellipsoid). AMap, the source
    of DingTalk's maps, uses GCJ-02 in mainland China, Hong Kong and Macau, and WGS-84 elsewhere.
    """

    GCJ02 = "gcj02"  # maps and phones in mainland China, DingTalk
    WGS84 = "wgs84"  # GPS, browsers


def _in_china(latitude: float, longitude: float) -> bool:
    """Return whether a position is inside the outline.

    A line from there to the east then crosses the outline an odd number of times.
    """
    inside = False
    last_lon, last_lat = _CHINA[-1]
    for lon, lat in _CHINA:
        if (lat > latitude) != (last_lat > latitude):
            crosses_at = lon + (latitude - lat) * (last_lon - lon) / (last_lat - lat)
            inside ^= longitude < crosses_at
        last_lon = lon
        last_lat = lat
    return inside


def _to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    x = longitude - 105.0
    y = latitude - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north_m += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north_m += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east_m += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east_m += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    radians = latitude / 180.0 * pi
    curvature = 1 - _ECCENTRICITY_SQUARED * sin(radians) ** 2
    metres_lat = _AXIS_M * (1 - _ECCENTRICITY_SQUARED) / (curvature * sqrt(curvature)) * pi / 180.0
    metres_lon = _AXIS_M / sqrt(curvature) * cos(radians) * pi / 180.0
    return latitude + north_m / metres_lat, longitude + east_m / metres_lon


_BETWEEN_NAMES = re.compile(r"[\s,，、/()（）]+")


class LocationSource(StrEnum):
    """The source of a position, the weakest evidence first."""

    TYPED = "typed"  # coordinates written in the message
    NAMED = "named"  # the centre of a site that the person named
    BROWSER = "browser"
    DINGTALK = "dingtalk"


class Unusable(StrEnum):
    """The reason why a position does not count."""

    UNTRUSTED = "untrusted"  # the company does not rely on positions from this source
    COARSE = "coarse"  # its accuracy is worse than `MAX_ACCURACY_M`
    STALE = "stale"  # it is older than `MAX_FIX_AGE`


class LocationResult(StrEnum):
    """DingTalk's words for the place of a punch, and `unknown` without a position."""

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
        """Return the centre as a position; its accuracy is the radius."""
        return Fix(self.latitude, self.longitude, self.radius_m, self.datum, LocationSource.NAMED)


@dataclass(frozen=True, slots=True)
class Fix:
    """A position in degrees of `datum`. `accuracy_m` is a radius, None if unknown."""

    latitude: float
    longitude: float
    accuracy_m: float | None
    datum: Datum
    source: LocationSource

    def in_datum(self, datum: Datum) -> "Fix":
        """Return the same position in `datum`."""
        latitude = self.latitude
        longitude = self.longitude
        if self.datum is not datum and _in_china(latitude, longitude):
            if datum is Datum.GCJ02:
                latitude, longitude = _to_gcj02(latitude, longitude)
            else:
                for _ in range(6):  # converges to less than a millimetre
                    there_lat, there_lon = _to_gcj02(latitude, longitude)
                    latitude += self.latitude - there_lat
                    longitude += self.longitude - there_lon
        return Fix(latitude, longitude, self.accuracy_m, datum, self.source)


class Whereabouts(NamedTuple):  # a summary makes thousands; twice as fast as a frozen dataclass
    """The verdict on a position: inside or outside, the nearest site, and the distance to its
    centre.
    """

    result: LocationResult
    site: str | None = None
    distance_m: float | None = None
    fix: Fix | None = None


NO_POSITION = Whereabouts(LocationResult.UNKNOWN)


def locate(
    fix: Fix, sites: Iterable[Site], named: Site | None = None
) -> tuple[Whereabouts, Site | None]:
    """Return the verdict on `fix` with its site: `Normal` inside a site, else `Outside`; `unknown`
    without sites.

    A site's fence is the circle of its radius, widened by the accuracy of the fix. Inside of the
    site `named` this site decides. Else the nearest fence decides, inside of several the nearest
    centre. Distances are geodesic, by WGS-84.
    """
    where = Whereabouts(LocationResult.UNKNOWN, fix=fix)
    decides = None
    nearest = (True, inf, inf)
    here = fix.in_datum(Datum.WGS84)
    allowance_m = min(fix.accuracy_m or 0.0, ACCURACY_CAP_M)
    for site in sites:
        there = site.centre.in_datum(Datum.WGS84)
        line = Geodesic.WGS84.Inverse(
            here.latitude, here.longitude, there.latitude, there.longitude, Geodesic.DISTANCE
        )
        metres = float(line["s12"])
        is_inside = metres <= site.radius_m + allowance_m
        is_preferred = is_inside and site is named
        rank = (not is_preferred, max(metres - site.radius_m, 0.0), metres)
        if rank < nearest:
            result = LocationResult.NORMAL if is_inside else LocationResult.OUTSIDE
            where = Whereabouts(result, site.name, metres, fix)
            decides = site
            nearest = rank
    return where, decides


def site_named(name: str | None, sites: Iterable[Site]) -> Site | None:
    """Return the site with this name or alias, or with several of them (HQ 总部, HQ（总部）).

    None for an unknown name.
    """
    wanted = (name or "").casefold()
    parts = [*filter(None, _BETWEEN_NAMES.split(wanted))]
    for site in sites:
        known = {"".join(own.casefold().split()) for own in (site.name, *site.aliases)}
        is_known = "".join(wanted.split()) in known
        if name and (is_known or (len(parts) > 1 and known.issuperset(parts))):
            return site
    return None


def position_digest(position: Mapping[str, object]) -> str:
    """Return SHA-256 of an exact position with its salt: the ledger's chain has it.

    It proves a stored position, and tells nothing after retention removed position and salt.
    """
    text = "{salt}|{latitude!r}|{longitude!r}|{accuracy_m!r}|{datum}|{source}".format_map(position)
    return hashlib.sha256(text.encode()).hexdigest()


# Latitude and longitude in degrees, a comma or a space between: a punch gets this position.
TYPED_POSITION = re.compile(r"(?<![\d.])(-?\d{1,2}\.\d{1,8}) ?[, ] ?(-?\d{1,3}\.\d{1,8})(?![\d.])")
# Two exact numbers of degrees in any order, such as 116.397470，39.908823 or 39.9088°N 116.3975°E.
_EXACT = r"(?<![\d.．])-?\d{1,3}[.．]\d{3,}"
_PAIR = re.compile(rf"{_EXACT}[^\d.．]{{1,12}}?{_EXACT}")


MOST_CHARACTERS = 300  # of a person's own words


def _own_words(words: str | None) -> str | None:
    """Return a person's words without positions: the bot stores positions apart, for a shorter
    time. None if nothing is left.
    """
    text = _PAIR.sub(" ", TYPED_POSITION.sub(" ", words or ""))
    return " ".join(text.split())[:MOST_CHARACTERS] or None


OwnWords = Annotated[str | None, AfterValidator(_own_words)]
