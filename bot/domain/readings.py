"""The stored facts of a person's days. Days that DingTalk was not read to their end are unknown,
never missing.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence
from bot.domain.day import MISSED_AFTER, DayFacts
from bot.domain.day_punches import SeenPunch, by_work_date
from bot.domain.shifts import DayPlan
from bot.domain.slots import A_DAY

FRESH = timedelta(minutes=10)  # a read of an unfinished day counts this long


class Known(NamedTuple):
    """The stored facts of a person: counted punches, from the ledger first, absences, and days that
    leads excused.
    """

    seen: Sequence[SeenPunch] = ()
    absences: Sequence[Absence] = ()
    excused: Container[date] = ()


NOTHING_KNOWN = Known()


def facts_of_days(
    user_id: str,
    dates: Iterable[date],
    plans: Mapping[date, DayPlan],
    known: Known,
    zone: ZoneInfo,
) -> dict[date, DayFacts]:
    """Return a person's facts by work date. `plans` include the day before and the day after."""
    of_days = by_work_date(known.seen, plans, zone)
    return {
        day: DayFacts(
            user_id,
            day,
            plans.get(day),
            of_days.get(day, ()),
            known.absences,
            excused=day in known.excused,
        )
        for day in dates
    }


def over_at(day: date, plan: DayPlan | None, zone: ZoneInfo) -> datetime:
    """Return the moment at which a work date is over: half an hour after its last window.

    Without windows it is over before midnight, where a read of the day ends.
    """
    if plan is None or plan.closes_at is None:
        midnight = datetime.combine(day + A_DAY, time(), zone)
        return midnight.astimezone(UTC) - timedelta(seconds=2)
    return plan.closes_at + MISSED_AFTER


def is_complete(facts: DayFacts, until: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether a day that was read up to `until` was read to its end, or up to now.

    If DingTalk shows an approval, an absence with known times must cover a check.
    """
    plan = facts.plan
    if until is None or until < min(over_at(facts.work_date, plan, zone), now - FRESH):
        return False
    if plan is None or not plan.shows_approval:
        return True
    timed = (absence for absence in facts.absences if not absence.times_unknown)
    return any(absence.covers(point.due_at) for absence in timed for point in plan.points)
