"""Who has not clocked out of a work date: what its clock-outs come to at some moment."""

from datetime import datetime
from enum import StrEnum

from bot.domain.shifts import CheckType
from bot.domain.summaries import PersonDay, Standing


class Departure(StrEnum):
    """How the clock-out of somebody's work date stands."""

    OPEN = "open"  # it was due, and there is none, after everything that could tell was read
    NOT_YET_DUE = "not_yet_due"
    UNKNOWN = "unknown"  # plan or punches could not be read
    CLOCKED_OUT = "clocked_out"
    NONE_DUE = "none_due"  # a day off or of leave, one that was excused, or leave that was asked for takes it


def departure(day: PersonDay, now: datetime) -> Departure:
    """Return how the last clock-out that was due by `now` stands.

    One made before it was due counts: whoever left early has clocked out.
    """
    going = [check for check in day.checks if check.check_type is CheckType.OFF_DUTY]
    due = [check for check in going if check.due_at <= now]
    if any(check.punched_at is not None for check in going[max(0, len(due) - 1) :]):
        return Departure.CLOCKED_OUT
    if not going:
        return _without_check(day)
    if not due:
        return Departure.NOT_YET_DUE
    if day.excused or due[-1].leave_asked or day.standing is Standing.ON_LEAVE:
        return Departure.NONE_DUE
    return Departure.OPEN if day.read else Departure.UNKNOWN


def is_over(day: PersonDay, now: datetime) -> bool:
    """Tell whether the last clock-out that was due by `now` can no longer be made."""
    due = [check for check in day.checks if check.check_type is CheckType.OFF_DUTY and check.due_at <= now]
    return bool(due) and due[-1].missed


def _without_check(day: PersonDay) -> Departure:
    if day.standing in (Standing.OFF, Standing.ON_LEAVE) or day.checks or day.excused:
        return Departure.NONE_DUE
    return Departure.UNKNOWN if day.left_at is None else Departure.CLOCKED_OUT
