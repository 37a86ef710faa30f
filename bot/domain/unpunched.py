"""A position that somebody gave for a punch and that led to none: refused, asked about, or left on the page.

The next punch is looked at by it: who was measured far away and then names a site is told of to the lead.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.flagging import out_of_reach, with_flags
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
    """Tell whether `left` is kept instead of `before`; not while nobody gets there from it.

    Else one more refusal, by coordinates made up next to the site, would hide the first.
    """
    return before is None or out_of_reach(FlagKind.UNREACHED, left.fix, before.fix, left.at - before.at) is None


def is_punched_with(before: Unpunched | None, request: PunchRequest) -> bool:
    """Tell whether `request` is the punch that the position of `before` was given for, with that position."""
    return before is not None and before.fix == request.where.fix


def looked_at(decision: Accepted, request: PunchRequest, before: Unpunched | None) -> Accepted:
    """Return an accepted `decision`, flagged where nobody gets there from the position of `before`."""
    fix = request.where.fix
    if fix is None or before is None:
        return decision
    flag = out_of_reach(FlagKind.UNREACHED, fix, before.fix, request.placed_at - before.at)
    return decision if flag is None else with_flags(decision, replace(flag, known_phone=before.known_phone))
