"""What a punch makes of the question that its person was asked, and of the link it came with. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from bot.domain.punches import Punch, PunchRequest, PunchSource
from bot.domain.repeats import told_again_until
from bot.domain.shifts import CheckType


class Closing(Enum):
    """What becomes of the person's question."""

    YES_TAKEN = auto()  # it stays open, but for the plain yes: it was asked after the punch was sent
    ANSWERED_BY_TAP = auto()  # on the page: kept for seconds; one of another message is over
    ANSWERED_IN_CHAT = auto()  # kept for seconds; the link that it came with is used up
    OVER = auto()
    OVER_WITH_LINK = auto()  # a link on which a tap would punch the same, once more, is used up with it


@dataclass(frozen=True, slots=True)
class Kept:
    """For how long an answered question is known, for whoever gives the answer twice."""

    answered_at: datetime
    until: datetime


def closing_of(punch: Punch, request: PunchRequest) -> Closing:
    """Return what `punch`, which `request` led to, makes of the question."""
    if request.before_asking:
        return Closing.YES_TAKEN
    if punch.source is PunchSource.PAGE:
        return Closing.ANSWERED_BY_TAP
    if request.answered_at is not None:
        return Closing.ANSWERED_IN_CHAT
    # A second clock-in would be none anyway.
    return Closing.OVER_WITH_LINK if punch.check_type is CheckType.OFF_DUTY else Closing.OVER


def kept_of(closing: Closing, request: PunchRequest, recorded_at: datetime) -> Kept | None:
    """Return how long the question is kept after its answer, recorded at `recorded_at`; None if it is not.

    A tap answers when it is recorded, a message when it was sent.
    """
    if closing is Closing.ANSWERED_BY_TAP:
        answered_at = recorded_at
    elif closing is Closing.ANSWERED_IN_CHAT and request.answered_at is not None:
        answered_at = request.answered_at
    else:
        return None
    return Kept(answered_at, told_again_until(answered_at, recorded_at))
