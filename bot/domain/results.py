"""How a punch compares with the moment it was due."""

from datetime import datetime
from enum import StrEnum

from bot.domain.shifts import CheckPoint, CheckType


class TimeResult(StrEnum):
    """DingTalk's words for a punch's time, and `unknown` where data is missing: never counted as absent."""

    NORMAL = "Normal"
    EARLY = "Early"
    LATE = "Late"
    SERIOUS_LATE = "SeriousLate"
    ABSENTEEISM = "Absenteeism"
    NOT_SIGNED = "NotSigned"
    UNKNOWN = "unknown"


# Looked up once: in Python 3.11 `TimeResult.LATE` takes longer than what is decided by it.
_NORMAL, _UNKNOWN, _ON_DUTY = TimeResult.NORMAL, TimeResult.UNKNOWN, CheckType.ON_DUTY
LATE = frozenset({TimeResult.LATE, TimeResult.SERIOUS_LATE, TimeResult.ABSENTEEISM})
EARLY = frozenset({TimeResult.EARLY})
WRONG = LATE | EARLY


def time_verdict(
    point: CheckPoint, at: datetime, otherwise: TimeResult = TimeResult.UNKNOWN
) -> tuple[TimeResult, int]:
    """Return how a punch at `at` answers `point`, and the whole minutes it is late or early: 0 unless it is wrong.

    `otherwise` is the result where the grace of the shift cannot be read. To the second, as DingTalk shows
    times: 09:00:00.9 is 09:00:00. Exactly at the end of the grace is on time, a second later is late. DingTalk's
    own verdict, where it has one, overrules ours.
    """
    late_s = _behind_s(point, at)
    result = _time_result(point, late_s)
    if result is _UNKNOWN:
        result = otherwise
    return result, _minutes(point, late_s) if result in WRONG else 0


def _time_result(point: CheckPoint, late_s: int) -> TimeResult:
    if point.check_type is not _ON_DUTY:
        return _NORMAL if late_s >= 0 else TimeResult.EARLY
    if late_s <= 0:
        return _NORMAL
    shift = point.shift
    if shift.grace_minutes is None:
        return TimeResult.UNKNOWN
    if _beyond(late_s, shift.absenteeism_minutes):
        return TimeResult.ABSENTEEISM
    if _beyond(late_s, shift.serious_late_minutes):
        return TimeResult.SERIOUS_LATE
    return TimeResult.LATE if _beyond(late_s, shift.grace_minutes) else _NORMAL


def _minutes(point: CheckPoint, late_s: int) -> int:
    """Return the whole minutes that a punch is past an on-duty or short of an off-duty time."""
    wrong_s = late_s if point.check_type is _ON_DUTY else -late_s
    return max(0, wrong_s // 60)


def _behind_s(point: CheckPoint, at: datetime) -> int:
    """Return by how many seconds `at` is behind the due time, negative before it, both cut to the whole second.

    In whole numbers, since every punch of every summary is judged by it.
    """
    due_at = point.due_at
    behind = at - (due_at.replace(microsecond=0) if due_at.microsecond else due_at)
    return behind.days * 86_400 + behind.seconds  # rounded down, also before it: what `at` has beyond is cut


def _beyond(late_s: int, minutes: int | None) -> bool:
    return minutes is not None and late_s > 60 * minutes
