"""A position that somebody gave for a punch and that led to none: refused, also by the page, or asked about.

The next punch is looked at by it: who was measured far away and then names a site is told of to the lead.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.flagging import gets_there, out_of_reach, with_flags
from bot.domain.flags import FlagKind
from bot.domain.punches import (
    OUTSIDE_REFUSED,
    Accepted,
    AskConfirm,
    AskDirection,
    AskEdge,
    Decision,
    PunchRequest,
    Refused,
)
from bot.domain.sites import Fix, LocationSource

_SAID = (LocationSource.TYPED, LocationSource.NAMED)
COUNTS_FOR = timedelta(days=4)  # by then one is on the other side of the earth at the speed that counts


@dataclass(frozen=True, slots=True)
class Unpunched:
    """One of them, and when it was given. `known_phone` is false for the page on a phone not known as theirs."""

    at: datetime
    fix: Fix
    known_phone: bool = True


def left_by(decision: Decision, request: PunchRequest) -> Unpunched | None:
    """Return the position of a `request` that led to no punch, None where it has none, or says nothing of where
    its person is.

    That is so of one that was not usable, of a site that was only named, and of a tap that they may still say was
    not theirs.
    """
    asked = isinstance(decision, AskEdge | AskDirection | AskConfirm)
    return given_by(request) if asked or decision == Refused(OUTSIDE_REFUSED) else None


def given_by(request: PunchRequest) -> Unpunched | None:
    """Return the position of a `request` that is asked about before anything is decided; None as in `left_by`."""
    fix = request.where.fix
    if fix is None or fix.source is LocationSource.NAMED:
        return None
    return Unpunched(request.placed_at, fix, request.phone is None or request.phone.known)


def takes_the_place(left: Unpunched, before: Unpunched | None) -> bool:
    """Tell whether `left` is kept instead of `before`.

    What is typed never is instead of what was measured, nor what an unknown phone measured instead of what one's
    own did; of two alike the later is, if one gets there from the first.

    Else one more refusal, by coordinates made up next to the site, would hide the one that tells.
    """
    if before is None or _worth(left) != _worth(before):
        return before is None or _worth(left) > _worth(before)
    return gets_there(left.fix, before.fix, left.at - before.at)


def _worth(left: Unpunched) -> tuple[bool, bool]:
    return left.fix.source is not LocationSource.TYPED, left.known_phone


def looked_at(decision: Accepted, request: PunchRequest, before: Unpunched | None) -> Accepted:
    """Return an accepted `decision`, flagged where nobody gets from `before` to a place that is only said.

    A place that is measured speaks for itself: the first one that a phone finds may be off.
    """
    fix = request.where.fix
    if fix is None or before is None or fix.source not in _SAID:
        return decision
    flag = out_of_reach(FlagKind.UNREACHED, fix, before.fix, request.placed_at - before.at)
    return decision if flag is None else with_flags(decision, replace(flag, known_phone=before.known_phone))
