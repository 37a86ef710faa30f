"""What a given position is worth: taken or not, on which side of a fence, and whether the lead is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from bot.domain import notes
from bot.domain.notes import Remark
from bot.domain.sites import NOWHERE, Fix, LocationResult, LocationSource, Site, Whereabouts, locate, site_named


class Unusable(StrEnum):
    """Why a position is not taken."""

    UNTRUSTED = "untrusted"  # the company does not rely on positions from this source
    COARSE = "coarse"
    STALE = "stale"


class Fence(StrEnum):
    """On which side of the nearest fence a position is."""

    INSIDE = "inside"
    EDGE = "edge"  # the point is outside, its circle of accuracy overlaps the fence: it counts as at the site
    OUTSIDE = "outside"
    UNKNOWN = "unknown"  # no position, or no site to compare it with


class LocationPolicy(BaseModel):
    """How far the company relies on positions.

    A measured fix coarser than `max_accuracy_m` or older than `max_fix_age_s` is not taken. At most
    `accuracy_cap_m` of its accuracy reach over a fence in its favour.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    trusted_sources: frozenset[LocationSource] = Field(frozenset(LocationSource), min_length=1)
    max_accuracy_m: float = Field(200, gt=0)
    max_fix_age_s: float = Field(60, gt=0)
    accuracy_cap_m: float = Field(100, ge=0)


@dataclass(frozen=True, slots=True)
class Given:
    """The position that a person gives: a fix, or a place in words, with their reason.

    `outside` is field work that names no place. `simulated`: the phone says that the fix is made up.
    """

    fix: Fix | None = None
    place_name: str | None = None
    reason: str | None = None
    age: timedelta = timedelta()
    simulated: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a punch was made, with notes for the ledger. `radius_m` is the site's.

    A `flagged` one is outside, simulated, or not at the site that was named: then the lead is told.
    """

    where: Whereabouts = NOWHERE
    fence: Fence = Fence.UNKNOWN
    radius_m: float | None = None
    unusable: Unusable | None = None
    flagged: bool = False
    notes: tuple[str, ...] = ()
    sites_read: bool = True


def judge_position(given: Given, sites: Sequence[Site] | None, policy: LocationPolicy) -> Position:
    """Return what a position is worth among a person's sites, None while these are unknown.

    A fix that is not taken leaves no position, also where a place was named. A position within the named site is
    at that one, though a smaller one is nearer. Nothing is outside while the sites are unknown.
    """
    told_why = (Remark.TOLD_WHY,) if given.reason else ()
    if given.outside and given.fix is None and given.place_name is None:
        return Position(Whereabouts(LocationResult.OUTSIDE), Fence.OUTSIDE, flagged=True, notes=told_why)
    named = site_named(given.place_name, sites or ())
    fix = named.centre if given.fix is None and named is not None else given.fix
    refused = None if fix is None else unusable(fix, policy, given.age)
    taken = fix if refused is None else None
    is_at_named = named is not None and locate(taken, [named]).result is LocationResult.NORMAL
    where, fence = _fenced([named] if named is not None and is_at_named else sites or (), taken, policy)
    remarks: list[str] = []
    if given.place_name and named is None:
        remark = Remark.UNREAD_PLACE if sites is None else Remark.UNKNOWN_PLACE
        remarks.append(notes.named(remark, given.place_name))
    if refused is not None:
        remarks.append(notes.named(Remark.NOT_TAKEN, refused))
    remarks += [Remark.SITES_UNREAD] if sites is None else []
    remarks += [Remark.ON_EDGE] if fence is Fence.EDGE else []
    flags = [*(told_why if fence is Fence.OUTSIDE else ()), *_flags(given, taken, named, policy)]
    return Position(
        where,
        fence,
        next((site.radius_m for site in sites or () if site.name == where.site), None),
        refused,
        bool(flags) or fence is Fence.OUTSIDE,
        (*remarks, *flags),
        sites is not None,
    )


def unusable(fix: Fix, policy: LocationPolicy, age: timedelta = timedelta()) -> Unusable | None:
    """Return why `fix` is not taken, None when it is. A site's centre is never too coarse."""
    if fix.source not in policy.trusted_sources:
        return Unusable.UNTRUSTED
    if abs(age.total_seconds()) > policy.max_fix_age_s:
        return Unusable.STALE
    is_coarse = fix.accuracy_m is not None and fix.accuracy_m > policy.max_accuracy_m
    return Unusable.COARSE if is_coarse and fix.source is not LocationSource.NAMED else None


def _fenced(sites: Sequence[Site], fix: Fix | None, policy: LocationPolicy) -> tuple[Whereabouts, Fence]:
    """Return where a fix is, and on which side of the nearest fence."""
    where = locate(fix, sites)
    if fix is None or where.result is LocationResult.UNKNOWN:
        return where, Fence.UNKNOWN
    if fix.source is LocationSource.NAMED:
        where = where._replace(distance_m=None)  # named is not measured
    if where.result is LocationResult.NORMAL:
        return where, Fence.INSIDE
    allowed = locate(fix, sites, _allowance_m(fix, policy))
    return (allowed, Fence.EDGE) if allowed.result is LocationResult.NORMAL else (where, Fence.OUTSIDE)


def _flags(given: Given, fix: Fix | None, named: Site | None, policy: LocationPolicy) -> Iterator[str]:
    """Yield the remarks on a measured fix that the lead is told of."""
    if fix is not None and fix.source is not LocationSource.NAMED:
        if given.simulated:
            yield Remark.SIMULATED
        if named is not None and locate(fix, [named], _allowance_m(fix, policy)).result is LocationResult.OUTSIDE:
            yield notes.named(Remark.OTHER_SITE, named.name)


def _allowance_m(fix: Fix, policy: LocationPolicy) -> float:
    return min(fix.accuracy_m or 0.0, policy.accuracy_cap_m)
