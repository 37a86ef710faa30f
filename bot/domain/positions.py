"""What a position is worth: whether it is taken, on which side of a fence it is, and what the lead is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain import notes
from bot.domain.flags import Flag, FlagKind
from bot.domain.notes import Remark
from bot.domain.sites import (
    NOWHERE,
    Fix,
    LocationResult,
    LocationSource,
    Site,
    Whereabouts,
    locate,
    site_named,
)


class Unusable(StrEnum):
    """Why a position is not taken."""

    UNTRUSTED = "untrusted"  # the company does not rely on positions from there
    COARSE = "coarse"
    STALE = "stale"


class Fence(StrEnum):
    """On which side of the nearest fence a position is."""

    INSIDE = "inside"
    EDGE = "edge"  # the point is outside, its circle of accuracy overlaps the fence: it counts as at the site
    OUTSIDE = "outside"
    UNKNOWN = "unknown"  # no position, or no site to compare it with


@dataclass(frozen=True, slots=True)
class LocationPolicy:
    """How far the company relies on positions.

    A measured fix coarser than `max_accuracy_m` or older than `max_age` is not taken. Of its accuracy at most
    `accuracy_cap_m` reach over a fence in its favour.
    """

    trusted: frozenset[LocationSource] = frozenset(LocationSource)
    max_accuracy_m: float = 200.0
    max_age: timedelta = timedelta(seconds=60)
    accuracy_cap_m: float = 100.0


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
    """What a punch says of where it was made, with what the ledger notes and the lead is told."""

    where: Whereabouts = NOWHERE
    fence: Fence = Fence.UNKNOWN
    radius_m: float | None = None  # of the nearest site
    unusable: Unusable | None = None  # why the given position is refused
    flags: tuple[Flag, ...] = ()
    notes: tuple[str, ...] = ()
    sites_read: bool = True


def judge_position(given: Given, sites: Sequence[Site] | None, policy: LocationPolicy) -> Position:
    """Return what a position is worth among a person's sites, None while these are unknown.

    A fix that is not taken leaves no position, also where a place was named. Within the named site the position is
    at that one, though a smaller one is nearer. Nothing is outside while the sites are unknown.
    """
    if given.outside and given.fix is None and given.place_name is None:
        flag = Flag(FlagKind.OUTSIDE, said=given.reason or "")
        return Position(Whereabouts(LocationResult.OUTSIDE), Fence.OUTSIDE, flags=(flag,))
    named = site_named(given.place_name, sites or ())
    fix = named.centre if given.fix is None and named is not None else given.fix
    refused = unusable(fix, policy, given.age) if fix is not None else None
    taken = fix if refused is None else None
    remarks = []
    if given.place_name and named is None:
        remark = Remark.UNREAD_PLACE if sites is None else Remark.UNKNOWN_PLACE
        remarks.append(notes.named(remark, given.place_name))
    if refused is not None:
        remarks.append(notes.named(Remark.NOT_TAKEN, refused))
    if sites is None:
        where, fence = Whereabouts(LocationResult.UNKNOWN, fix=taken), Fence.UNKNOWN
        remarks.append(Remark.SITES_UNREAD)
    else:
        at_named = named is not None and locate(taken, [named]).result is LocationResult.NORMAL
        where, fence = _among([named] if named is not None and at_named else sites, taken, policy)
        remarks += [Remark.ON_EDGE] if fence is Fence.EDGE else []
    return Position(
        where,
        fence,
        next((site.radius_m for site in sites or () if site.name == where.site), None),
        refused,
        tuple(_flags(given, taken, fence, named, policy)),
        tuple(remarks),
        sites is not None,
    )


def unusable(fix: Fix, policy: LocationPolicy, age: timedelta = timedelta()) -> Unusable | None:
    """Return why `fix` is not taken, None when it is. A site's centre is never too coarse."""
    if fix.source not in policy.trusted:
        return Unusable.UNTRUSTED
    if abs(age) > policy.max_age:
        return Unusable.STALE
    is_coarse = fix.accuracy_m is not None and fix.accuracy_m > policy.max_accuracy_m
    return Unusable.COARSE if is_coarse and fix.source is not LocationSource.NAMED else None


def _among(sites: Sequence[Site], fix: Fix | None, policy: LocationPolicy) -> tuple[Whereabouts, Fence]:
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


def _flags(
    given: Given, fix: Fix | None, fence: Fence, named: Site | None, policy: LocationPolicy
) -> Sequence[Flag]:
    flags = [Flag(FlagKind.OUTSIDE, said=given.reason or "")] if fence is Fence.OUTSIDE else []
    if fix is None or fix.source is LocationSource.NAMED:
        return flags
    if given.simulated:
        flags.append(Flag(FlagKind.SIMULATED))
    if named is not None and locate(fix, [named], _allowance_m(fix, policy)).result is LocationResult.OUTSIDE:
        flags.append(Flag(FlagKind.OTHER_SITE, site=named.name))
    return flags


def _allowance_m(fix: Fix, policy: LocationPolicy) -> float:
    return min(fix.accuracy_m or 0.0, policy.accuracy_cap_m)
