"""Which days DingTalk was read to their end. The others are unknown, never missing."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.day import MISSED_AFTER, DayFacts
from bot.domain.shifts import DayPlan

FRESH = timedelta(minutes=10)  # a read of an unfinished day counts this long


def over_at(day: date, plan: DayPlan | None, zone: ZoneInfo) -> datetime:
    """Return when a work date is over: half an hour after its last window."""
    if plan is None or plan.closes_at is None:
        ends = datetime.combine(day + timedelta(days=1), time(), zone)
        return ends.astimezone(UTC) - timedelta(seconds=2)
    return plan.closes_at + MISSED_AFTER


def is_complete(facts: DayFacts, until: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether a day that was read up to `until` was read to its end.

    An approval that could not be read leaves it open.
    """
    plan = facts.plan
    if until is None or until < min(over_at(facts.work_date, plan, zone), now - FRESH):
        return False
    if plan is None or not plan.shows_approval:
        return True
    approved = (absence for absence in facts.absences if not absence.times_unknown)
    return any(absence.covers(point.due_at) for absence in approved for point in plan.points)
