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


def time_result(point: CheckPoint, at: datetime) -> TimeResult:
    """Return how a punch at `at` answers `point`.

    To the second: exactly at the end of the grace is on time, a second later is late. DingTalk's own verdict,
    where it has one, overrules ours.
    """
    if point.check_type is CheckType.OFF_DUTY:
        return TimeResult.NORMAL if at >= point.due_at else TimeResult.EARLY
    shift = point.shift
    if at <= point.due_at:
        return TimeResult.NORMAL
    if shift.grace_minutes is None:
        return TimeResult.UNKNOWN
    if _beyond(point, at, shift.absenteeism_minutes):
        return TimeResult.ABSENTEEISM
    if _beyond(point, at, shift.serious_late_minutes):
        return TimeResult.SERIOUS_LATE
    return TimeResult.LATE if _beyond(point, at, shift.grace_minutes) else TimeResult.NORMAL


def late_minutes(point: CheckPoint, at: datetime) -> int:
    """Return the minutes, each one begun counting, that `at` is past an on-duty or short of an off-duty time."""
    late = at - point.due_at if point.check_type is CheckType.ON_DUTY else point.due_at - at
    return max(0, math.ceil(late / timedelta(minutes=1)))


def _beyond(point: CheckPoint, at: datetime, minutes: int | None) -> bool:
    return minutes is not None and at > point.due_at + timedelta(minutes=minutes)
