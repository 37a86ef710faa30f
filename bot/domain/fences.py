"""What a position is worth: whether it can be taken at all, and on which side of a fence it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain import notes
from bot.domain.sites import Fix, LocationResult, LocationSource, Site, Unusable, Whereabouts, locate

EVERY_SOURCE = frozenset(LocationSource)
ON_EDGE = "on the edge of the fence"
SITES_UNREAD = "sites not readable"
_UNUSABLE = "position not taken: "


@dataclass(frozen=True, slots=True)
class LocationPolicy:
    """How far the company relies on positions.

    `trusted` are the sources that are taken. A measured fix coarser than `max_accuracy_m` metres or older than
    `max_age` is not. Of its accuracy at most `accuracy_cap_m` metres reach over a fence in its favour.
    """

    trusted: frozenset[LocationSource] = EVERY_SOURCE
    max_accuracy_m: float = 200.0
    max_age: timedelta = timedelta(seconds=60)
    accuracy_cap_m: float = 100.0

    def allowance_m(self, fix: Fix) -> float:
        """Return how many metres past a fence `fix` may still be within it, by its accuracy."""
        return min(fix.accuracy_m or 0.0, self.accuracy_cap_m)


class Fence(StrEnum):
    """On which side of the nearest fence a position is."""

    INSIDE = "inside"
    EDGE = "edge"  # the point is outside, its circle of accuracy overlaps the fence
    OUTSIDE = "outside"
    UNKNOWN = "unknown"  # no position, or no site to compare it with


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a position is; at the edge it counts as at the site."""

    where: Whereabouts
    fence: Fence


def unusable(fix: Fix, policy: LocationPolicy, age: timedelta = timedelta()) -> Unusable | None:
    """Return why `fix`, which is `age` old, is not taken; None when it is. A site's centre is never too coarse."""
    if fix.source not in policy.trusted:
        return Unusable.UNTRUSTED
    if abs(age) > policy.max_age:
        return Unusable.STALE
    measured = fix.source is not LocationSource.NAMED
    if measured and fix.accuracy_m is not None and fix.accuracy_m > policy.max_accuracy_m:
        return Unusable.COARSE
    return None


def judge(fix: Fix | None, sites: Sequence[Site], policy: LocationPolicy) -> Standing:
    """Return where `fix` is among `sites`, and on which side of the nearest fence."""
    sharp = locate(fix, sites)
    if sharp.result is LocationResult.UNKNOWN:
        return Standing(sharp, Fence.UNKNOWN)
    if sharp.result is LocationResult.NORMAL:
        return Standing(sharp, Fence.INSIDE)
    assert fix is not None, "outside is a position"
    allowed = locate(fix, sites, policy.allowance_m(fix))
    if allowed.result is LocationResult.NORMAL:
        return Standing(allowed, Fence.EDGE)
    return Standing(sharp, Fence.OUTSIDE)


def note_unusable(why: Unusable) -> str:
    """Return the note for a position that was given and not taken."""
    return _UNUSABLE + why


_BY_NOTE = {note_unusable(why): why for why in Unusable}


def unusable_position(note: str) -> Unusable | None:
    """Return why, by `note`, a position was not taken; None when it says nothing of the kind."""
    return next((_BY_NOTE[part] for part in notes.parts(note) if part in _BY_NOTE), None)


def are_sites_unread(note: str) -> bool:
    """Tell whether a punch's `note` says that its position was compared with no site, as none could be read."""
    return SITES_UNREAD in notes.parts(note)


def counts_at_edge(note: str) -> bool:
    """Tell whether a punch's `note` says that its position is on the edge, where nobody was asked."""
    return ON_EDGE in notes.parts(note)
