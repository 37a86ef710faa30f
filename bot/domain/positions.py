"""What a given position is worth: taken or not, on which side of a fence, and the flags for the lead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

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


class FlagKind(StrEnum):
    """Why a lead is told about the position of a punch. A flag never stops the punch."""

    OUTSIDE = "outside"
    SIMULATED = "simulated"  # the phone says that its position is made up (`isFromMock`)
    OTHER_SITE = "other_site"  # the position is not at the site that was named


@dataclass(frozen=True, slots=True)
class Flag:
    """One reason. `site` is the named one, `said` the person's reason for being outside."""

    kind: FlagKind
    site: str = ""
    said: str = ""

    @property
    def note(self) -> str:
        """Return the flag's part of the ledger's note."""
        match self.kind:
            case FlagKind.OUTSIDE:
                return Remark.TOLD_WHY if self.said else ""
            case FlagKind.SIMULATED:
                return Remark.SIMULATED
            case FlagKind.OTHER_SITE:
                return notes.named(Remark.OTHER_SITE, self.site)


@dataclass(frozen=True, slots=True)
class LocationPolicy:
    """How far the company relies on positions.

    A measured fix coarser than `max_accuracy_m` or older than `max_age` is not taken. At most `accuracy_cap_m` of
    its accuracy reach over a fence in its favour.
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
    """Where a punch was made, with notes for the ledger and flags for the lead. `radius_m` is the site's."""

    where: Whereabouts = NOWHERE
    fence: Fence = Fence.UNKNOWN
    radius_m: float | None = None
    unusable: Unusable | None = None
    flags: tuple[Flag, ...] = ()
    notes: tuple[str, ...] = ()
    sites_read: bool = True


def judge_position(given: Given, sites: Sequence[Site] | None, policy: LocationPolicy) -> Position:
    """Return what a position is worth among a person's sites, None while these are unknown.

    A fix that is not taken leaves no position, also where a place was named. A position within the named site is
    at that one, though a smaller one is nearer. Nothing is outside while the sites are unknown.
    """
    if given.outside and given.fix is None and given.place_name is None:
        flag = Flag(FlagKind.OUTSIDE, said=given.reason or "")
        return Position(Whereabouts(LocationResult.OUTSIDE), Fence.OUTSIDE, flags=(flag,), notes=(flag.note,))
    named = site_named(given.place_name, sites or ())
    fix = named.centre if given.fix is None and named is not None else given.fix
    refused = None if fix is None else unusable(fix, policy, given.age)
    taken = fix if refused is None else None
    is_at_named = named is not None and locate(taken, [named]).result is LocationResult.NORMAL
    where, fence = _fenced([named] if named is not None and is_at_named else sites or (), taken, policy)
    flags = tuple(_flags(given, taken, fence, named, policy))
    remarks = [flag.note for flag in flags]
    if fence is Fence.EDGE:
        remarks.insert(0, Remark.ON_EDGE)
    if sites is None:
        remarks.insert(0, Remark.SITES_UNREAD)
    if refused is not None:
        remarks.insert(0, notes.named(Remark.NOT_TAKEN, refused))
    if given.place_name and named is None:
        remark = Remark.UNREAD_PLACE if sites is None else Remark.UNKNOWN_PLACE
        remarks.insert(0, notes.named(remark, given.place_name))
    radius_m = next((site.radius_m for site in sites or () if site.name == where.site), None)
    return Position(where, fence, radius_m, refused, flags, tuple(remarks), sites is not None)


def unusable(fix: Fix, policy: LocationPolicy, age: timedelta = timedelta()) -> Unusable | None:
    """Return why `fix` is not taken, None when it is. A site's centre is never too coarse."""
    if fix.source not in policy.trusted:
        return Unusable.UNTRUSTED
    if abs(age) > policy.max_age:
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


def _flags(
    given: Given, fix: Fix | None, fence: Fence, named: Site | None, policy: LocationPolicy
) -> Iterator[Flag]:
    if fence is Fence.OUTSIDE:
        yield Flag(FlagKind.OUTSIDE, said=given.reason or "")
    if fix is None or fix.source is LocationSource.NAMED:
        return
    if given.simulated:
        yield Flag(FlagKind.SIMULATED)
    if named is not None and locate(fix, [named], _allowance_m(fix, policy)).result is LocationResult.OUTSIDE:
        yield Flag(FlagKind.OTHER_SITE, site=named.name)


def _allowance_m(fix: Fix, policy: LocationPolicy) -> float:
    return min(fix.accuracy_m or 0.0, policy.accuracy_cap_m)
