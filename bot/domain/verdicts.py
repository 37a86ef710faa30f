"""How one's own punches count once all is known that summaries go by: others' arrivals, and leave."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.punches import Punch
from bot.domain.results import WRONG, TimeResult
from bot.domain.shifts import DayPlan
from bot.domain.summaries import Check, PersonDay


@dataclass(frozen=True, slots=True)
class Verdict:
    """What counts instead of the verdict that a punch was recorded with.

    `counts_at` is the moment of a punch made past the bot that answers the check, `on_leave` tells that approved
    leave takes the check. Whole minutes, as in a punch.
    """

    time_result: TimeResult
    minutes: int = 0
    counts_at: datetime | None = None
    on_leave: bool = False


def verdicts(
    punches: Iterable[Punch],
    plans: Mapping[date, DayPlan],
    days: Mapping[date, PersonDay],
    ours: Container[datetime],
) -> dict[str, Verdict]:
    """Return by punch id what counts instead, of those of one person's `punches` recorded as late or early.

    `days` are reckoned from `plans` as for a lead's summary; `ours` are the times of all punches made through the
    bot.
    """
    found = ((punch, _verdict(punch, plans, days, ours)) for punch in punches if punch.time_result in WRONG)
    return {punch.punch_id: verdict for punch, verdict in found if verdict is not None}


def on_leave(key: str | None, plan: DayPlan | None, day: PersonDay | None) -> bool:
    """Tell whether leave takes the check point `key` of a day with this `plan`."""
    if plan is None or day is None or all(point.key != key for point in plan.points):
        return False
    return _check(key, day) is None


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


def _check(key: str | None, day: PersonDay) -> Check | None:
    return next((check for check in day.checks if check.key == key), None)
