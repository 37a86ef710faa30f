"""How a punch compares with the moment it was due."""

from datetime import datetime
from enum import StrEnum

from bot.domain.shifts import CheckPoint, CheckType, Shift


class TimeResult(StrEnum):
    """DingTalk's words for a punch's time, and `unknown` where data is missing: never counted as absent."""

    NORMAL = "Normal"
    EARLY = "Early"
    LATE = "Late"
    SERIOUS_LATE = "SeriousLate"
    ABSENTEEISM = "Absenteeism"
    NOT_SIGNED = "NotSigned"
    UNKNOWN = "unknown"


LATE = frozenset({TimeResult.LATE, TimeResult.SERIOUS_LATE, TimeResult.ABSENTEEISM})
EARLY = frozenset({TimeResult.EARLY})
WRONG = LATE | EARLY
# Looked up once: in Python 3.11 `TimeResult.NORMAL` takes longer than the decision that follows.
_NORMAL, _EARLY, _UNKNOWN, _ON_DUTY = TimeResult.NORMAL, TimeResult.EARLY, TimeResult.UNKNOWN, CheckType.ON_DUTY


def time_verdict(
    point: CheckPoint, at: datetime, otherwise: TimeResult = TimeResult.UNKNOWN
) -> tuple[TimeResult, int]:
    """Return how a punch at `at` answers `point`, and the whole minutes it is late or early: 0 unless it is wrong.

    `otherwise` is the result where the grace of the shift cannot be read. To the second, as DingTalk shows
    times: 09:00:00.9 is 09:00:00. Exactly at the end of the grace is on time, a second later is late. DingTalk's
    own verdict, where it has one, overrules ours.
    """
    behind = at.replace(microsecond=0) - point.due_at.replace(microsecond=0)
    late_s = behind.days * 86_400 + behind.seconds
    if point.check_type is not _ON_DUTY:
        return (_EARLY, -late_s // 60) if late_s < 0 else (_NORMAL, 0)
    if late_s <= 0:
        return _NORMAL, 0
    result = _lateness(point.shift, late_s)
    if result is _UNKNOWN:
        result = otherwise
    return result, late_s // 60 if result in WRONG else 0


def _lateness(shift: Shift, late_s: int) -> TimeResult:
    if shift.grace_minutes is None:
        return _UNKNOWN
    if shift.absenteeism_minutes is not None and late_s > 60 * shift.absenteeism_minutes:
        return TimeResult.ABSENTEEISM
    if shift.serious_late_minutes is not None and late_s > 60 * shift.serious_late_minutes:
        return TimeResult.SERIOUS_LATE
    return TimeResult.LATE if late_s > 60 * shift.grace_minutes else _NORMAL
