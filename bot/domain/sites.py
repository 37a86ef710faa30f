"""Places where one may clock in, positions, and how far these are apart."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

from geographiclib.geodesic import Geodesic
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as checked

from bot.domain.datum import Datum, convert
from bot.domain.people import EVERYBODY, Members

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
        known = {"".join(one.casefold().split()) for one in (self.name, *self.aliases)}
        parts = [part.casefold() for part in _BETWEEN_NAMES.split(name) if part]
        return "".join(name.casefold().split()) in known or (len(parts) > 1 and known.issuperset(parts))


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

    The nearest site is the one whose fence is nearest, so that a small site inside a large one is found.
    `allowance_m` metres past its radius still count.
    """
    if fix is None:
        return NOWHERE
    nearest = min(
        ((metres_between(fix, site.centre), site) for site in sites),
        key=lambda pair: (max(pair[0] - pair[1].radius_m, 0.0), pair[0]),
        default=None,
    )
    if nearest is None:
        return Whereabouts(LocationResult.UNKNOWN, fix=fix)
    metres, site = nearest
    inside = metres <= site.radius_m + allowance_m
    return Whereabouts(LocationResult.NORMAL if inside else LocationResult.OUTSIDE, site.name, metres, fix)


def site_named(name: str | None, sites: Sequence[Site]) -> Site | None:
    """Return the site that goes by `name`, None for none."""
    return next((site for site in sites if name and site.answers_to(name)), None)


def metres_between(one: Fix, other: Fix) -> float:
    """Return the geodesic distance in metres between two fixes, both taken to WGS-84 first."""
    here, there = one.in_datum(Datum.WGS84), other.in_datum(Datum.WGS84)
    line = Geodesic.WGS84.Inverse(
        here.latitude, here.longitude, there.latitude, there.longitude, Geodesic.DISTANCE
    )
    return float(line["s12"])
