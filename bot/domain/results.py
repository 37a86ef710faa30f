"""How a punch compares with the moment it was due."""

import math
from datetime import datetime, timedelta
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
    result = _time_result(point, at)
    if result is TimeResult.UNKNOWN:
        result = otherwise
    return result, _minutes(point, at) if result in WRONG else 0


def _time_result(point: CheckPoint, at: datetime) -> TimeResult:
    late = _behind(point, at)
    if point.check_type is CheckType.OFF_DUTY:
        return TimeResult.NORMAL if late >= timedelta() else TimeResult.EARLY
    shift = point.shift
    if late <= timedelta():
        return TimeResult.NORMAL
    if shift.grace_minutes is None:
        return TimeResult.UNKNOWN
    if _beyond(late, shift.absenteeism_minutes):
        return TimeResult.ABSENTEEISM
    if _beyond(late, shift.serious_late_minutes):
        return TimeResult.SERIOUS_LATE
    return TimeResult.LATE if _beyond(late, shift.grace_minutes) else TimeResult.NORMAL


def _minutes(point: CheckPoint, at: datetime) -> int:
    """Return the whole minutes that `at` is past an on-duty or short of an off-duty time."""
    late = _behind(point, at)
    wrong = late if point.check_type is CheckType.ON_DUTY else -late
    return max(0, math.floor(wrong / timedelta(minutes=1)))


def _behind(point: CheckPoint, at: datetime) -> timedelta:
    """Return how far `at` is behind the due time, negative before it, both cut to the whole second."""
    return _whole(at) - _whole(point.due_at)


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0) if moment.microsecond else moment


def _beyond(late: timedelta, minutes: int | None) -> bool:
    return minutes is not None and late > timedelta(minutes=minutes)
