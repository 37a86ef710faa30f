"""How one's own punches count once all is known that summaries go by: others' arrivals, and leave."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.punches import Punch, PunchSource
from bot.domain.reconciling import whole_second
from bot.domain.results import WRONG, TimeResult
from bot.domain.shifts import CheckPoint, DayPlan
from bot.domain.summaries import Check, PersonDay


@dataclass(frozen=True, slots=True)
class Verdict:
    """What counts instead of the verdict that a punch was recorded with.

    `counts_at` is the moment of a punch made past the bot that answers the check, `on_leave` tells that approved
    leave takes the check. `check` is the one that DingTalk counts the punch for, where that is another
    than was said, and `work_date` its date. Whole minutes, as in a punch.
    """

    time_result: TimeResult
    minutes: int = 0
    counts_at: datetime | None = None
    on_leave: bool = False
    check: Check | None = None
    work_date: date | None = None


def verdicts(
    punches: Sequence[Punch],
    plans: Mapping[date, DayPlan],
    days: Mapping[date, PersonDay],
    ours: Container[datetime],
) -> dict[str, Verdict]:
    """Return by punch id what counts instead, of those of one person's `punches` recorded as late or early, those
    made up, and those that name no check while DingTalk counts them for one of the other kind, a day apart too.

    `days` are reckoned from `plans` as for a lead's summary; `ours` are the times of all punches made through the
    bot.
    """
    told = (one for one in punches if one.time_result in WRONG or one.source is PunchSource.CORRECTION)
    found = [(punch, _verdict(punch, plans, days, ours)) for punch in told]
    found += [(punch, _counted_otherwise(punch, days)) for punch in punches if punch.check_point is None]
    return {punch.punch_id: verdict for punch, verdict in found if verdict is not None}


def on_leave(key: str | None, plan: DayPlan | None, day: PersonDay | None) -> bool:
    """Tell whether leave takes the check point `key` of a day with this `plan`."""
    if plan is None or day is None or all(point.key != key for point in plan.points):
        return False
    return _check(key, day) is None


@dataclass(frozen=True, slots=True)
class OwnDays:
    """One's own days, as a lead's summary has them, with the verdicts that count instead, by punch id."""

    plans: Mapping[date, DayPlan]
    days: Mapping[date, PersonDay]
    verdicts: Mapping[str, Verdict]

    def is_excused(self, day: date) -> bool:
        """Tell whether a lead excused a day."""
        its = self.days.get(day)
        return its is not None and its.excused

    def on_leave(self, point: CheckPoint) -> bool:
        """Tell whether approved leave takes a check point."""
        return on_leave(point.key, self.plans.get(point.work_date), self.days.get(point.work_date))


def _verdict(
    punch: Punch, plans: Mapping[date, DayPlan], days: Mapping[date, PersonDay], ours: Container[datetime]
) -> Verdict | None:
    day = days.get(punch.work_date)
    if on_leave(punch.check_point, plans.get(punch.work_date), day):
        return Verdict(TimeResult.UNKNOWN, on_leave=True)
    check = None if day is None else _check(punch.check_point, day)
    if check is None or check.punched_at is None:
        return None
    if check.punched_at != punch.punched_at:
        if check.punched_at in ours:
            return None
        return Verdict(check.time_result, check.minutes, counts_at=check.punched_at)
    if (check.time_result, check.minutes) == (punch.time_result, punch.late_minutes):
        return None
    return Verdict(check.time_result, check.minutes)


def _counted_otherwise(punch: Punch, days: Mapping[date, PersonDay]) -> Verdict | None:
    """Return DingTalk's word on a punch of which the ledger names no check, where it is of the other kind."""
    near = (days.get(punch.work_date + timedelta(days=apart)) for apart in (0, -1, 1))
    for day in (one for one in near if one is not None):
        for check in day.checks:
            if check.check_type is not punch.check_type and _is_of_one_second(check.punched_at, punch.punched_at):
                return Verdict(check.time_result, check.minutes, check=check, work_date=day.work_date)
    return None


def _is_of_one_second(one: datetime | None, other: datetime) -> bool:
    return one is not None and whole_second(one) == whole_second(other)


def _check(key: str | None, day: PersonDay) -> Check | None:
    return next((check for check in day.checks if check.key == key), None)
