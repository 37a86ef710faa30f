"""Which flags an accepted punch gets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain import notes
from bot.domain.flags import Flag, FlagKind
from bot.domain.punches import Accepted, Decision, Punch, PunchRequest
from bot.domain.sites import Fix, metres_between

FASTEST_KMH = 250.0  # a straight line on the ground; a high-speed train takes longer from door to door
_SOONEST = timedelta(seconds=1)
_NEAR_M = 1000  # so near, it is the fixes that jump


def flagged(decision: Decision, request: PunchRequest, earlier: Sequence[Punch]) -> Decision:
    """Return an accepted `decision` with what the lead is to be told of it; any other as it is."""
    if not isinstance(decision, Accepted):
        return decision
    moved = too_fast(request, earlier)
    return with_flags(decision, *request.flags, *([moved] if moved else []))


def with_flags(decision: Accepted, *flags: Flag) -> Accepted:
    """Return an accepted `decision` with some more that the lead is to be told of it."""
    note = notes.join(decision.note, *(flag.note for flag in flags))
    return replace(decision, flags=(*decision.flags, *flags), note=note)


def too_fast(request: PunchRequest, earlier: Sequence[Punch]) -> Flag | None:
    """Return a flag when the punch next to this one in time was too far away, each accuracy in its favour."""
    fix = request.where.fix
    placed = [punch for punch in earlier if punch.stands and punch.where.fix is not None]
    nearest = min(placed, key=lambda punch: abs(punch.punched_at - request.at), default=None)
    if fix is None or nearest is None or nearest.where.fix is None:
        return None
    return out_of_reach(FlagKind.TOO_FAST, fix, nearest.where.fix, nearest.punched_at - request.at)


def out_of_reach(kind: FlagKind, here: Fix, there: Fix, apart: timedelta) -> Flag | None:
    """Return a flag of `kind` when nobody gets from `here` to `there`, or back, in the time `apart`."""
    between = max(abs(apart), _SOONEST)
    metres = max(0.0, metres_between(here, there) - _accuracy(here) - _accuracy(there))
    if metres < _NEAR_M or metres / 1000 <= FASTEST_KMH * (between / timedelta(hours=1)):
        return None
    minutes = max(1, round(between / timedelta(minutes=1)))
    return Flag(kind, metres=round(metres), minutes=minutes)


def _accuracy(fix: Fix) -> float:
    return fix.accuracy_m or 0.0
