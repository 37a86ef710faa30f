"""The time a punch is given: that of its message, kept apart from another punch of the same moment. Pure.

DingTalk and the signed API are sent milliseconds, and know a punch by person and time: a clock-in and a clock-out
of one millisecond would be one. People, verdicts and DingTalk's records are told seconds, so the second never
changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.punches import Accepted, Decision, Punch, PunchRequest
from bot.domain.shifts import CheckType

MILLISECOND = timedelta(milliseconds=1)
_A_SECOND = 1000  # ms


def kept_apart(decision: Decision, request: PunchRequest, earlier: Sequence[Punch]) -> Decision:
    """Return an accepted punch with its time, in whole ms: that of the request, or where a punch in the other
    direction has that, the nearest one of its second that none has.
    """
    if not isinstance(decision, Accepted):
        return decision
    standing = [punch for punch in earlier if punch.stands]
    at = whole_ms(request.at)
    if any(punch.punched_at == at and punch.check_type is not decision.check_type for punch in standing):
        taken = {punch.punched_at for punch in standing}
        at = next((moment for moment in _of_its_second(at) if moment not in taken), at)
    return replace(decision, at=at)


def is_of(punch: Punch, direction: CheckType | None, at: datetime) -> bool:
    """Tell whether a punch is of the moment `at`, kept apart or not, in `direction`, None for any."""
    return abs(punch.punched_at - at) <= MILLISECOND and direction in (None, punch.check_type)


def whole_ms(at: datetime) -> datetime:
    """Return a moment as targets are told and the ledger keeps it: what is less than a millisecond is cut off."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _of_its_second(at: datetime) -> Iterator[datetime]:
    """Yield the moments of the second of `at`, nearest first and later before earlier."""
    for steps in range(1, _A_SECOND):
        for moment in (at + steps * MILLISECOND, at - steps * MILLISECOND):
            if moment.replace(microsecond=0) == at.replace(microsecond=0):
                yield moment
